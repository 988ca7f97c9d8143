package function

import (
	"fmt"
	"math/big"
	"strconv"
	"strings"
)

// unit is a unit of Bytes, the largest first in units.
type unit struct {
	name string
	size Bytes
}

func units() []unit {
	return []unit{{"GiB", GiB}, {"MiB", MiB}, {"KiB", KiB}, {"B", 1}}
}

// String returns b in the largest unit that divides it: "128MiB", "1500B". It is
// what ParseBytes reads.
func (b Bytes) String() string {
	for _, u := range units() {
		if b != 0 && b%u.size == 0 {
			return strconv.FormatInt(int64(b/u.size), 10) + u.name
		}
	}
	return "0B"
}

// MarshalText implements encoding.TextMarshaler, with String.
func (b Bytes) MarshalText() ([]byte, error) { return []byte(b.String()), nil }

// UnmarshalText implements encoding.TextUnmarshaler, with ParseBytes.
func (b *Bytes) UnmarshalText(text []byte) error {
	parsed, err := ParseBytes(string(text))
	if err != nil {
		return err
	}
	*b = parsed
	return nil
}

// ParseBytes reads an amount of memory: a number and one of the units B, KiB, MiB
// and GiB ("128MiB", "1.5 GiB"), or a whole number of bytes without a unit. The
// amount must be a whole number of bytes and not negative. The error wraps
// ErrInvalidBytes and says what to write.
func ParseBytes(s string) (Bytes, error) {
	const longestNumber = 24
	number := strings.TrimRight(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
	name := s[len(number):]
	number = strings.TrimRight(number, " ")

	size := Bytes(1)
	if name != "" {
		var ok bool
		if size, ok = unitSize(name); !ok {
			return 0, fmt.Errorf("%w: %s: use KiB, MiB or GiB%s", ErrInvalidBytes, clip(s), meant(number, name))
		}
	}
	if len(number) > longestNumber || !isDecimal(number) {
		return 0, fmt.Errorf("%w: %s: write a number and a unit, for instance 128MiB", ErrInvalidBytes, clip(s))
	}
	amount, _ := new(big.Rat).SetString(number)
	amount.Mul(amount, new(big.Rat).SetInt64(int64(size)))
	switch {
	case !amount.IsInt():
		return 0, fmt.Errorf("%w: %s is no whole number of bytes", ErrInvalidBytes, clip(s))
	case !amount.Num().IsInt64():
		return 0, fmt.Errorf("%w: %s is more than can be counted", ErrInvalidBytes, clip(s))
	}
	return Bytes(amount.Num().Int64()), nil
}

func unitSize(name string) (Bytes, bool) {
	for _, u := range units() {
		if u.name == name {
			return u.size, true
		}
	}
	return 0, false
}

// meant guesses the unit from a wrong one by its first letter.
func meant(number, name string) string {
	for _, u := range units() {
		if u.size > 1 && strings.EqualFold(name[:1], u.name[:1]) && len(name) <= 3 && isDecimal(number) {
			return ", for instance " + clip(number) + u.name
		}
	}
	return ""
}

// isDecimal reports whether s is digits with at most one point between them.
func isDecimal(s string) bool {
	whole, fraction, point := strings.Cut(s, ".")
	return isDigits(whole) && (!point || isDigits(fraction))
}

func isDigits(s string) bool {
	for i := range len(s) {
		if s[i] < '0' || s[i] > '9' {
			return false
		}
	}
	return s != ""
}

// clip quotes s for a message where it would mislead bare, and cuts it where it is
// long.
func clip(s string) string {
	const longest = 40
	if len(s) > longest {
		s = s[:longest] + "…"
	}
	if quoted := strconv.Quote(s); s == "" || strings.Contains(s, " ") || quoted != `"`+s+`"` {
		return quoted
	}
	return s
}
