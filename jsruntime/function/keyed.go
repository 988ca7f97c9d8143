package function

import "time"

// Keyed says which key an invocation of a keyed function is for.
type Keyed struct {
	// ID is the key: a word of the message's subject.
	ID string
	// State is what the message before left behind, as JSON; nil where there is none.
	State []byte
	// Alarm is when the key's alarm is due, to the millisecond; zero where none is set. Of an
	// invocation that is Due it is zero: that one has been taken off.
	Alarm time.Time
	// Due says that the invocation is for the alarm of the key, and has no message.
	Due bool
	// Method is the method that another function calls, with the invocation's payload as its
	// arguments, as JSON; "" for a message.
	Method string
}

// AlarmChange is what becomes of a key's alarm.
type AlarmChange struct {
	// At is when it is due from now on, to the millisecond; zero takes it away.
	At time.Time
}

// StateChange is what becomes of a key's state.
type StateChange struct {
	// State is the new one, as JSON; nil takes it away.
	State []byte
}

// Trigger is the manifest's stream with the defaults filled in, for the function of that
// name; ok says that it has one. Of a keyed function the key says which subjects, and what
// orders them.
func (m Manifest) Trigger(name string) (s Stream, ok bool) {
	if m.Stream == nil {
		return Stream{}, false
	}
	s = m.Stream.WithDefaults(name)
	if names := m.Key.Names(); len(names) == 1 {
		s.Subject, s.Order = m.Key, "{"+names[0]+"}"
	}
	return s, true
}

// checkKey calls fault for each fault of the manifest's key, and for each other key that it
// contradicts.
func (m Manifest) checkKey(fault func(path, format string, args ...any)) {
	if m.Key == "" {
		return
	}
	if problem := longOr(string(m.Key), m.Key.problem()); problem != "" {
		fault("key", "%s: %s", clip(string(m.Key)), problem)
	} else if n := len(m.Key.Names()); n != 1 {
		fault("key", "%s has %d named words, and one is the key: write for instance \"orders.{id}.>\"", clip(string(m.Key)), n)
	}
	s := m.Stream
	if s == nil || s.Name == "" {
		fault("key", "needs stream: NAME, the stream that the messages are in")
		return
	}
	for _, other := range []struct {
		path  string
		given bool
		why   string
	}{
		{"stream.subject", s.Subject != "", "key says which subjects: leave it out"},
		{"stream.order", s.Order != "", "key says what is in order: leave it out"},
		{"stream.deliver", s.Deliver == DeliverLast, "contradicts key, whose state is made of every message: choose all or new"},
		{"stream.batch", s.Batch != nil, "contradicts key: the messages of a key are run one after the other"},
		{"schedule", len(m.Schedule) > 0, "contradicts key: a time has none; publish to the stream from another function that has the schedule"},
		{"dedicated", m.Dedicated, "contradicts key, whose member may be another than that of the isolate: leave one of them out"},
	} {
		if other.given {
			fault(other.path, "%s", other.why)
		}
	}
}
