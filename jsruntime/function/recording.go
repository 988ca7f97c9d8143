package function

// Recording says which runs are recorded, for messages of streams, alarms and calls of methods, so
// that isolane replay can run them again with the same answers from the host.
type Recording string

// The recordings. The zero value records nothing; a manifest says false for it.
const (
	RecordNone     Recording = ""
	RecordFailures Recording = "failures"
	RecordAll      Recording = "all"
)

// UnmarshalText implements encoding.TextUnmarshaler: failures, all or false.
func (r *Recording) UnmarshalText(text []byte) error {
	if string(text) == "false" {
		*r = RecordNone
		return nil
	}
	return oneOf(r, text, RecordFailures, RecordAll, "false")
}

// Keeps reports whether a run that ended so is kept.
func (r Recording) Keeps(o Outcome) bool {
	return r == RecordAll || r == RecordFailures && o != OK
}

// checkRecord calls fault where there is nothing to record, or nothing that could be.
func (m Manifest) checkRecord(fault func(path, format string, args ...any)) {
	switch {
	case m.Record == RecordNone:
	case m.Record != RecordFailures && m.Record != RecordAll:
		fault("record", "%s: use failures, all or false", clip(string(m.Record)))
	case m.Stream == nil && len(m.Schedule) == 0:
		fault("record", "is for messages of streams, and the function has neither stream nor schedule: leave it out")
	}
}
