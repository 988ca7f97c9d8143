package stream

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"
	"go.opentelemetry.io/otel/trace"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/bridge/poison"
	"github.com/isolane/isolane/bridge/records"
	"github.com/isolane/isolane/jsruntime/function"
)

// delivery is one message that came, from receive until it is settled.
type delivery struct {
	// inv is a run of it; it is replaced, not changed, when it runs again here.
	inv  *function.Invocation
	msg  *nats.Msg
	meta *nats.MsgMetadata
	size int64
	// span is recorded from receive to release; nil where none is. res is what the last run
	// came to, and settled how the server was told that it ended; guarded by the consumer's mu.
	span    trace.Span
	res     *function.Result
	settled string
	// ended is set by whoever settles it: the first one only.
	ended atomic.Bool
	// forgiven are runs here that do not count; see sequencer.
	forgiven int
	// spared counts the runs here whose isolate another one ended. kills are the isolates that
	// it ended, as far as that is known here.
	spared int
	kills  []poison.Kill
	// at is its place in the batch that it ran in, and shared says that others were in it.
	at     int
	shared bool
	// recording is the record of its last run, on its way to the bucket; nil where there is none.
	recording *records.Ticket
	// key is what orders it, where there is an order.
	key string
	// tried are the members that did not take its present run on; of keyed functions alone.
	tried []string
	// alarm is what is known of the alarm that it is for; nil for a message.
	alarm *appointment
	// waited is the depth of the calls that wait for it, as they stand behind it; its starter's.
	waited int
	// early is what it ends with unrun, in its place; where there is an order.
	early         *function.Result
	earlyDecision ackpolicy.Decision

	// told is when the server last heard of it; prev and next link it in that order.
	// Guarded by the consumer's mu.
	told       time.Time
	prev, next *delivery
}

// newDelivery reads a message that a pull brought. The error is about its reply
// subject, which says where it stands in the stream: without it nothing can be told
// to the server either.
func newDelivery(trigger Trigger, msg *nats.Msg, now time.Time) (*delivery, error) {
	meta, err := msg.Metadata()
	if err != nil {
		return nil, fmt.Errorf("stream: read where %s stands: %w", bridge.Shorten(msg.Subject, 128), err)
	}
	d := &delivery{msg: msg, meta: meta, size: int64(len(msg.Data)), told: now}
	header := make(function.Header, len(msg.Header)+3)
	maps.Copy(header, msg.Header)
	header[function.HeaderStream] = []string{meta.Stream}
	header[function.HeaderSequence] = []string{strconv.FormatUint(meta.Sequence.Stream, 10)}
	header[function.HeaderStored] = []string{meta.Timestamp.UTC().Format(time.RFC3339Nano)}
	delete(header, bridge.HeaderSince)
	if meta.NumDelivered > 1 {
		header[bridge.HeaderSince] = []string{bridge.FormatSince(meta.Timestamp)}
	}
	d.inv = &function.Invocation{
		ID: invocationID(trigger, meta), Function: trigger.Function, Subject: msg.Subject,
		Header: header, Payload: msg.Data, Attempt: deliveries(meta), Received: now, Patient: true, Kept: true,
	}
	return d, nil
}

// deliveries is the server's count of them, this one included.
func deliveries(meta *nats.MsgMetadata) int {
	return int(min(meta.NumDelivered, 1<<30)) //nolint:gosec // bounded
}

// invocationID is the same for each delivery of a message to a function, and for no
// other: a stream that was made again has other times.
func invocationID(trigger Trigger, meta *nats.MsgMetadata) string {
	sum := sha256.Sum256(fmt.Appendf(nil, "%s/%d/%d/%s", meta.Stream, meta.Sequence.Stream, meta.Timestamp.UnixNano(), trigger.key()))
	return "s" + hex.EncodeToString(sum[:12])
}

// readDeadline sets the invocation's deadline from the message's header, and says
// whether it has passed. A header that is not a time is reported as a Result.
func (d *delivery) readDeadline(now time.Time) (expired bool, broken *function.Result) {
	text := function.Header(d.msg.Header).Get(bridge.HeaderDeadline)
	if text == "" {
		return false, nil
	}
	at, err := time.Parse(time.RFC3339Nano, text)
	if err != nil {
		return false, function.Failure(function.BadRequest, fmt.Sprintf(
			"%s: %q is no RFC 3339 time: write 2006-01-02T15:04:05.999Z", bridge.HeaderDeadline, bridge.Shorten(text, 64)))
	}
	d.inv.Deadline = at
	return !at.After(now), nil
}

// late reports whether the message's own deadline has passed.
func (d *delivery) late(now time.Time) bool {
	return !d.inv.Deadline.IsZero() && !d.inv.Deadline.After(now)
}
