package jsruntime

import (
	"errors"
	"fmt"

	"github.com/isolane/isolane/jsruntime/function"
)

// ErrUnsupported is wrapped by Supported's error.
var ErrUnsupported = errors.New("jsruntime: not supported by this version")

// Supported reports what a manifest, its limits merged with the node's, asks for that
// a runtime of this configuration cannot do. Running the function without it would promise an isolation,
// a limit or a capability that is not there, so it is not deployed. The error wraps
// ErrUnsupported once for each.
func Supported(m function.Manifest, cfg Config) error {
	node := cfg.Limits
	var errs []error
	missing := func(key, instead string) {
		errs = append(errs, fmt.Errorf("%w: %s: %s", ErrUnsupported, key, instead))
	}
	if m.Engine == function.EngineQuickJS && cfg.Light == nil {
		missing("engine: quickjs", "this host has no such engine; use v8 or auto")
	}
	// A heap is an isolate's: a function that shares one has the node's.
	own := m.Dedicated || m.Isolation == function.PerIsolate || m.Engine == function.EngineQuickJS
	if !own && m.Limits.Heap != node.Heap {
		missing("limits.heap of a function that shares its isolate", fmt.Sprintf("its isolates have the node's %s; add dedicated: true or isolation: isolate, or change limits.heap in the node's file", node.Heap))
	}
	if !own && m.Limits.Buffers > node.Buffers {
		missing("limits.buffers of a function that shares its isolate", fmt.Sprintf("its isolates have the node's %s; add dedicated: true or isolation: isolate, or change limits.buffers in the node's file", node.Buffers))
	}
	if cfg.Messenger == nil && len(m.Permissions.NATS.Publish)+len(m.Permissions.NATS.Request) > 0 {
		missing("permissions.nats", "this host has no ctx.nats; take the grant out")
	}
	if cfg.Buckets == nil && len(m.Permissions.KV) > 0 {
		missing("permissions.kv", "this host has no ctx.kv; take the grant out")
	}
	if cfg.Calls == nil && len(m.Permissions.Calls) > 0 {
		missing("permissions.calls", "this host has no ctx.call; take the grant out")
	}
	return errors.Join(errs...)
}
