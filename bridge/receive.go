package bridge

import (
	"fmt"
	"log/slog"
	"runtime/debug"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/subject"
	"github.com/isolane/isolane/jsruntime/function"
)

// receive takes one message off the subscription: it reads it, admits it, and
// hands it to the dispatcher; or answers it at once. It runs in the
// subscription's own goroutine, one message after another, and must not block.
func (b *Bridge) receive(msg *nats.Msg) {
	b.counters.received.Add(1)
	c := &call{reply: msg.Reply, size: int64(len(msg.Data))}
	defer b.guard(c)
	if c.reply != "" {
		if err := subject.ValidateReply(c.reply); err != nil {
			b.refuseReply(c, msg, err)
			return
		}
	}
	res := readRequest(&c.inv, b.cfg.Prefix, msg, b.deps.Clock())
	b.begin(c)
	b.taken(c)
	if res != nil {
		b.countRefused(res.Outcome)
		b.finish(c, res)
		return
	}
	switch b.calls.admit(c) {
	case admitted:
		b.counters.accepted.Add(1)
		b.deps.Dispatcher.Submit(&c.inv, func(res *function.Result) { b.answer(c, res) })
	case full:
		b.counters.shed.Add(1)
		b.answer(c, function.Failure(function.Overloaded, "this node holds as many messages as it may"))
	case refused:
		b.counters.late.Add(1)
		b.finish(c, function.Failure(function.Canceled, "this node is shutting down"))
	}
}

// guard answers a message whose handling panicked, so that one fault costs one
// message: the goroutine is the subscription's, and without it every function
// would go silent.
func (b *Bridge) guard(c *call) {
	r := recover()
	if r == nil {
		return
	}
	b.counters.panics.Add(1)
	b.log.Error("panic while a message was handled; it is answered crashed",
		c.inv.LogAttr(), slog.String("function", c.inv.Function),
		slog.String("panic", fmt.Sprint(r)), slog.String("stack", string(debug.Stack())))
	b.finish(c, function.Failure(function.Crashed, fmt.Sprintf("the node failed while it took the message on: %v", r)))
}

// refuseReply ends a message whose reply subject cannot be published to. It is
// not run: its caller asked for an answer that it could never get.
func (b *Bridge) refuseReply(c *call, msg *nats.Msg, err error) {
	c.answered.Store(true)
	b.counters.malformed.Add(1)
	b.counters.invalidReplies.Add(1)
	b.counters.outcomes[function.BadRequest].Add(1)
	if b.lines.spend() {
		b.log.Warn("message refused: its reply subject is not valid",
			slog.String("subject", Shorten(msg.Subject, 128)), slog.Any("error", err))
	}
}

// countRefused counts a message that readRequest refused.
func (b *Bridge) countRefused(o function.Outcome) {
	switch o { //nolint:exhaustive // readRequest refuses with these three alone
	case function.NotFound:
		b.counters.unknown.Add(1)
	case function.Timeout:
		b.counters.expired.Add(1)
	default:
		b.counters.malformed.Add(1)
	}
}
