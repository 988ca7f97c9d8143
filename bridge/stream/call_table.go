package stream

import (
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/call"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

const (
	// maxCalls bounds the calls of a function that a member holds, beside what
	// function.Headroom adds.
	maxCalls = orderHeld
	// signEvery is how often a caller is told that its call is here: several times in what
	// hostnats.Config.CallSilence is.
	signEvery = time.Second
)

// callTable are the calls that one epoch has and has not answered. Safe for concurrent use.
type callTable struct {
	c *consumer

	mu    sync.Mutex
	sub   *nats.Subscription // guarded by mu; nil before take and after leave
	open  map[callID]*called // guarded by mu
	bytes int64              // guarded by mu
	// by are those of open that a key's turn waits for, by its invocation; guarded by mu.
	by map[string]map[*called]struct{}
}

// callID tells what was sent again from what another attempt sends.
type callID struct{ digest, reply string }

func newCallTable(c *consumer) *callTable {
	return &callTable{c: c, open: map[callID]*called{}, by: map[string]map[*called]struct{}{}}
}

// admission is what became of a call that came.
type callAdmission uint8

const (
	callTaken callAdmission = iota + 1
	callKnown
	callFull
	callCrossed
	callMoved
)

// admit takes c in, or says why not.
func (t *callTable) admit(c *called) callAdmission {
	id := callID{c.digest, c.reply}
	t.mu.Lock()
	defer t.mu.Unlock()
	if _, known := t.open[id]; known {
		return callKnown
	}
	if len(t.open) >= function.Headroom(maxCalls, c.inv.Depth) || len(t.open) > 0 && t.bytes+c.size > t.c.t.cfg.MaxBytes {
		return callFull
	}
	t.open[id] = c
	t.bytes += c.size
	if turn := c.turn(); turn != "" {
		if t.by[turn] == nil {
			t.by[turn] = map[*called]struct{}{}
		}
		t.by[turn][c] = struct{}{}
	}
	t.c.counts.calls.Add(1)
	return callTaken
}

// waiting is how many have no answer yet.
func (t *callTable) waiting() int {
	t.mu.Lock()
	defer t.mu.Unlock()
	return len(t.open)
}

// of are the keys that the turn with an invocation's id waits for, as far as calls of it are
// here whose time is not over.
func (t *callTable) of(turn string, now time.Time) (keys []string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for c := range t.by[turn] {
		if end := c.inv.Deadline; end.IsZero() || end.After(now) {
			keys = append(keys, c.inv.Keyed.ID)
		}
	}
	return keys
}

// take keeps the subscription that brings calls.
func (t *callTable) take(sub *nats.Subscription) {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.sub = sub
}

// leave has no more calls come.
func (t *callTable) leave() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.sub != nil {
		_ = t.sub.Unsubscribe() // of a connection that is closed nothing comes either
		t.sub = nil
	}
}

// start tells callers now and then that their calls are here, until stop is called.
func (t *callTable) start() (stop func()) {
	stopping, stopped := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(stopped)
		ticker := time.NewTicker(signEvery)
		defer ticker.Stop()
		for {
			select {
			case <-ticker.C:
				t.sign(t.c.t.deps.Clock())
			case <-stopping:
				return
			}
		}
	}()
	return func() {
		close(stopping)
		<-stopped
	}
}

func (t *callTable) sign(now time.Time) {
	t.mu.Lock()
	var waiting []string
	for _, c := range t.open {
		if now.Sub(c.came) >= signEvery/2 {
			waiting = append(waiting, c.reply)
		}
	}
	t.mu.Unlock()
	for _, reply := range waiting {
		t.publish(reply, call.Word(call.Waiting))
	}
}

// answer ends c with res, the first time.
func (t *callTable) answer(c *called, res *function.Result) {
	if !t.end(c) {
		return
	}
	t.c.counts.callOutcomes[res.Outcome].Add(1)
	if c.span != nil {
		span.Settle(c.span, res)
	}
	if res.Receipt.Node == "" {
		with := *res
		with.Receipt.Node = t.c.t.deps.Node
		res = &with
	}
	t.publish(c.reply, call.Reply(c.inv, res, t.c.t.deps.Conn.MaxPayload()))
}

// moved ends c, which has not run: another member is to.
func (t *callTable) moved(c *called) { t.word(c, call.Moved) }

// word ends c, which has no Result, with a word about it.
func (t *callTable) word(c *called, s call.Sign) {
	if !t.end(c) {
		return
	}
	switch s { //nolint:exhaustive // the others are no refusals
	case call.Crossed:
		t.c.counts.crossed.Add(1)
	case call.Applied, call.Forgotten:
		t.c.counts.forgotten.Add(1)
	}
	if c.span != nil {
		c.span.End()
	}
	t.publish(c.reply, call.Word(s))
}

func (t *callTable) end(c *called) bool {
	if !c.answered.CompareAndSwap(false, true) {
		return false
	}
	id := callID{c.digest, c.reply}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.open[id] == c {
		delete(t.open, id)
		t.bytes -= c.size
		turn := c.turn()
		if delete(t.by[turn], c); len(t.by[turn]) == 0 {
			delete(t.by, turn)
		}
	}
	return true
}

// publish sends a word. One that is lost leaves its caller to its own patience.
func (t *callTable) publish(reply string, msg *nats.Msg) {
	msg.Subject = reply
	if err := t.c.t.deps.Conn.PublishMsg(msg); err != nil {
		t.c.counts.untold.Add(1)
	}
}
