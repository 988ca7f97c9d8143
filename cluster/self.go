package cluster

import (
	"log/slog"
	"time"

	"github.com/asynkron/protoactor-go/actor"

	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// reachSelf calls the address that this member tells the others, with all that a peer's
// call needs, certificates too, and says in the log where that fails: the others fail
// then, mostly, and this member is the one whose configuration is to be mended.
func (c *Cluster) reachSelf() {
	n := c.node.Load()
	if n == nil {
		return
	}
	address := c.remote.Address()
	failed := make(chan error, 1)
	// That a call is cancelled which does not run changes nothing.
	err := n.session.Send(actor.NewPID(address, frontID), nil, n.envelope(isolanev1.Kind_KIND_CANCEL, 0, n.id), func(err error) { failed <- err })
	defer n.session.Forget(address)
	if err == nil {
		// No news within the time that a connection may take is good news.
		timer := time.NewTimer(c.remote.DialTimeout() + time.Second)
		defer timer.Stop()
		select {
		case err = <-failed:
		case <-timer.C:
			return
		case <-c.ctx.Done():
			return
		}
	}
	if c.ctx.Err() != nil {
		return
	}
	c.log.LogAttrs(c.ctx, slog.LevelWarn, "this member does not reach itself at the address that it tells the others",
		slog.String("address", address), slog.Any("error", err),
		slog.String("do", "advertise an address that the others reach (cluster.remoteAdvertise), with a certificate that names it"))
}
