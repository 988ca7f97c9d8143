package actors

import (
	"context"
	"maps"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/jsruntime/function"
)

// Recall answers canceled what the pool has of messages of streams (Invocation.Kept): what is
// queued at once, and what is in flight between two turns, so that nothing of it runs any more
// when its answer, with what it said of messages, is given. What ends by itself first counts as
// it ended. It blocks until each runtime has done so, or ctx is done.
//
// A turn that goes on then is not waited for: its invocation has no answer yet, and what it
// said in the turns before is returned, by the ids of its messages. Whatever else the pool has
// is left alone.
func (p *Pool) Recall(ctx context.Context) map[string]function.Verdict {
	const message = "the node is shutting down and its grace is over"
	answers, pids := p.d.recall(message)
	p.d.give(answers)
	recalled := make(chan struct{}, len(pids))
	for _, pid := range pids {
		p.root.Send(pid, &recall{message: message, reply: recalled})
	}
	for range pids {
		select {
		case <-recalled:
		case <-p.stopped:
			return nil
		case <-ctx.Done():
			return p.d.saying()
		}
	}
	return nil
}

// recall takes what is kept out of the queue, with its answers, and returns the actors that
// have such in flight.
func (d *dispatcher) recall(message string) (answers []answer, pids []*actor.PID) {
	d.mu.Lock()
	defer d.mu.Unlock()
	now := d.clock.Now()
	for t := d.queue.oldest(); t != nil; {
		next := d.queue.all.next(t)
		if t.inv.Kept {
			d.queue.remove(t)
			t.queued = now.Sub(t.received)
			answers = append(answers, answer{t, function.Failure(function.Canceled, message)})
		}
		t = next
	}
	for _, s := range d.slots {
		if s.phase == serving && !s.stuck && s.keeps() {
			pids = append(pids, s.pid)
		}
	}
	return answers, pids
}

// keeps reports whether anything of a stream is in flight in s. The caller holds mu.
func (s *slot) keeps() bool {
	for t := s.running.head; t != nil; t = s.running.next(t) {
		if t.inv.Kept {
			return true
		}
	}
	return false
}

// saying is what those that are in flight have said of messages, by the messages' ids.
func (d *dispatcher) saying() map[string]function.Verdict {
	var asked []func() map[*function.Invocation][]function.Verdict
	d.mu.Lock()
	for _, s := range d.slots {
		if s.said != nil && s.phase == serving && s.keeps() {
			asked = append(asked, s.said)
		}
	}
	d.mu.Unlock()
	all := map[string]function.Verdict{}
	for _, said := range asked {
		for inv, verdicts := range said() {
			maps.Copy(all, inv.VerdictsByID(verdicts))
		}
	}
	return all
}
