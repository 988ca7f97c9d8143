package stream

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
	"time"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/function"
)

// batchInvocation is one invocation for all messages of a batch, which has at least one.
// It has no deadline: that of one message is not the others'.
func batchInvocation(trigger Trigger, batch []*delivery) *function.Invocation {
	inv := &function.Invocation{
		ID: batchID(batch), Function: trigger.Function, Batch: make([]function.Message, len(batch)),
		Attempt: 1, Received: batch[0].inv.Received, Patient: true, Kept: true,
	}
	hops, since := 0, time.Time{}
	for i, d := range batch {
		inv.Batch[i] = function.Message{
			ID: d.inv.ID, Subject: d.inv.Subject, Header: d.inv.Header, Payload: d.inv.Payload, Attempt: d.inv.Attempt,
		}
		inv.Attempt = max(inv.Attempt, d.inv.Attempt)
		hops = max(hops, bridge.Hops(d.inv.Header))
		if at := bridge.Since(d.inv.Header); since.IsZero() || !at.IsZero() && at.Before(since) {
			since = at
		}
		if d.inv.Received.After(inv.Received) {
			inv.Received = d.inv.Received // it was complete only then
		}
	}
	if hops > 0 {
		inv.Header = function.Header{bridge.HeaderHops: {strconv.Itoa(hops)}}
	}
	if !since.IsZero() {
		inv.Header = repeated(inv.Header, since)
	}
	return inv
}

// batchID is the same for the same messages, and that of its message where there is one.
func batchID(batch []*delivery) string {
	if len(batch) == 1 {
		return batch[0].inv.ID
	}
	sum := sha256.New()
	for _, d := range batch {
		_, _ = sum.Write([]byte(d.inv.ID + "/"))
	}
	return "b" + hex.EncodeToString(sum.Sum(nil)[:12])
}
