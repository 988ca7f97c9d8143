// Package redact keeps secrets out of logs: a slog.Handler that replaces the values
// that it was told of by their names, wherever they stand in a record.
//
//	secrets := redact.New(map[string]string{"API_KEY": "0123456789abcdef"})
//	log := slog.New(redact.Handler(slog.NewTextHandler(os.Stderr, nil), secrets))
//
// It is for accidents: a function that means to print a secret can write it in some
// other way. Values shorter than MinLength are left, since they stand in other words.
// Everything is safe for concurrent use.
package redact

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
)

// MinLength is the length of the shortest value that is replaced, in bytes.
const MinLength = 8

// cutMark stands at the end of a text that was cut off.
const cutMark = "\u2026"

// Secrets replaces values in texts.
type Secrets struct {
	values   []secret
	replacer *strings.Replacer
}

type secret struct{ value, shown string }

// New makes Secrets of values by name. A value is found as it is, and as JSON and URLs
// write it.
func New(values map[string]string) *Secrets {
	var all []secret
	for name, value := range values {
		if len(value) < MinLength {
			continue
		}
		for _, v := range []string{value, inJSON(value), url.QueryEscape(value), url.PathEscape(value)} {
			all = append(all, secret{value: v, shown: "[redacted " + name + "]"})
		}
	}
	// The longest first, for a value that holds another; the name decides between
	// equals.
	slices.SortFunc(all, func(a, b secret) int {
		return cmp.Or(cmp.Compare(len(b.value), len(a.value)), cmp.Compare(a.value, b.value), cmp.Compare(a.shown, b.shown))
	})
	all = slices.CompactFunc(all, func(a, b secret) bool { return a.value == b.value })
	pairs := make([]string, 0, 2*len(all))
	for _, s := range all {
		pairs = append(pairs, s.value, s.shown)
	}
	return &Secrets{values: all, replacer: strings.NewReplacer(pairs...)}
}

// inJSON is a value as it stands between the quotation marks of a JSON string.
func inJSON(value string) string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if e.Encode(value) != nil {
		return value
	}
	return strings.TrimSuffix(strings.TrimPrefix(strings.TrimSpace(b.String()), `"`), `"`)
}

// Text returns text with each value replaced by "[redacted NAME]". Where text ends in
// a cut, so does what it kept of a value, if that is MinLength or more.
func (s *Secrets) Text(text string) string {
	if len(s.values) == 0 {
		return text
	}
	text = s.replacer.Replace(text)
	rest, cut := strings.CutSuffix(text, cutMark)
	if !cut {
		return text
	}
	for _, v := range s.values {
		for n := min(len(v.value)-1, len(rest)); n >= MinLength; n-- {
			if strings.HasSuffix(rest, v.value[:n]) {
				return rest[:len(rest)-n] + v.shown + cutMark
			}
		}
	}
	return text
}
