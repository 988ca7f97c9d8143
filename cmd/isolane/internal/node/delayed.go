package node

import (
	"context"

	"github.com/isolane/isolane/bridge/delayed"
	"github.com/isolane/isolane/bridge/stream"
)

// later publishes what functions have published for later, when it is due.
type later struct {
	relay    *delayed.Relay
	triggers *stream.Triggers
	trigger  stream.Trigger
}

// newLater returns one that publishes nothing before it is set.
func (n *Node) newLater(cfg stream.Config) (*later, error) {
	where := delayed.DefaultConfig()
	relay, err := delayed.NewRelay(n.conn, where)
	if err != nil {
		return nil, err
	}
	store, err := delayed.New(n.conn, where)
	if err != nil {
		return nil, err
	}
	triggers, err := stream.New(cfg, stream.Deps{
		Conn: n.conn, Dispatcher: relay, Logger: n.log, Node: n.cfg.Node.Name,
		Prepare: func(ctx context.Context, _ string) error {
			_, err := store.Open(ctx)
			return err
		},
	})
	if err != nil {
		return nil, err
	}
	return &later{relay: relay, triggers: triggers, trigger: stream.Trigger{Function: delayed.Function, Stream: where.Trigger()}}, nil
}

// set has it publish, where there are functions that may. What a member publishes may be
// filed by another: all that have such a function take part.
func (l *later) set(wanted bool) {
	var triggers []stream.Trigger
	if wanted {
		triggers = []stream.Trigger{l.trigger}
	}
	l.triggers.Set(triggers)
}

// drain publishes what it has begun with, and no more.
func (l *later) drain(ctx context.Context) error {
	err := l.triggers.Drain(ctx)
	l.relay.Close()
	return err
}
