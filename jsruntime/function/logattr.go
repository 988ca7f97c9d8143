package function

import "log/slog"

// LogAttr is what each line about i has, the same on every node and in what the function
// prints: its id under "invocation", and the trace's and span's under "trace_id" and
// "span_id" where it is part of a trace that is recorded.
func (i *Invocation) LogAttr() slog.Attr {
	id := slog.String("invocation", i.ID)
	if !i.Trace.IsSampled() {
		return id
	}
	// A group without a key stands in the line as its attributes do.
	return slog.Attr{Value: slog.GroupValue(id,
		slog.String("trace_id", i.Trace.TraceID().String()), slog.String("span_id", i.Trace.SpanID().String()))}
}

// TraceID is the id of the trace that i is part of, where that is recorded, else "".
func (i *Invocation) TraceID() string {
	if !i.Trace.IsSampled() {
		return ""
	}
	return i.Trace.TraceID().String()
}
