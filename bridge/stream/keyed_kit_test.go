package stream

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
)

// byKey is a trigger of a keyed function.
func byKey(change func(*function.Stream)) Trigger {
	t := inOrder(func(s *function.Stream) {
		s.Deliveries, s.Backoff = 100, []time.Duration{5 * time.Millisecond}
		if change != nil {
			change(s)
		}
	})
	t.Keyed = true
	return t
}

// folded is a state that shows every message that is in it, and in which order.
type folded struct {
	Count int
	Sum   uint64
	Last  string
}

func (f folded) with(payload string) folded {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d/%s", f.Sum, payload)
	return folded{Count: f.Count + 1, Sum: h.Sum64(), Last: payload}
}

func foldAll(payloads []string) (f folded) {
	for _, p := range payloads {
		f = f.with(p)
	}
	return f
}

// fold is a keyed function that puts each message into the state.
func fold(inv *function.Invocation) *function.Result {
	if inv.Keyed == nil {
		return function.Failure(function.BadRequest, "no key")
	}
	var f folded
	if inv.Keyed.State != nil {
		if err := json.Unmarshal(inv.Keyed.State, &f); err != nil {
			return function.Failure(function.BadRequest, err.Error())
		}
	}
	state, err := json.Marshal(f.with(string(inv.Payload)))
	if err != nil {
		return function.Failure(function.BadRequest, err.Error())
	}
	return &function.Result{Outcome: function.OK, State: &function.StateChange{State: state}, Body: state}
}

// shaky is a bucket whose answers are lost now and then, and after some of whose writes the
// member dies before it can acknowledge.
type shaky struct {
	states
	mu     sync.Mutex
	random *rand.Rand // guarded by mu
	// losing, and dying, are how often in a hundred.
	losing, dying int
	die           func()
}

var errLost = errors.New("the answer is lost")

func (s *shaky) after(revision uint64, err error) (uint64, error) {
	s.mu.Lock()
	n := s.random.IntN(100)
	s.mu.Unlock()
	switch {
	case err != nil:
	case n < s.losing:
		return 0, errLost
	case n < s.losing+s.dying:
		s.die()
	}
	return revision, err
}

func (s *shaky) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	return s.after(s.states.Create(ctx, key, value))
}

func (s *shaky) Update(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	return s.after(s.states.Update(ctx, key, value, last))
}

func (s *shaky) Write(ctx context.Context, key string, value []byte, last uint64, header map[string][]string) (uint64, error) {
	return s.after(s.states.Write(ctx, key, value, last, header))
}

// joinKeyed is join for keyed functions; wrap may change the bucket.
func (r *rig) joinKeyed(t *testing.T, store lease.Store, name string, d Dispatcher, trigger Trigger, wrap func(m *Triggers, s states) states) *Triggers {
	t.Helper()
	return r.joinSpread(t, nil, store, name, d, trigger, wrap)
}

// joinSpread is joinKeyed for one of a mesh, which may be nil.
func (r *rig) joinSpread(t *testing.T, net *mesh, store lease.Store, name string, d Dispatcher, trigger Trigger, wrap func(m *Triggers, s states) states) *Triggers {
	t.Helper()
	m := r.join(t, d)
	if net != nil {
		m.deps.Spread = meshed{net, name}
		net.add(name, m)
	}
	m.deps.KeyedLeases = leases{Store: store, name: name, conn: m.deps.Conn, ttl: r.ttl}
	if wrap != nil {
		m.openStates = func(ctx context.Context, cfg kvstore.Config) (states, error) {
			b, err := kvstore.Open(ctx, m.deps.Conn, cfg)
			return wrap(m, b), err
		}
	}
	m.Set([]Trigger{trigger})
	return m
}

// stateOf is what the bucket has of a key.
func (r *rig) stateOf(t *testing.T, key string) (rec record, f folded, ok bool) {
	t.Helper()
	kv, err := r.js.KeyValue(t.Context(), StateBucket("pay"))
	if err != nil {
		return rec, f, false
	}
	e, err := kv.Get(t.Context(), StateKey(key))
	if err != nil {
		return rec, f, false
	}
	rec, err = readRecord(e.Value())
	require.NoError(t, err)
	if rec.State != nil {
		require.NoError(t, json.Unmarshal(rec.State, &f))
	}
	return rec, f, true
}

// folds waits until the states of all keys are what their messages make of them.
func (r *rig) folds(t *testing.T, sent map[string][]string) {
	t.Helper()
	for key, payloads := range sent {
		want := foldAll(payloads)
		r.waitFor(t, "the state of "+key, func() (bool, any) {
			_, f, _ := r.stateOf(t, key)
			return f.Count >= want.Count, f
		})
		_, f, _ := r.stateOf(t, key)
		require.Equal(t, want, f, "key %s", key)
	}
}

// unacked waits until nothing is pending at the newest epoch's consumer, and no other is left.
func (r *rig) unacked(t *testing.T) {
	t.Helper()
	r.waitFor(t, "everything to be acknowledged", func() (bool, any) {
		s, err := r.js.Stream(t.Context(), "ORDERS")
		if err != nil {
			return false, err
		}
		var state []string
		pending := 0
		all := s.ListConsumers(t.Context())
		for info := range all.Info() {
			state = append(state, fmt.Sprintf("%s: %d pending, %d unacknowledged", info.Name, info.NumPending, info.NumAckPending))
			pending += int(info.NumPending) + info.NumAckPending //nolint:gosec // a handful
		}
		return all.Err() == nil && len(state) == 1 && pending == 0, state
	})
}

// hasKeys waits until n epochs have begun.
func (r *rig) hasKeys(t *testing.T, n int) {
	t.Helper()
	r.waitFor(t, "an epoch", func() (bool, any) {
		have := strings.Count(r.logs.String(), "this member has the keys of the function")
		return have >= n, have
	})
}
