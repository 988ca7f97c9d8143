package bridge

import (
	"errors"
	"fmt"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/subject"
)

// subscription is one NATS subscription of the bridge.
type subscription struct {
	sub *nats.Subscription
	// ended is closed when its last message was handed over and it is gone.
	ended chan struct{}
	// dropped is how many messages the client had dropped at the last look. Only
	// the actor touches it.
	dropped int
}

// openSubscription subscribes; the actor self hears when it ends.
func openSubscription(b *Bridge, self *actor.PID) (*subscription, error) {
	pattern := subject.All(b.cfg.Prefix)
	sub, err := b.deps.Conn.QueueSubscribe(pattern, b.cfg.Queue, b.receive)
	if err != nil {
		return nil, fmt.Errorf("subscribe to %s in group %s: %w", pattern, b.cfg.Queue, err)
	}
	s := &subscription{sub: sub, ended: make(chan struct{})}
	sub.SetClosedHandler(func(string) {
		// The message first: who waits for ended may stop the actor.
		b.deps.System.Root.Send(self, &subEnded{sub: s})
		close(s.ended)
	})
	if err := sub.SetPendingLimits(b.cfg.BufferMessages, b.cfg.BufferBytes); err != nil {
		return nil, errors.Join(fmt.Errorf("bound the subscription to %s: %w", pattern, err), sub.Unsubscribe())
	}
	return s, nil
}

// newDrops returns how many messages the client has dropped since the last look;
// none once the subscription has ended. Only the actor calls it.
func (s *subscription) newDrops() int {
	total, err := s.sub.Dropped()
	if err != nil {
		return 0
	}
	fresh := total - s.dropped
	s.dropped = total
	return fresh
}
