package hostnats

import (
	"errors"
	"log/slog"
	"maps"
	"sync"
	"sync/atomic"

	"golang.org/x/time/rate"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// Stats is a snapshot of what functions have done through a Host.
type Stats struct {
	// Failures counts the operations that ended in an error, by its kind, as functions see
	// it. Kinds that never came are absent.
	Failures map[hostcap.Kind]uint64
	// Filed counts the messages that were stored to be published later, without those that
	// were stored already.
	Filed uint64
	// Pending is how many operations are, PendingBytes what their payloads hold.
	Pending      int
	PendingBytes int64
	// Calls counts the calls of keys by how they ended: CallOK, or the name of the error that
	// the function saw; a method that failed is hostcap.Failed, a cycle that was refused
	// hostcap.Cycle. What never came is absent. CallsPending is how many have not ended.
	Calls        map[string]uint64
	CallsPending int
}

// CallOK is what Stats.Calls has calls under that were answered.
const CallOK = "ok"

// Stats returns a snapshot. Safe for concurrent use, also after Close.
func (h *Host) Stats() Stats {
	s := Stats{Filed: h.failures.filed.Load()}
	s.Pending, s.PendingBytes = h.room.taken()
	s.Calls, s.CallsPending = h.calls.counted()
	h.failures.mu.Lock()
	defer h.failures.mu.Unlock()
	s.Failures = maps.Clone(h.failures.byKind)
	return s
}

// failures counts, and tells the log of those that whoever runs the node can mend.
type failures struct {
	log   *slog.Logger
	lines *rate.Limiter
	filed atomic.Uint64

	mu     sync.Mutex
	byKind map[hostcap.Kind]uint64 // guarded by mu
}

func newFailures(log *slog.Logger) *failures {
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	return &failures{log: log, lines: rate.NewLimiter(1, 5), byKind: map[hostcap.Kind]uint64{}}
}

// note takes in how an operation ended, which subject says the subject or the bucket of.
func (f *failures) note(subject string, err error) {
	failed, ok := errors.AsType[*hostcap.Error](err)
	if !ok {
		return // it went well, or a key has no value
	}
	f.mu.Lock()
	f.byKind[failed.Kind]++
	f.mu.Unlock()
	if advice := mend(failed.Kind); advice != "" && f.lines.Allow() {
		f.log.Warn("NATS did not take what a function sent, which was told", slog.String("advice", advice),
			slog.String("subject", subject), slog.String("error", failed.Message))
	}
}

// mend says what whoever runs the node can do about errors of a kind; "" where it is for
// the function, or where the connection's own lines say it.
func mend(kind hostcap.Kind) string {
	switch kind { //nolint:exhaustive // the others are the function's
	case hostcap.Refused:
		return "grant this node's user the subject, or, where the error says so: " + bridge.RoomAdvice
	case hostcap.Unavailable:
		return "start the NATS server with JetStream, or let the account use it"
	case hostcap.Overloaded:
		return "functions send more than NATS confirms in time: slow them down, or give the server more"
	default:
		return ""
	}
}
