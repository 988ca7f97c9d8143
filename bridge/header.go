package bridge

import (
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/jsruntime/function"
)

// The headers of requests. NATS does not canonicalise names: these are compared
// exactly.
const (
	// HeaderInvocation carries an invocation's id, in requests and in replies
	// that tell of a failure: 1 to 64 visible ASCII characters.
	HeaderInvocation = "Isolane-Invocation"
	// HeaderDeadline is when the caller stops waiting, in RFC 3339 with fraction.
	HeaderDeadline = "Isolane-Deadline"
	// HeaderTimeout is how long the caller waits, as a Go duration ("500ms"),
	// counted from when the node took the message. With HeaderDeadline too, the
	// earlier one counts.
	HeaderTimeout = "Isolane-Timeout"
	// HeaderHops is how many calls of functions by functions led to this one, set by
	// ctx.nats; missing where somebody else sent it.
	HeaderHops = "Isolane-Hops"
	// HeaderCallers names who waits for the answer to a call, one for another, with commas
	// between, the first caller first: functions, those of keyed ones with their key (see
	// Identity). It is set by ctx.nats.request and ctx.call.
	HeaderCallers = "Isolane-Callers"
	// HeaderTurn is the id of the invocation of a keyed function that waits for the answer, by
	// way of functions without keys or not: the last one that HeaderCallers names.
	HeaderTurn = "Isolane-Turn"
)

// The headers of replies.
const (
	// HeaderStatus is the HTTP status of a returned Response.
	HeaderStatus = "Isolane-Status"
	// HeaderOutcome is the outcome's word; it stands in every failure.
	HeaderOutcome = "Isolane-Outcome"
	// HeaderLocation is the source-mapped file:line:column of an exception.
	HeaderLocation = "Isolane-Location"
	// HeaderErrorCode and HeaderError are those of the NATS services convention.
	HeaderErrorCode = "Nats-Service-Error-Code"
	HeaderError     = "Nats-Service-Error"
	// HeaderRetryAfter is in whole seconds, rounded up; with overloaded only.
	HeaderRetryAfter = "Retry-After"
)

// CleanHeader copies the headers that a function gave its reply, without those
// that NATS cannot carry and those that are not a function's to set. dropped
// names the latter, each at most 64 bytes, for the log.
func CleanHeader(h function.Header) (clean nats.Header, dropped []string) {
	clean = make(nats.Header, len(h)+1)
	for name, values := range h {
		if !headerNameOK(name) || reserved(name) {
			dropped = append(dropped, Shorten(name, 64))
			continue
		}
		kept := make([]string, 0, len(values))
		for _, v := range values {
			if !headerValueOK(v) {
				dropped = append(dropped, Shorten(name, 64))
				continue
			}
			kept = append(kept, v)
		}
		if len(kept) > 0 {
			clean[name] = kept
		}
	}
	return clean, dropped
}

// HeaderFault says why a function may not send a header, or "".
func HeaderFault(name, value string) string {
	switch {
	case !headerNameOK(name):
		return "has a name that NATS cannot carry"
	case reserved(name):
		return "is not a function's to set"
	case !headerValueOK(value):
		return "has a value that NATS cannot carry: UTF-8 without control characters"
	default:
		return ""
	}
}

// Hops reads HeaderHops; 0 where it is missing or no number.
func Hops(h function.Header) int {
	hops, err := strconv.Atoi(h.Get(HeaderHops))
	if err != nil || hops < 0 {
		return 0
	}
	return hops
}

// reserved reports whether only the bridge or NATS may set name. "Status" is
// among them because clients take "Status: 503" for "no responders".
func reserved(name string) bool {
	return hasPrefixFold(name, "isolane-") || hasPrefixFold(name, "nats-") || strings.EqualFold(name, "status")
}

func hasPrefixFold(s, prefix string) bool {
	return len(s) >= len(prefix) && strings.EqualFold(s[:len(prefix)], prefix)
}

// headerNameOK reports whether every NATS client can carry name: visible ASCII
// without the separators that nats.go refuses (stricter than ADR-4, which
// forbids the colon alone).
func headerNameOK(name string) bool {
	if name == "" || len(name) > 256 {
		return false
	}
	for i := range len(name) {
		if c := name[i]; c <= ' ' || c >= 0x7f || strings.IndexByte("\"()/,:;<=>?@[\\]{}", c) >= 0 {
			return false
		}
	}
	return true
}

// headerValueOK reports whether v travels unharmed: UTF-8 without control
// characters but the tab. nats.go would silently turn a line break into a space.
func headerValueOK(v string) bool {
	for i := range len(v) {
		if c := v[i]; c < ' ' && c != '\t' || c == 0x7f {
			return false
		}
	}
	return utf8.ValidString(v)
}

// OneLine makes text fit for a header: valid UTF-8, control characters turned
// into spaces, runs of white space into one, at most limit bytes.
func OneLine(text string, limit int) string {
	// Four bytes of input for each byte of output is ample, and keeps a hostile
	// megabyte cheap.
	text = strings.ToValidUTF8(Shorten(text, 4*limit), "\uFFFD")
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}, text)
	return strings.TrimSpace(Shorten(strings.Join(strings.Fields(text), " "), limit))
}

// Shorten cuts s to at most limit bytes, between runes.
func Shorten(s string, limit int) string {
	if len(s) <= limit {
		return s
	}
	for limit > 0 && !utf8.RuneStart(s[limit]) {
		limit--
	}
	return s[:limit]
}
