package node

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"
)

// serverPatience bounds the end of the embedded server, which writes its streams.
const serverPatience = 10 * time.Second

// spanPatience bounds how long the last spans are waited for: a collector that is away is not
// to hold the node up.
const spanPatience = 3 * time.Second

func (n *Node) stopTracing(ctx context.Context) {
	sending, cancel := context.WithTimeout(context.WithoutCancel(ctx), spanPatience)
	defer cancel()
	if err := n.tracing.Close(sending); err != nil {
		n.log.Warn("the last spans were not sent", slog.Any("error", err))
	}
}

// Stop ends the node: it takes no more messages, finishes what it has accepted
// until ctx is done, or NATS has been away for awayPatience, answers the rest canceled, and
// closes everything. The error
// joins what did not go in order; the node is gone all the same. To be called
// once.
func (n *Node) Stop(ctx context.Context) error {
	var errs []error
	add := func(err error) {
		if err != nil {
			errs = append(errs, err)
		}
	}
	n.stage(stageDraining)
	ctx, settled := n.unlessAway(ctx)
	defer settled()
	// What others asked for and takes long is cut short.
	n.dies()
	// No new versions while we drain: what is in flight ends on its own.
	if n.functions != nil {
		n.functions.stop()
	}
	n.sweeper.stop()
	// Nor due times, which would go to others at once.
	n.stopSchedules()
	// The peers stop handing work on, and take over what is dedicated, while the bridge
	// still answers: both wait for what is in flight, so both at once.
	var leaving sync.WaitGroup
	var left, drained error
	leaving.Go(func() { left = n.leave(ctx) })
	leaving.Go(func() { drained = n.drainTriggers(ctx) })
	// The bridge stops taking messages, and waits for the pool to answer the ones
	// it took. So it goes before the pool, which would refuse them.
	if n.bridge != nil {
		add(n.bridge.Drain(ctx))
	}
	leaving.Wait()
	add(left)
	add(drained)
	// What functions left behind after their answer (ctx.waitUntil) goes on until
	// here; then the isolates are closed, each by its own actor.
	if n.pool != nil {
		add(n.pool.Drain(ctx))
	}
	// All has been said of the drain; what is shown asks the parts that end now.
	if n.web != nil {
		add(n.web.Close(ctx))
	}
	if n.page != nil {
		n.page.Close()
	}
	if n.history != nil {
		n.history.Close()
	}
	// Nothing is on its way to a peer or from one. The cluster goes before the pool, which
	// its grains and its load reports ask.
	add(n.stopCluster(ctx))
	if n.pool != nil {
		add(n.pool.Close())
	}
	// Every span has ended with what it is about.
	n.stopTracing(ctx)
	// What functions printed is published while there is a connection.
	if n.lines != nil {
		n.lines.Close()
	}
	if n.http != nil {
		add(n.http.Close())
	}
	// No function is left that could use it.
	if n.host != nil {
		add(n.host.Close())
	}
	if n.responder != nil {
		add(n.responder.Close())
	}
	if n.service != nil {
		add(n.service.Close())
	}
	// Every reply has been flushed by the bridge's drain: nobody needs the
	// connection any more.
	if n.conn != nil {
		n.conn.Close()
	}
	if n.system != nil {
		n.system.Shutdown()
	}
	// Last, because everything above talks through it. Not within ctx: its streams
	// must be written even where the grace is used up.
	if n.server != nil {
		ending, cancel := context.WithTimeout(context.WithoutCancel(ctx), serverPatience)
		defer cancel()
		add(n.server.Shutdown(ending))
	}
	return errors.Join(errs...)
}
