package node

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// Try runs a function once that is not served otherwise, and takes it away again: a file of
// tests is one. Its error says why it could not be run, or is ctx's; then the call may go on
// until its limits.
func (n *Node) Try(ctx context.Context, fn *bundle.Function, payload []byte) (*function.Result, error) {
	if err := n.pool.Deploy(fn); err != nil {
		return nil, fmt.Errorf("run %s: %w", fn.Bundle.Entry, err)
	}
	defer n.pool.Remove(fn.Name)
	done := make(chan *function.Result, 1)
	now := time.Now()
	n.pool.SubmitHere(&function.Invocation{
		ID: fn.Name, Function: fn.Name, Subject: n.cfg.NATS.Prefix + "." + fn.Name, Payload: payload,
		Attempt: 1, Received: now, Deadline: now.Add(fn.Manifest.Limits.Wall),
	}, func(r *function.Result) { done <- r })
	select {
	case r := <-done:
		return r, nil
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// Buckets are the names that the manifests of what is served have under permissions.kv,
// sorted, each once.
func (n *Node) Buckets() []string {
	names := map[string]bool{}
	for _, fn := range n.pool.Functions() {
		for _, name := range fn.Manifest.Permissions.KV {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}
