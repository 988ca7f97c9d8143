package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/cluster"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/cmd/isolane/internal/route"
)

// dedicated is the grain of a function with dedicated: true: where it is active, the pool
// has the one isolate that the function has in the cluster.
type dedicated struct {
	node *Node
	name string
}

// Start implements cluster.Grain.
func (d *dedicated) Start(ctx context.Context, _ func() (uint64, bool)) error {
	return d.node.pool.House(ctx, d.name, true)
}

// Handle implements cluster.Grain.
func (d *dedicated) Handle(ctx context.Context, req cluster.Request, reply func([]byte, error)) {
	d.node.router.Serve(ctx, req, reply)
}

// Stop implements cluster.Grain: it returns when the isolate has finished what it had,
// so that the next one begins after it.
func (d *dedicated) Stop(ctx context.Context) {
	if err := d.node.pool.House(ctx, d.name, false); err != nil {
		d.node.log.Warn("a dedicated function's isolate has not ended in order", slog.String("function", d.name), slog.Any("error", err))
	}
}

// assignDedicated tells the cluster which functions have one isolate in all of it. It is
// called after each change of what is deployed.
func (n *Node) assignDedicated() {
	c := n.peers.Load()
	if n.bucket == nil || c == nil {
		return
	}
	var names []string
	for _, fn := range n.pool.Functions() {
		if fn.Manifest.Dedicated {
			names = append(names, fn.Name)
		}
	}
	n.router.SetDedicated(names)
	c.Keep(route.Dedicated, names)
}

// lazily reaches the cluster, once it is there: peers may hand something on while
// cluster.Start has not returned.
type lazily struct{ node *Node }

// Spill implements route.Peers.
func (l lazily) Spill(ctx context.Context, kind string, body []byte, done func([]byte, error)) bool {
	c := l.node.peers.Load()
	return c != nil && c.Spill(ctx, kind, body, done)
}

// Ask implements route.Peers.
func (l lazily) Ask(ctx context.Context, kind, identity string, body []byte, done func([]byte, error)) {
	if c := l.node.peers.Load(); c != nil {
		c.Ask(ctx, kind, identity, body, done)
		return
	}
	done(nil, fmt.Errorf("%w: the node is starting", cluster.ErrNotDelivered))
}

// Call implements route.Peers.
func (l lazily) Call(ctx context.Context, member, kind string, body []byte, done func([]byte, error)) {
	if c := l.node.peers.Load(); c != nil {
		c.Call(ctx, member, kind, body, done)
		return
	}
	done(nil, fmt.Errorf("%w: the node is starting", cluster.ErrNotDelivered))
}

// Worker implements route.Peers.
func (l lazily) Worker(kind, identity string, except []string) (member string, here bool) {
	if c := l.node.peers.Load(); c != nil {
		return c.Worker(kind, identity, except)
	}
	return "", true
}

// leases is the bucket in the words of package lease.
type leases struct{ *kvstore.Bucket }

// Get implements lease.Store.
func (l leases) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	value, revision, err := l.Bucket.Get(ctx, key)
	return value, revision, inLease(err)
}

// Create implements lease.Store.
func (l leases) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	revision, err := l.Bucket.Create(ctx, key, value)
	return revision, inLease(err)
}

// Update implements lease.Store.
func (l leases) Update(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	revision, err := l.Bucket.Update(ctx, key, value, last)
	return revision, inLease(err)
}

// Delete implements lease.Store.
func (l leases) Delete(ctx context.Context, key string, last uint64) error {
	return inLease(l.Bucket.Delete(ctx, key, last))
}

// inLease puts an error of the bucket in the words of package lease.
func inLease(err error) error {
	switch {
	case errors.Is(err, kvstore.ErrNotFound):
		return fmt.Errorf("%w: %w", lease.ErrNotFound, err)
	case errors.Is(err, kvstore.ErrConflict):
		return fmt.Errorf("%w: %w", lease.ErrConflict, err)
	default:
		return err
	}
}
