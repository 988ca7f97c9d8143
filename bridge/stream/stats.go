package stream

import (
	"cmp"
	"slices"
	"sync/atomic"

	"github.com/isolane/isolane/jsruntime/function"
)

// Stats is a snapshot of one trigger on this member, since it was set.
type Stats struct {
	// Function, Kind and Stream say which; Consumer is its durable name.
	Function, Kind, Stream, Consumer string
	// Fault is why it is not served now, "" where it is.
	Fault string
	// Held is how many messages it has, HeldBytes are their payloads', Window is how
	// many it may have.
	Held      int
	HeldBytes int64
	Window    int
	// Received counts deliveries, Redelivered those that were not a message's first.
	Received, Redelivered uint64
	// Outcomes counts how runs ended.
	Outcomes map[function.Outcome]uint64
	// Batches counts the invocations that were for a batch.
	Batches uint64
	// Naks are those given back for another delivery, DeadLetters those given up,
	// Unburied those that could not be and were kept.
	Naks, DeadLetters, Unburied uint64
	// Recorded counts the records of runs that are kept, Unrecorded those that could not be.
	Recorded, Unrecorded uint64
	// Spared counts runs again at once of messages whose isolate another one ended, Poisoned the
	// dead letters that had ended isolates.
	Spared, Poisoned uint64
	// Progress counts the words that a message still runs, Untold the words that did
	// not reach the connection.
	Progress, Untold uint64
	// Foreign were sent again for another function alone, and acknowledged.
	Foreign uint64
	// DroppedHeaders are headers of functions that were left out of replies.
	DroppedHeaders uint64
	// Faults counts how often the trigger could not be served, Reconnects how often its
	// connection was made again, MissedHeartbeats the pull requests that were lost.
	Faults, Reconnects, MissedHeartbeats uint64
	// Active is how many states of keys a keyed function has at hand here, ActiveBytes about
	// how many bytes; Passivated counts those that were let go in this epoch. Commits counts
	// writes of states, Applied the messages that came again and were in the state already.
	Active           int
	ActiveBytes      int64
	Passivated       uint64
	Commits, Applied uint64
	// Handed counts the runs of a keyed function that this member, which has the order, handed to
	// others; Served those that it took on for another one.
	Handed, Served uint64
	// Alarms is of how many keys this member, which has the order, knows when their alarms are
	// due, Fired counts the alarms that were committed, AlarmFailures the runs of them that failed.
	Alarms               int
	Fired, AlarmFailures uint64
	// Calls counts the calls of methods that were taken, CallOutcomes how those that were
	// answered ended, and Crossed those that were refused since what runs of their key waits for
	// who waits for them. Forgotten are those that were refused since what became of an earlier
	// attempt, or its answer, is not known any more. CallsWaiting is how many are taken and have no answer yet.
	Calls, Crossed, Forgotten uint64
	CallOutcomes              map[function.Outcome]uint64
	CallsWaiting              int
	// Activations counts how often a state was read from the bucket in this epoch, Reached
	// how often it was at hand.
	Activations, Reached uint64
}

// counts are what Stats is read from.
type counts struct {
	received, redelivered                atomic.Uint64
	outcomes                             [function.Canceled + 1]atomic.Uint64
	naks, deadLetters, unburied          atomic.Uint64
	progress, untold, foreign, batches   atomic.Uint64
	droppedHeaders, applied, commits     atomic.Uint64
	handed, served, spared, poisoned     atomic.Uint64
	recorded, unrecorded                 atomic.Uint64
	fired, alarmFailures                 atomic.Uint64
	calls, crossed, forgotten            atomic.Uint64
	callOutcomes                         [function.Canceled + 1]atomic.Uint64
	faults, reconnects, missedHeartbeats atomic.Uint64
}

// Stats returns a snapshot of the triggers that are set, sorted by function.
func (t *Triggers) Stats() []Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]Stats, 0, len(t.running))
	for _, c := range t.running {
		all = append(all, c.stats())
	}
	slices.SortFunc(all, func(a, b Stats) int {
		return cmp.Or(cmp.Compare(a.Function, b.Function), cmp.Compare(a.Kind, b.Kind))
	})
	return all
}

func (c *consumer) stats() Stats {
	n := &c.counts
	s := Stats{
		Function: c.trigger.Function, Kind: c.trigger.Kind, Stream: c.trigger.Stream.Name,
		Consumer: c.trigger.durable(c.t.cfg.Queue),
		Received: n.received.Load(), Redelivered: n.redelivered.Load(), Outcomes: map[function.Outcome]uint64{},
		Naks: n.naks.Load(), DeadLetters: n.deadLetters.Load(), Unburied: n.unburied.Load(),
		Progress: n.progress.Load(), Untold: n.untold.Load(), Foreign: n.foreign.Load(), Batches: n.batches.Load(),
		DroppedHeaders: n.droppedHeaders.Load(), Spared: n.spared.Load(), Poisoned: n.poisoned.Load(),
		Commits: n.commits.Load(), Applied: n.applied.Load(), Handed: n.handed.Load(), Served: n.served.Load(),
		Recorded: n.recorded.Load(), Unrecorded: n.unrecorded.Load(),
		Fired: n.fired.Load(), AlarmFailures: n.alarmFailures.Load(),
		Calls: n.calls.Load(), Crossed: n.crossed.Load(), Forgotten: n.forgotten.Load(), CallOutcomes: map[function.Outcome]uint64{},
		Faults: n.faults.Load(), Reconnects: n.reconnects.Load(), MissedHeartbeats: n.missedHeartbeats.Load(),
	}
	for _, o := range function.Outcomes() {
		if count := n.outcomes[o].Load(); count > 0 {
			s.Outcomes[o] = count
		}
		if count := n.callOutcomes[o].Load(); count > 0 {
			s.CallOutcomes[o] = count
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.order != nil && c.order.keyed != nil {
		s.Alarms, s.CallsWaiting = c.order.keyed.alarms.known(), c.order.keyed.calls.waiting()
	}
	if c.runner != nil {
		shelf := c.runner.stats()
		s.Active, s.ActiveBytes, s.Passivated = shelf.active, shelf.bytes, shelf.passivated
		s.Activations, s.Reached = shelf.misses, shelf.hits
	}
	s.Fault, s.Held, s.HeldBytes, s.Window = c.fault, len(c.held), c.bytes, c.window.size()
	return s
}
