package function

import "strings"

// The headers of the W3C trace context.
const (
	HeaderTraceParent = "traceparent"
	HeaderTraceState  = "tracestate"
)

// maxTraceState is how much of a tracestate must be passed on, in bytes; a longer one is
// dropped (Trace Context 3.3.1.5 lets us).
const maxTraceState = 512

// TraceContext returns the trace context that a message came with, to be passed on as it
// is; state is "" where there is none. parent is "" where there is none, or one that is not
// valid: it is not passed on then, as the specification has it, nor is its state.
func (h Header) TraceContext() (parent, state string) {
	var states []string
	for name, values := range h {
		switch {
		case strings.EqualFold(name, HeaderTraceParent):
			if len(values) != 1 || parent != "" || !traceParentOK(values[0]) {
				return "", ""
			}
			parent = values[0]
		case strings.EqualFold(name, HeaderTraceState):
			states = append(states, values...)
		}
	}
	if parent == "" {
		return "", ""
	}
	state = strings.Join(states, ",")
	if len(state) > maxTraceState || strings.ContainsFunc(state, func(r rune) bool { return r < ' ' || r > '~' }) {
		return parent, ""
	}
	return parent, state
}

// traceParentOK checks a traceparent (Trace Context 3.2.2):
//
//	version "-" trace-id "-" parent-id "-" flags
//
// A version after 00 may go on behind another "-".
func traceParentOK(s string) bool {
	const length = 55
	if len(s) < length || len(s) > 2*length || s[2] != '-' || s[35] != '-' || s[52] != '-' {
		return false
	}
	version, trace, span, flags := s[:2], s[3:35], s[36:52], s[53:55]
	switch {
	case !lowerHex(version + trace + span + flags), version == "ff":
		return false
	case version == "00" && len(s) != length, len(s) > length && s[length] != '-':
		return false
	case strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r > '~' }):
		return false
	}
	return strings.Trim(trace, "0") != "" && strings.Trim(span, "0") != ""
}

func lowerHex(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return (r < '0' || r > '9') && (r < 'a' || r > 'f') })
}
