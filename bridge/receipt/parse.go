package receipt

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// ErrMalformed is wrapped by every error of Parse.
var ErrMalformed = errors.New("receipt: malformed")

// Parse reads what Format wrote. Times come back in whole microseconds, and Runtime is -1
// where none ran. Keys that it does not know are passed over.
func Parse(s string) (r function.Receipt, trace string, err error) {
	r.Runtime = -1
	for rest := s; rest != ""; {
		var key string
		var v value
		if key, v, rest, err = member(rest); err != nil {
			return function.Receipt{}, "", fmt.Errorf("%w: %.200q: %w", ErrMalformed, s, err)
		}
		switch key {
		case "queued":
			r.Queued = v.micros()
		case "wall":
			r.Wall = v.micros()
		case "cpu":
			r.CPU = v.micros()
		case "io":
			r.IO = v.micros()
		case "heap":
			r.Heap = uint64(max(v.number, 0)) //nolint:gosec // not negative
		case "cold":
			r.Cold = v.number == 1
		case "node":
			r.Node = v.text
		case "runtime":
			r.Runtime = int(v.number)
		case "version":
			r.Version = v.text
		case "attempts":
			r.Attempts = int(v.number)
		case "trace":
			trace = v.text
		}
	}
	return r, trace, nil
}

// value is an integer, a boolean (0 or 1), or a string.
type value struct {
	number int64
	text   string
}

func (v value) micros() time.Duration {
	const most = int64(maxDuration / time.Microsecond)
	return time.Duration(min(max(v.number, 0), most)) * time.Microsecond
}

const maxDuration = time.Duration(1<<63 - 1)

// member reads one member of the dictionary, and the comma behind it where more follows.
func member(s string) (key string, v value, rest string, err error) {
	key, s, ok := strings.Cut(s, "=")
	if !ok || key == "" || strings.Trim(key, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "" {
		return "", v, "", fmt.Errorf("%.40q is no key", key)
	}
	switch {
	case strings.HasPrefix(s, `"`):
		v.text, rest, err = quoted(s[1:])
	case strings.HasPrefix(s, "?0"), strings.HasPrefix(s, "?1"):
		v.number, rest = int64(s[1]-'0'), s[2:]
	default:
		end := strings.IndexByte(s, ',')
		if end < 0 {
			end = len(s)
		}
		if v.number, err = strconv.ParseInt(s[:end], 10, 64); err == nil && (v.number > maxInteger || v.number < -maxInteger) {
			err = strconv.ErrRange
		}
		rest = s[end:]
	}
	if err != nil || rest == "" {
		return key, v, "", err
	}
	rest, ok = strings.CutPrefix(rest, ",")
	rest = strings.TrimLeft(rest, " \t")
	if !ok || rest == "" {
		return "", v, "", fmt.Errorf("no further member behind %s", key)
	}
	return key, v, rest, nil
}

// quoted reads a string whose opening quote is gone.
func quoted(s string) (text, rest string, err error) {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case c == '"':
			return b.String(), s[i+1:], nil
		case c == '\\' && i+1 < len(s) && (s[i+1] == '"' || s[i+1] == '\\'):
			i++
			b.WriteByte(s[i])
		case c == '\\' || c < ' ' || c > '~':
			return "", "", fmt.Errorf("a string with %q", c)
		default:
			b.WriteByte(c)
		}
	}
	return "", "", errors.New("a string without its end")
}
