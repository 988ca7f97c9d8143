package stream

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/attribute"
	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/call"
	"github.com/isolane/isolane/bridge/subject"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// called is a method that another function calls: one more turn of its key.
type called struct {
	inv *function.Invocation
	// reply is the subject of the answer.
	reply string
	// digest tells it from every other call; see call.Digest.
	digest string
	came   time.Time
	size   int64
	span   trace.Span // nil where none is recorded
	// answered is set by whoever answers: the first one only.
	answered atomic.Bool
}

// place implements item: it is in no stream.
func (*called) place() uint64 { return 0 }

// depth implements item: somebody waits for it.
func (c *called) depth() int { return max(c.inv.Depth, 1) }

// turn is the invocation of a key that waits for c; "" where none does.
func (c *called) turn() string { return c.inv.Header.Get(bridge.HeaderTurn) }

// takeCalls has calls of the function's keys come here. It returns when the server knows.
func (k *keyed) takeCalls() error {
	conn := k.c.t.deps.Conn
	sub, err := conn.Subscribe(call.Subjects(k.c.t.cfg.Queue, k.c.trigger.Function), k.takeCall)
	if err != nil {
		return fmt.Errorf("stream: subscribe for calls: %w", err)
	}
	k.calls.take(sub)
	if err := conn.FlushTimeout(k.c.t.cfg.Patience); err != nil {
		return fmt.Errorf("stream: subscribe for calls: %w", err)
	}
	return nil
}

// takeCall puts a call into the lane of its key, or answers it at once. It runs in the
// goroutine of the subscription.
func (k *keyed) takeCall(msg *nats.Msg) {
	if subject.ValidateReply(msg.Reply) != nil {
		return // nobody could be told
	}
	now := k.c.t.deps.Clock()
	inv, failure := call.Read(k.c.trigger.Function, msg, now)
	c := &called{inv: inv, reply: msg.Reply, came: now, size: int64(len(msg.Data))}
	k.beginCall(c)
	if failure != nil {
		k.answerCall(context.Background(), c, failure)
		return
	}
	c.digest = call.Digest(inv)
	switch k.line(c) {
	case callKnown: // it was sent again, and the first one is answered
	case callFull:
		k.answerCall(context.Background(), c, function.Failure(function.Overloaded, "this member holds as many calls of the function as it may"))
	case callCrossed:
		k.calls.word(c, call.Crossed)
	case callMoved:
		k.calls.moved(c)
	case callTaken:
		k.s.pump()
	}
}

// line has c stand in the lane of its key, or says why not. Of calls that wait for one another
// the last one finds the others: no two are looked at at once on a member.
func (k *keyed) line(c *called) callAdmission {
	t := k.c.t
	t.lining.Lock()
	defer t.lining.Unlock()
	if a := k.calls.admit(c); a != callTaken {
		return a
	}
	if k.crosses(c) {
		return callCrossed
	}
	k.s.mu.Lock()
	defer k.s.mu.Unlock()
	if !k.s.open || k.s.closed || !k.lease.Held() {
		return callMoved
	}
	k.s.lanes.addBehind(c.inv.Keyed.ID, c)
	return callTaken
}

// beginCall begins the span of a call.
func (k *keyed) beginCall(c *called) {
	t := k.c.t.deps.Tracer
	if t == nil {
		return
	}
	name := k.c.trigger.Function
	s := span.Begin(t, span.Of(c.inv.Header), "process call of "+name, trace.SpanKindServer, c.came,
		attribute.String(span.System, span.NATS), attribute.String(span.Operation, "process"), attribute.String(span.Doing, "call"),
		attribute.String(span.Function, name), attribute.String(span.Key, bridge.Shorten(c.inv.Keyed.ID, 256)),
		attribute.String(span.Method, bridge.Shorten(c.inv.Keyed.Method, function.MaxMethod)),
		attribute.String(span.Invocation, c.inv.ID), attribute.Int64(span.BodySize, c.size))
	if c.inv.Trace = s.SpanContext(); s.IsRecording() {
		c.span = s
	}
}
