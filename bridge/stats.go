package bridge

import (
	"sync/atomic"

	"github.com/isolane/isolane/jsruntime/function"
)

// Stats is a snapshot of what a Bridge has done since Start. Its fields are read
// one after another, so that sums over them hold only while no message moves:
//
//	Received = sum of Outcomes + Pending
//	Received = Accepted + Shed + Malformed + Unknown + Expired + Late
type Stats struct {
	// Received counts the messages that NATS delivered.
	Received uint64
	// Accepted counts those that were handed to the Dispatcher.
	Accepted uint64
	// Outcomes counts the messages by how they ended, refused ones and those
	// without a reply subject included. Outcomes that never came are absent.
	Outcomes map[function.Outcome]uint64

	// Shed were answered overloaded by the bridge itself.
	Shed uint64
	// Malformed broke the contract: subject, headers or reply subject.
	Malformed uint64
	// Unknown named what could be no function's name.
	Unknown uint64
	// Expired came after their own deadline.
	Expired uint64
	// Late came after a drain had run out of time.
	Late uint64

	// InvalidReplies are the malformed messages whose reply subject could not be
	// published to; their callers were told nothing.
	InvalidReplies uint64
	// NoReplyFailures are failures of messages without a reply subject.
	NoReplyFailures uint64
	// PublishFailures are replies that the connection did not take.
	PublishFailures uint64
	// TooLargeReplies were larger than the server takes; their callers were told.
	TooLargeReplies uint64
	// DroppedHeaders are headers of functions that were left out of replies.
	DroppedHeaders uint64
	// StrayResults came for a message that had been answered.
	StrayResults uint64
	// Panics are messages whose handling panicked.
	Panics uint64

	// Pending and PendingBytes are the accepted messages without an answer, and
	// their payloads' bytes.
	Pending      int
	PendingBytes int64

	// SlowConsumerDrops were dropped by the NATS client, over BufferMessages or
	// BufferBytes.
	SlowConsumerDrops uint64
	// Disconnects and Reconnects are the connection's since Start.
	Disconnects, Reconnects uint64
	// Restarts are those of the bridge's actor.
	Restarts uint64
	// Conn counts what Connect's handlers saw; zero without Deps.Events.
	Conn ConnStats
}

// counters are what Stats is read from. Each is safe for concurrent use.
type counters struct {
	received, accepted                           atomic.Uint64
	outcomes                                     [function.Canceled + 1]atomic.Uint64
	shed, malformed, unknown, expired, late      atomic.Uint64
	invalidReplies, noReplyFailures              atomic.Uint64
	publishFailures, droppedHeaders, tooLarge    atomic.Uint64
	strayResults, panics                         atomic.Uint64
	slowDrops, disconnects, reconnects, restarts atomic.Uint64
}

// Stats returns a snapshot. Safe for concurrent use, also after Close.
func (b *Bridge) Stats() Stats {
	c := &b.counters
	s := Stats{
		Received: c.received.Load(), Accepted: c.accepted.Load(),
		Outcomes: make(map[function.Outcome]uint64),
		Shed:     c.shed.Load(), Malformed: c.malformed.Load(), Unknown: c.unknown.Load(),
		Expired: c.expired.Load(), Late: c.late.Load(),
		InvalidReplies: c.invalidReplies.Load(), NoReplyFailures: c.noReplyFailures.Load(),
		PublishFailures: c.publishFailures.Load(), DroppedHeaders: c.droppedHeaders.Load(),
		TooLargeReplies: c.tooLarge.Load(),
		StrayResults:    c.strayResults.Load(), Panics: c.panics.Load(),
		SlowConsumerDrops: c.slowDrops.Load(),
		Disconnects:       c.disconnects.Load(), Reconnects: c.reconnects.Load(),
		Restarts: c.restarts.Load(),
		Conn:     b.deps.Events.Stats(),
	}
	s.Pending, s.PendingBytes = b.calls.pending()
	for _, o := range function.Outcomes() {
		if n := c.outcomes[o].Load(); n > 0 {
			s.Outcomes[o] = n
		}
	}
	return s
}
