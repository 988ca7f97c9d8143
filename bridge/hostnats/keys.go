package hostnats

import (
	"context"
	"slices"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/jsruntime/hostcap"
)

// Keys implements hostcap.Buckets. It reads no values.
func (h *Host) Keys(ctx context.Context, bucket, filter string, limit int) ([]string, error) {
	return asking(ctx, h, "kv.keys", bucket, func(ctx context.Context) ([]string, error) {
		return in(ctx, h, bucket, func(kv jetstream.KeyValue) ([]string, error) {
			watcher, err := kv.Watch(ctx, filter, jetstream.IgnoreDeletes(), jetstream.MetaOnly())
			if err != nil {
				return nil, err
			}
			defer h.endWatch(watcher)
			return readKeys(ctx, watcher, limit)
		})
	})
}

// readKeys reads what the bucket holds when the watch begins.
func readKeys(ctx context.Context, watcher jetstream.KeyWatcher, limit int) ([]string, error) {
	keys := []string{}
	for {
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case entry, ok := <-watcher.Updates():
			switch {
			case !ok:
				return nil, hostcap.Errorf(hostcap.Disconnected, "kv.keys: the connection to NATS was lost while the keys were read")
			case entry == nil: // all have come
				slices.Sort(keys)
				return slices.Compact(keys), nil
			case len(keys) == limit:
				return nil, hostcap.Errorf(hostcap.TooLarge, "kv.keys: there are more than %d: give a filter, or a higher limit (10000 at most)", limit)
			}
			keys = append(keys, entry.Key())
		}
	}
}

// endWatch stops a watcher. Its updates are read meanwhile, since it cannot be stopped
// while it waits for somebody to take one.
func (h *Host) endWatch(watcher jetstream.KeyWatcher) {
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		for range watcher.Updates() {
		}
	}()
	if err := watcher.Stop(); err != nil {
		return // the subscription is gone, and closes the updates with it
	}
	<-drained
}
