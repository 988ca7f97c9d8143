package node

import (
	"context"
	"errors"
	"log/slog"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/schedule"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/jsruntime/function"
)

// startTriggers has the functions run for the messages of the streams that their
// manifests name, and at the times of their schedules. Where NATS has no JetStream the node goes on without, and the log
// says which function misses it.
func (n *Node) startTriggers(context.Context) error {
	cfg := stream.DefaultConfig()
	cfg.Queue = n.cfg.NATS.QueueGroup
	keyed := n.cfg.Keyed
	cfg.Active, cfg.ActiveBytes, cfg.ActiveIdle, cfg.Alarms = keyed.Keys, int64(keyed.Bytes), keyed.Idle, keyed.Alarms
	deps := stream.Deps{
		Conn: n.conn, Dispatcher: roomy{Dispatcher: n.dispatcher(), node: n}, Logger: n.log, Node: n.cfg.Node.Name,
		Leases: orderLeases{node: n}, KeyedLeases: orderLeases{node: n, ttl: keyedTTL}, Tracer: n.tracing.Tracer(),
		Pressed:  newPressure(keyed.Memory, memoryLimit(), resident).pressed,
		WaitsFor: n.host.WaitsFor, Recall: n.pool.Recall,
	}
	if n.router != nil {
		deps.Spread = n.router
	}
	triggers, err := stream.New(cfg, deps)
	if err != nil {
		return err
	}
	schedules, err := schedule.New(schedule.DefaultConfig(), schedule.Deps{ //nolint:contextcheck // they are kept until stopSchedules
		Conn: n.conn, Logger: n.log, Ready: n.assignTriggers,
		Busy: func(ctx context.Context, name string) (bool, error) { return triggers.Busy(ctx, name, schedule.Kind) },
	})
	if err != nil {
		return err
	}
	later, err := n.newLater(cfg)
	if err != nil {
		return err
	}
	n.triggering.Lock()
	n.triggers, n.schedules, n.later = triggers, schedules, later
	n.triggering.Unlock()
	if n.router != nil {
		n.router.BindKeys(triggers)
	}
	n.assignTriggers() //nolint:contextcheck // triggers are served until they are taken away
	return nil
}

// assignTriggers has what is deployed now listen to its streams. It is called after
// each change of that.
func (n *Node) assignTriggers() {
	n.triggering.Lock()
	defer n.triggering.Unlock()
	if n.triggers == nil {
		return // startTriggers calls again
	}
	var triggers []stream.Trigger
	var due []schedule.Entry
	publishers := false
	for _, fn := range n.pool.Functions() {
		publishers = publishers || len(fn.Manifest.Permissions.NATS.Publish) > 0
		if s, ok := fn.Manifest.Trigger(fn.Name); ok {
			triggers = append(triggers, stream.Trigger{
				Function: fn.Name, Version: fn.Version, Stream: s, Keyed: fn.Manifest.Key != "",
				Wall: fn.Manifest.Limits.Wall, CPU: fn.Manifest.Limits.CPU,
			})
		}
		for _, s := range fn.Manifest.Schedule {
			due = append(due, schedule.Entry{Function: fn.Name, Schedule: s})
		}
		if len(fn.Manifest.Schedule) > 0 && n.schedules.Ready() { // else it calls again
			triggers = append(triggers, stream.Trigger{
				Function: fn.Name, Version: fn.Version, Kind: schedule.Kind, Stream: schedule.DefaultConfig().Trigger(fn.Name, fn.Manifest.Schedule),
				Wall: fn.Manifest.Limits.Wall, CPU: fn.Manifest.Limits.CPU,
			})
		}
	}
	n.schedules.Set(due)
	n.triggers.Set(triggers)
	n.later.set(publishers)
}

// stopSchedules publishes no more due times.
func (n *Node) stopSchedules() {
	n.triggering.Lock()
	schedules := n.schedules
	n.triggering.Unlock()
	if schedules != nil {
		schedules.Close() // not under the lock, which Ready takes
	}
}

// drainTriggers takes no more messages off streams, and finishes what it has of them.
func (n *Node) drainTriggers(ctx context.Context) error {
	n.triggering.Lock()
	triggers, later := n.triggers, n.later
	n.triggering.Unlock()
	if triggers == nil {
		return nil
	}
	err := errors.Join(triggers.Drain(ctx), later.drain(ctx))
	if err != nil {
		n.log.Warn("messages of streams were given back; they are delivered again", slog.Any("error", err))
	}
	return err
}

// dispatcher is what messages are handed to.
func (n *Node) dispatcher() bridge.Dispatcher {
	if n.router != nil {
		return n.router
	}
	return n.pool
}

// roomy says how much the pool could hold besides what it has.
type roomy struct {
	bridge.Dispatcher
	node *Node
}

// SubmitHere implements stream.Dispatcher: no peer gets it.
func (r roomy) SubmitHere(inv *function.Invocation, done func(*function.Result)) {
	r.node.pool.SubmitHere(inv, done)
}

// Room implements stream.Dispatcher: what the runtimes may have in flight, less what
// they have, and less what waits for them.
func (r roomy) Room() int {
	l := r.node.pool.Load()
	if l.Room == 0 {
		return 0 // no isolate, a long queue, or a drain
	}
	return max(0, l.Runtimes*r.node.cfg.Runtimes.MaxInflight-l.Inflight-l.Queue)
}
