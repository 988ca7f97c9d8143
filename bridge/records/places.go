package records

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/isolane/isolane/jsruntime/function"
)

// Places are sequence numbers of a stream, ascending. As text they are written in ranges, as
// "812-840,842".
type Places []uint64

// errPlaces says that a text is none.
var errPlaces = errors.New("records: no places in a stream")

// Len is how many they are.
func (p Places) Len() int { return len(p) }

// Has reports whether n is one of them.
func (p Places) Has(n uint64) bool {
	_, found := slices.BinarySearch(p, n)
	return found
}

// String writes them.
func (p Places) String() string {
	var b strings.Builder
	for i := 0; i < len(p); {
		last := i
		for last+1 < len(p) && p[last+1] == p[last]+1 {
			last++
		}
		if b.Len() > 0 {
			b.WriteByte(',')
		}
		b.WriteString(strconv.FormatUint(p[i], 10))
		if last > i {
			b.WriteString("-" + strconv.FormatUint(p[last], 10))
		}
		i = last + 1
	}
	return b.String()
}

// MarshalText implements encoding.TextMarshaler.
func (p Places) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText is the inverse. What is not ascending, or more than a batch has, is refused.
func (p *Places) UnmarshalText(text []byte) error {
	var all Places
	before := uint64(0)
	for part := range strings.SplitSeq(string(text), ",") {
		from, to, ranged := strings.Cut(part, "-")
		if !ranged {
			to = from
		}
		first, err := strconv.ParseUint(from, 10, 64)
		last, err2 := strconv.ParseUint(to, 10, 64)
		if err = errors.Join(err, err2); err != nil {
			return fmt.Errorf("%w: %w", errPlaces, err)
		}
		if first <= before || last < first || last-first >= uint64(function.MaxBatch-len(all)) { //nolint:gosec // it is never below 0
			return fmt.Errorf("%w: %.64q are not ascending, or more than %d", errPlaces, text, function.MaxBatch)
		}
		for n := first; ; n++ {
			if all = append(all, n); n == last {
				break
			}
		}
		before = last
	}
	*p = all
	return nil
}
