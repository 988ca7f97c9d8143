package node

import (
	"context"
	"fmt"
	"time"

	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cluster/lease"
)

// orderLeases say which member runs the messages of a trigger with an order. They are in
// the bucket that members share, of nodes alone too: several may share one NATS server.
type orderLeases struct {
	node *Node
	// ttl is that of the leases; zero for the default.
	ttl time.Duration
}

// keyedTTL is what the death of a member costs the keys of its keyed functions, and nothing
// comes on top: a run that goes on elsewhere cannot commit.
const keyedTTL = 3 * time.Second

// Acquire implements stream.Leases.
func (o orderLeases) Acquire(ctx context.Context, key string) (stream.Lease, error) {
	n := o.node
	bucket := n.bucket
	if bucket == nil {
		cfg := kvstore.DefaultConfig()
		cfg.Logger = n.log
		opening, cancel := context.WithTimeout(ctx, flushPatience)
		defer cancel()
		var err error
		if bucket, err = kvstore.Open(opening, n.conn, cfg); err != nil {
			return nil, fmt.Errorf("open what the members share: %w", err)
		}
	}
	cfg := lease.DefaultConfig(n.cfg.Node.Name)
	if o.ttl > 0 {
		cfg = lease.Config{Holder: n.cfg.Node.Name, TTL: o.ttl}
	}
	cfg.Logger = n.log
	return lease.Acquire(ctx, leases{bucket}, cfg, key)
}
