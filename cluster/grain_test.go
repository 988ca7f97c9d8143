package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/lease"
)

// activations is what the grains of a test say of themselves.
type activations struct {
	mu       sync.Mutex
	live     map[string][]*counter // by identity
	starts   int
	overlap  int
	failNext map[string]int    // how often Start fails yet
	newest   map[string]uint64 // by identity; the token of the activation that began last
	stale    int               // messages that an activation ran under a good token, beside a newer one
	ran      map[string]int    // by body, where there is one: how often it ran
}

// handled notes a message that an activation runs.
func (l *activations) handled(g *counter, body string) (token uint64, held bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	token, held = g.token()
	if held && token < l.newest[g.id] {
		l.stale++
	}
	if body != "" {
		if l.ran == nil {
			l.ran = map[string]int{}
		}
		l.ran[body]++
	}
	return token, held
}

// twice lists the messages that ran more than once.
func (l *activations) twice() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var twice []string
	for body, n := range l.ran {
		if n > 1 {
			twice = append(twice, body)
		}
	}
	return twice
}

func (l *activations) count() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.starts
}

// once says whether each identity is active exactly once.
func (l *activations) once(ids []string) (bool, any) {
	l.mu.Lock()
	defer l.mu.Unlock()
	state := map[string]int{}
	for _, id := range ids {
		if n := len(l.live[id]); n != 1 {
			state[id] = n
		}
	}
	return len(state) == 0, state
}

// overlaps counts the activations that began, and the messages that ran, while another
// held the token of the same identity.
func (l *activations) overlaps() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.overlap + l.stale
}

func (l *activations) where(id string) string {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.live[id]) != 1 {
		return fmt.Sprint(len(l.live[id]), " times")
	}
	return l.live[id][0].member
}

// counter is a grain that counts its messages.
type counter struct {
	log    *activations
	member string
	id     string
	token  func() (uint64, bool)
	n      int
	block  chan struct{} // Start waits for it, if set
}

func (g *counter) Start(ctx context.Context, token func() (uint64, bool)) error {
	if g.block != nil {
		select {
		case <-g.block:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	g.log.mu.Lock()
	defer g.log.mu.Unlock()
	if g.log.failNext[g.id] > 0 {
		g.log.failNext[g.id]--
		return errors.New("no luck")
	}
	for _, other := range g.log.live[g.id] {
		if _, held := other.token(); held {
			g.log.overlap++
		}
	}
	g.token = token
	if g.log.live == nil {
		g.log.live = map[string][]*counter{}
	}
	g.log.live[g.id] = append(g.log.live[g.id], g)
	g.log.starts++
	if g.log.newest == nil {
		g.log.newest = map[string]uint64{}
	}
	newest, _ := token()
	g.log.newest[g.id] = max(g.log.newest[g.id], newest)
	return nil
}

func (g *counter) Handle(_ context.Context, req Request, reply func([]byte, error)) {
	if string(req.Body) == "panic" {
		panic("oops")
	}
	g.n++
	token, held := g.log.handled(g, string(req.Body))
	reply(fmt.Appendf(nil, "%s %s %d %t %t", g.member, g.id, g.n, held, token > 0), nil)
}

func (g *counter) Stop(context.Context) {
	g.log.mu.Lock()
	defer g.log.mu.Unlock()
	var rest []*counter
	for _, other := range g.log.live[g.id] {
		if other != g {
			rest = append(rest, other)
		}
	}
	g.log.live[g.id] = rest
}

// cutStore is a member's way to the store, which can be cut.
type cutStore struct {
	lease.Store
	down atomic.Bool
}

var errCut = errors.New("the store cannot be reached")

func (s *cutStore) Get(ctx context.Context, key string) ([]byte, uint64, error) {
	if s.down.Load() {
		return nil, 0, errCut
	}
	return s.Store.Get(ctx, key)
}

func (s *cutStore) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	if s.down.Load() {
		return 0, errCut
	}
	return s.Store.Create(ctx, key, value)
}

func (s *cutStore) Update(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	if s.down.Load() {
		return 0, errCut
	}
	return s.Store.Update(ctx, key, value, last)
}

func (s *cutStore) Delete(ctx context.Context, key string, last uint64) error {
	if s.down.Load() {
		return errCut
	}
	return s.Store.Delete(ctx, key, last)
}

// grainy gives a member the kind "counter", fenced by store.
func grainy(log *activations, store lease.Store) func(*Config, *Deps) {
	return func(cfg *Config, d *Deps) {
		cfg.Unfenced = store == nil
		cfg.Lease.TTL = 600 * time.Millisecond
		cfg.Grains.Backoff = 10 * time.Millisecond
		d.Store = store
		name := cfg.Name
		d.Grains = []GrainKind{{Name: "counter", New: func(id string) Grain { return &counter{log: log, member: name, id: id} }}}
	}
}

func identities(n int) []string {
	ids := make([]string, n)
	for i := range ids {
		ids[i] = fmt.Sprintf("id/%d %%", i)
	}
	return ids
}

func tell(t *testing.T, c *Cluster, id, body string) result {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	ends := make(chan result, 2)
	c.Ask(ctx, "counter", id, []byte(body), func(b []byte, err error) { ends <- result{b, err} })
	return await(t, ends)
}

func TestAskFindsTheOneActivationFromEveryMember(t *testing.T) {
	h, log, store := newHub(), &activations{}, &lease.Memory{}
	a, b, c := member(t, h, "a", grainy(log, store)), member(t, h, "b", grainy(log, store)), member(t, h, "c", client)
	see(t, a, b, c)
	for i, id := range identities(10) {
		owner, local, ok := a.Owner("counter", id)
		require.True(t, ok)
		require.Equal(t, owner == "a", local)
		for j, from := range []*Cluster{a, b, c} {
			r := tell(t, from, id, "")
			require.NoError(t, r.err)
			require.Equal(t, fmt.Sprintf("%s %s %d true true", owner, id, j+1), string(r.body))
		}
		require.Equal(t, i+1, log.count())
	}
	require.ErrorIs(t, func() error {
		ctx, cancel := context.WithTimeout(context.Background(), 100*time.Millisecond)
		defer cancel()
		ends := make(chan result, 1)
		a.Ask(ctx, "nothing", "x", nil, func(b []byte, err error) { ends <- result{b, err} })
		return await(t, ends).err
	}(), context.DeadlineExceeded)
}

func TestKeptGrainsMoveWithTheirMembers(t *testing.T) {
	h, log, store := newHub(), &activations{}, &lease.Memory{}
	ids := identities(20)
	a, b := member(t, h, "a", grainy(log, store)), member(t, h, "b", grainy(log, store))
	a.Keep("counter", ids)
	b.Keep("counter", ids)
	see(t, a, b)
	placed := func() (bool, any) {
		for _, id := range ids {
			owner, _, _ := a.Owner("counter", id)
			if where := log.where(id); where != owner {
				return false, id + " is " + where + ", not on " + owner
			}
		}
		return true, nil
	}
	eventually(t, "all are where they belong", placed)
	c := member(t, h, "c", grainy(log, store))
	c.Keep("counter", ids)
	see(t, a, b, c)
	eventually(t, "some have moved to the new one", placed)
	require.NotZero(t, c.Stats().Grains)

	require.NoError(t, b.Drain(context.Background()))
	require.Zero(t, b.Stats().Grains)
	eventually(t, "a draining member's have moved", func() (bool, any) {
		if b.Stats().Grains > 0 {
			return false, "b has some"
		}
		ok, state := placed()
		return ok, state
	})
	a.Keep("counter", ids[:3])
	c.Keep("counter", ids[:3])
	eventually(t, "only three are kept", func() (bool, any) { n := a.Stats().Grains + c.Stats().Grains; return n == 3, n })
	require.Zero(t, log.overlaps())
}

func TestMessagesWaitWhileAGrainIsActivated(t *testing.T) {
	h, log, store := newHub(), &activations{}, &lease.Memory{}
	ready := make(chan struct{})
	a := member(t, h, "a", func(cfg *Config, d *Deps) {
		grainy(log, store)(cfg, d)
		cfg.Grains.Queue = 2
		d.Grains[0].New = func(id string) Grain { return &counter{log: log, member: "a", id: id, block: ready} }
	})
	see(t, a)
	ends := make(chan result, 3)
	ctx := t.Context()
	a.Ask(ctx, "counter", "x", nil, func(b []byte, err error) { ends <- result{b, err} })
	short, stop := context.WithTimeout(context.Background(), 30*time.Millisecond)
	defer stop()
	a.Ask(short, "counter", "x", nil, func(b []byte, err error) { ends <- result{b, err} })
	// Which of the two is first is not said: the caller's clock, or the queue's.
	var refused *RefusedError
	err := await(t, ends).err
	require.True(t, errors.Is(err, context.DeadlineExceeded) || errors.As(err, &refused), err)
	// The one that expired has left the queue; one more fits, the next does not.
	eventually(t, "the expired one is gone", func() (bool, any) { n := queued(a, "x"); return n == 1, n })
	a.Ask(ctx, "counter", "x", nil, func(b []byte, err error) { ends <- result{b, err} })
	eventually(t, "it waits", func() (bool, any) { n := queued(a, "x"); return n == 2, n })
	require.ErrorAs(t, tell(t, a, "x", "").err, &refused)
	close(ready)
	require.NoError(t, await(t, ends).err)
	require.NoError(t, await(t, ends).err)
}

// queued is how many messages wait for a grain.
func queued(c *Cluster, id string) int {
	c.grains.mu.Lock()
	g := c.grains.table[grainKey{"counter", id}]
	c.grains.mu.Unlock()
	if g == nil {
		return -1
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	return len(g.queue)
}

// A grain's supervisor cannot be chosen in Proto.Actor: here it is the grain's parent.
func TestAGrainThatFailsIsBegunAgain(t *testing.T) {
	h, store := newHub(), &lease.Memory{}
	log := &activations{failNext: map[string]int{"x": 2}}
	a := member(t, h, "a", grainy(log, store))
	see(t, a)
	var refused *RefusedError
	require.ErrorAs(t, tell(t, a, "x", "").err, &refused, "a start that fails is no reason to wait")
	require.Contains(t, refused.Message, "no luck")
	a.Keep("counter", []string{"x"})
	eventually(t, "it is started at last", func() (bool, any) { return log.once([]string{"x"}) })
	var remote *RemoteError
	require.ErrorAs(t, tell(t, a, "x", "panic").err, &remote)
	r := tell(t, a, "x", "")
	require.NoError(t, r.err)
	require.Equal(t, "a x 1 true true", string(r.body), "a new one, which counts anew")
}

func TestAGrainThatLosesItsLeaseStopsAndComesBack(t *testing.T) {
	h, log, store := newHub(), &activations{}, &lease.Memory{}
	a := member(t, h, "a", grainy(log, store))
	see(t, a)
	require.NoError(t, tell(t, a, "x", "").err)
	log.mu.Lock()
	first := log.live["x"][0]
	log.mu.Unlock()
	// Somebody else takes the record, as after a pause longer than the lease.
	key := leaseKey(grainKey{"counter", "x"})
	eventually(t, "the record is another's", func() (bool, any) { // the holder's renewals come between
		_, revision, err := store.Get(t.Context(), key)
		if err == nil {
			_, err = store.Update(t.Context(), key, []byte("another"), revision)
		}
		return err == nil, err
	})
	eventually(t, "it is activated again", func() (bool, any) { n := log.count(); return n == 2, n })
	_, held := first.token()
	require.False(t, held, "the first one's token is void")
	require.NoError(t, tell(t, a, "x", "").err)
}

func TestAnIdleGrainStopsUnlessItIsKept(t *testing.T) {
	h, log, store := newHub(), &activations{}, &lease.Memory{}
	a := member(t, h, "a", func(cfg *Config, d *Deps) {
		grainy(log, store)(cfg, d)
		cfg.Grains.Idle = 20 * time.Millisecond
	})
	see(t, a)
	a.Keep("counter", []string{"kept"})
	require.NoError(t, tell(t, a, "kept", "").err)
	require.NoError(t, tell(t, a, "x", "").err)
	eventually(t, "one is left", func() (bool, any) { return a.Stats().Grains == 1 && log.where("kept") == "a", a.Stats().Grains })
	require.NoError(t, tell(t, a, "x", "").err)
}

func TestGrainsWithoutAStoreAreRefused(t *testing.T) {
	cfg := DefaultConfig("a")
	_, err := start(context.Background(), cfg, Deps{Grains: []GrainKind{{Name: "k", New: func(string) Grain { return nil }}}}, newHub().join)
	require.ErrorIs(t, err, ErrNoStore)
}
