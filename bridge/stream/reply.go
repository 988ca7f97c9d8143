package stream

import (
	"context"
	"fmt"
	"log/slog"
	"strconv"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/receipt"
	"github.com/isolane/isolane/jsruntime/function"
)

// replies reports whether what d ended with is published.
func (c *consumer) replies(d *delivery, res *function.Result) bool {
	if res.Outcome != function.OK || c.trigger.Stream.Reply == "" {
		return false
	}
	said := res.Verdict(d.at).Action
	return said == function.Unsaid || said == function.SaidAck
}

// replyAndSettle publishes what the function returned, and then settles d. Where a
// stream takes the reply, that is after the stream has confirmed it; else the server
// gets the reply before the ack, on the same connection.
func (c *consumer) replyAndSettle(d *delivery, res *function.Result) {
	msg, failure := c.replyMessage(d, res)
	if failure != nil {
		c.counts.outcomes[failure.Outcome].Add(1)
		c.conclude(d, failure)
		return
	}
	publish := func() {
		ctx, cancel := c.patient(c.t.cfg.Patience)
		defer cancel()
		if err := c.publishReply(ctx, msg); err != nil {
			res = unreplied(msg.Subject, err)
		}
		c.counts.outcomes[res.Outcome].Add(1)
		c.conclude(d, res)
	}
	if c.confirmed.Load() {
		c.slow.Go(publish)
		return
	}
	publish()
}

// publishReply publishes a reply, and waits for a stream to confirm it where one takes it.
func (c *consumer) publishReply(ctx context.Context, msg *nats.Msg) error {
	if !c.confirmed.Load() {
		return c.t.deps.Conn.PublishMsg(msg)
	}
	ctx, cancel := context.WithTimeout(ctx, c.t.cfg.Patience)
	defer cancel()
	_, err := c.t.js.PublishMsg(ctx, msg)
	return err
}

// unreplied is the outcome of a run whose reply is lost: it is to run again.
func unreplied(subject string, err error) *function.Result {
	return function.Failure(function.Crashed, fmt.Sprintf("the reply could not be published to %s: %v", subject, err))
}

// replyMessage makes the reply, or says that it is too large. Its message id is the
// same for each run, so that a stream takes it once.
func (c *consumer) replyMessage(d *delivery, res *function.Result) (*nats.Msg, *function.Result) {
	s := c.trigger.Stream
	header, dropped := bridge.CleanHeader(res.Header)
	if len(dropped) > 0 {
		c.counts.droppedHeaders.Add(uint64(len(dropped)))
	}
	header.Set(nats.MsgIdHdr, d.inv.ID+".reply")
	header.Set(bridge.HeaderInvocation, d.inv.ID)
	header.Set(receipt.Header, receipt.Format(res.Receipt, d.inv.TraceID()))
	bridge.PassTrace(header, d.inv.Trace, d.inv.Header)
	if res.Status != 0 {
		header.Set(bridge.HeaderStatus, strconv.Itoa(res.Status))
	}
	msg := &nats.Msg{Subject: s.Reply.Fill(s.Subject.Words(d.msg.Subject)), Header: header, Data: res.Body}
	if size, most := int64(msg.Size()), c.t.deps.Conn.MaxPayload(); size > most {
		return nil, function.Failure(function.TooLarge, fmt.Sprintf(
			"the reply is %d bytes with its headers, over the server's max payload of %d", size, most))
	}
	return msg, nil
}

// learnReply finds out whether a stream takes the trigger's replies.
func (c *consumer) learnReply(ctx context.Context) {
	if c.trigger.Stream.Reply == "" {
		return
	}
	name, err := c.t.js.StreamNameBySubject(ctx, c.trigger.Stream.Reply.Filter())
	if c.confirmed.Store(err == nil); err == nil {
		c.log.Debug("replies are confirmed by a stream", slog.String("reply_stream", name))
	}
}
