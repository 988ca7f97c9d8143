package lease

import (
	"context"
	"sync"
)

// Memory is a Store in memory, which can be watched: for tests, and for members that
// live in one process. The zero value is empty and ready. Its answers are never stale.
type Memory struct {
	mu       sync.Mutex
	revision uint64                                // guarded by mu; the last one given
	records  map[string]entry                      // guarded by mu
	watches  map[string]map[chan struct{}]struct{} // guarded by mu
}

type entry struct {
	value    []byte
	revision uint64
}

// Get implements Store.
func (m *Memory) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if err := ctx.Err(); err != nil {
		return nil, 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	e, ok := m.records[key]
	if !ok {
		return nil, 0, ErrNotFound
	}
	return append([]byte(nil), e.value...), e.revision, nil
}

// Create implements Store.
func (m *Memory) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	return m.write(ctx, key, 0, append([]byte{}, value...))
}

// Update implements Store.
func (m *Memory) Update(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	if last == 0 {
		return 0, ErrConflict
	}
	return m.write(ctx, key, last, append([]byte{}, value...))
}

// Delete implements Store.
func (m *Memory) Delete(ctx context.Context, key string, last uint64) error {
	if last == 0 {
		return ErrConflict
	}
	_, err := m.write(ctx, key, last, nil)
	return err
}

// write replaces the record that has the revision last, 0 for none; it keeps value, and
// deletes where that is nil.
func (m *Memory) write(ctx context.Context, key string, last uint64, value []byte) (uint64, error) {
	if err := ctx.Err(); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.records[key].revision != last {
		return 0, ErrConflict
	}
	m.revision++
	if value == nil {
		delete(m.records, key)
	} else {
		if m.records == nil {
			m.records = make(map[string]entry)
		}
		m.records[key] = entry{value, m.revision}
	}
	for ticks := range m.watches[key] {
		select {
		case ticks <- struct{}{}:
		default: // one is waiting to be seen
		}
	}
	return m.revision, nil
}

// Watch implements Watcher.
func (m *Memory) Watch(ctx context.Context, key string) (<-chan struct{}, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	ticks := make(chan struct{}, 1)
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.watches == nil {
		m.watches = make(map[string]map[chan struct{}]struct{})
	}
	if m.watches[key] == nil {
		m.watches[key] = make(map[chan struct{}]struct{})
	}
	m.watches[key][ticks] = struct{}{}
	context.AfterFunc(ctx, func() {
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.watches[key], ticks)
		if len(m.watches[key]) == 0 {
			delete(m.watches, key)
		}
		close(ticks)
	})
	return ticks, nil
}
