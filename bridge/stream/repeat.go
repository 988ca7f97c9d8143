package stream

import (
	"maps"
	"time"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/call"
	"github.com/isolane/isolane/jsruntime/function"
)

// repeats has the runs of d from now on say that another one may have begun, and none before at:
// so the calls that they make are told from those that are made for the first time. What was said
// first stays.
func (d *delivery) repeats(at time.Time) {
	if !bridge.Since(d.inv.Header).IsZero() {
		return
	}
	inv := *d.inv
	inv.Header = repeated(inv.Header, at)
	d.inv = &inv
}

// repeated is h with bridge.HeaderSince.
func repeated(h function.Header, at time.Time) function.Header {
	h = maps.Clone(h)
	if h == nil {
		h = function.Header{}
	}
	h[bridge.HeaderSince] = []string{bridge.FormatSince(at)}
	return h
}

// callFresh is how long a call may be on its way and still be taken for what it says it is, the
// first of its attempts: nobody takes over in that time from a member that sent it and stopped.
const callFresh = 3 * time.Second

// askedBy is what inv, a call, says of earlier attempts.
func askedBy(inv *function.Invocation) asked {
	q := asked{digest: call.Digest(inv), since: bridge.Since(inv.Header)}
	if sent := call.Sent(inv.Header); q.since.IsZero() && inv.Received.Sub(sent) > callFresh {
		q.since = sent // zero where an older version did not say
	}
	q.dated = !q.since.IsZero()
	q.repeated = q.dated || inv.Header.Get(call.HeaderOnce) != ""
	return q
}
