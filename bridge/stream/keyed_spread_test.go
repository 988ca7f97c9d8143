package stream

import (
	"context"
	"fmt"
	"hash/fnv"
	"maps"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
)

// mesh is the members that hand keys to one another, and what befalls their calls.
type mesh struct {
	mu      sync.Mutex
	members map[string]*Triggers // guarded by mu
	// gone ends when the member of that name is gone, and with it the calls to it; guarded by mu.
	gone map[string]chan struct{}
	// fault says what befalls a call; nil for nothing. Set before anything runs.
	fault func() fault
	// begun holds up who is told of an unheard call until it has a word; nil for at once.
	begun chan struct{}
}

type fault int

const (
	none    fault = iota
	refused       // it surely never ran
	unheard       // it runs, and the caller is told at once that it may have run
	lost          // it has run, and its answer is lost
)

func newMesh() *mesh {
	return &mesh{members: map[string]*Triggers{}, gone: map[string]chan struct{}{}}
}

func (m *mesh) add(name string, t *Triggers) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.members[name], m.gone[name] = t, make(chan struct{})
}

func (m *mesh) remove(name string) {
	if m != nil {
		m.mu.Lock()
		if m.members[name] != nil {
			close(m.gone[name])
			delete(m.members, name)
		}
		m.mu.Unlock()
	}
}

// owner is the member with the greatest hash.
func (m *mesh) owner(key string, except []string) (owner string) {
	m.mu.Lock()
	defer m.mu.Unlock()
	var most uint64
	for _, name := range slices.Sorted(maps.Keys(m.members)) {
		h := fnv.New64a()
		_, _ = h.Write([]byte(name + "/" + key + "/" + name))
		if score := h.Sum64() * 0x9e3779b97f4a7c15; !slices.Contains(except, name) && score >= most {
			owner, most = name, score
		}
	}
	return owner
}

// meshed is what one of them sees.
type meshed struct {
	*mesh
	name string
}

func (m meshed) Owner(_, key string, except []string) (string, bool) {
	owner := m.owner(key, except)
	return owner, owner == m.name || owner == ""
}

func (m meshed) Turn(ctx context.Context, name string, turn *Turn, done func(*Answer, error)) {
	m.mu.Lock()
	to, gone := m.members[name], m.gone[name]
	m.mu.Unlock()
	what := none
	if m.fault != nil {
		what = m.fault()
	}
	if to == nil || what == refused {
		done(nil, fmt.Errorf("%w: no such member", ErrNotTaken))
		return
	}
	sent := *turn
	sent.held = nil // as the wire has it
	switch what {
	case unheard:
		ctx = context.WithoutCancel(ctx)
		to.Serve(ctx, &sent, func(*Answer, error) {})
		if m.begun == nil {
			done(nil, errLost)
			return
		}
		go func() {
			<-m.begun
			done(nil, errLost)
		}()
	case lost:
		to.Serve(ctx, &sent, func(*Answer, error) { done(nil, errLost) })
	case none, refused:
		var once sync.Once
		ended, answered := func(a *Answer, err error) { once.Do(func() { done(a, err) }) }, make(chan struct{})
		to.Serve(ctx, &sent, func(a *Answer, err error) { close(answered); ended(a, err) })
		go func() {
			select {
			case <-answered:
			case <-ctx.Done():
			case <-gone: // the connection breaks
				ended(nil, errLost)
			}
		}()
	}
}

// places says which members ran each key.
type places struct {
	mu sync.Mutex
	of map[string]map[string]int // guarded by mu; by key, by member
}

// at is a dispatcher of a member that folds.
func (p *places) at(name string) member {
	return answers(func(inv *function.Invocation) *function.Result {
		p.mu.Lock()
		if p.of[inv.Keyed.ID] == nil {
			p.of[inv.Keyed.ID] = map[string]int{}
		}
		p.of[inv.Keyed.ID][name]++
		p.mu.Unlock()
		return fold(inv)
	})
}

// take returns what was seen, and begins anew.
func (p *places) take() map[string]map[string]int {
	p.mu.Lock()
	defer p.mu.Unlock()
	of := p.of
	p.of = map[string]map[string]int{}
	return of
}

// Keys run on all members, each on one; a member that joins takes its own over with their next
// messages, and only those move; one that drains has none any more. Nothing is read twice.
func TestKeyedSpread(t *testing.T) {
	r := newRig(t)
	r.ttl = patience
	net, store, seen := newMesh(), new(lease.Memory), &places{of: map[string]map[string]int{}}
	sent, n := map[string][]string{}, 0
	const keys = 60
	round := func() map[string]map[string]int {
		t.Helper()
		for range 3 {
			n++
			for key := range keys {
				k := strconv.Itoa(key)
				sent[k] = append(sent[k], strconv.Itoa(n))
				r.publish(t, "orders."+k+".new", strconv.Itoa(n))
			}
		}
		r.folds(t, sent)
		r.unacked(t)
		return seen.take()
	}
	check := func(of map[string]map[string]int, members ...string) map[string]string {
		t.Helper()
		owners, each := map[string]string{}, map[string]int{}
		for key, at := range of {
			require.Len(t, at, 1, "key %s", key)
			for name, runs := range at {
				require.Equal(t, 3, runs, "each message once")
				require.Equal(t, net.owner(key, nil), name)
				owners[key] = name
				each[name]++
			}
		}
		require.ElementsMatch(t, members, slices.Collect(maps.Keys(each)))
		return owners
	}
	a := r.joinSpread(t, net, store, "a", seen.at("a"), byKey(nil), nil)
	r.hasKeys(t, 1)
	b := r.joinSpread(t, net, store, "b", seen.at("b"), byKey(nil), nil)
	before := check(round(), "a", "b")
	require.NotZero(t, b.Stats()[0].Served)
	require.Equal(t, a.Stats()[0].Handed, b.Stats()[0].Served)
	require.EqualValues(t, keys, a.Stats()[0].Activations+b.Stats()[0].Activations)

	c := r.joinSpread(t, net, store, "c", seen.at("c"), byKey(nil), nil)
	after := check(round(), "a", "b", "c")
	moved := 0
	for key, owner := range after {
		if owner != before[key] {
			moved++
			require.Equal(t, "c", owner, "keys move to the new one alone")
		}
	}
	require.InDelta(t, keys/3, moved, keys/6)
	require.EqualValues(t, moved, c.Stats()[0].Activations)

	// Back to where they were: what those remember of them is out of date, and is not used.
	net.remove("c")
	require.NoError(t, c.Drain(t.Context()))
	require.Equal(t, before, check(round(), "a", "b"))
	require.EqualValues(t, keys+moved, a.Stats()[0].Activations+b.Stats()[0].Activations)
	require.Zero(t, a.Stats()[0].Naks, "no run was in vain")

	// Who has the order goes, and its keys too.
	net.remove("a")
	require.NoError(t, a.Drain(t.Context()))
	check(round(), "b")
	require.NoError(t, b.Drain(t.Context()))
}

// A member that is cut off while it runs a message does not commit it once another one was told
// to run it, however long it takes.
func TestKeyedRunnerIsCutOff(t *testing.T) {
	r := newRig(t)
	net, store := newMesh(), new(lease.Memory)
	var cutOff atomic.Bool
	net.fault = func() fault {
		if cutOff.CompareAndSwap(false, true) {
			return unheard
		}
		return none
	}
	net.begun = make(chan struct{}, 1)
	hold, runs, late := make(chan struct{}), make(chan string, 10), make(chan struct{})
	here := func(name string) member {
		return member{run: func(inv *function.Invocation, done func(*function.Result)) {
			runs <- fmt.Sprintf("%s, attempt %d", name, inv.Attempt)
			if name != "runner" {
				done(fold(inv))
				return
			}
			go func() {
				net.begun <- struct{}{}
				<-hold
				done(&function.Result{Outcome: function.OK, State: &function.StateChange{State: []byte(`"from the past"`)}})
				close(late)
			}()
		}}
	}
	trigger := byKey(nil)
	a := r.joinSpread(t, net, store, "sequencer", here("sequencer"), trigger, nil)
	r.hasKeys(t, 1)
	b := r.joinSpread(t, net, store, "runner", here("runner"), trigger, nil)
	key := ""
	for n := 0; key == ""; n++ {
		if k := strconv.Itoa(n); net.owner(k, nil) == "runner" {
			key = k
		}
	}
	r.publish(t, "orders."+key+".new", "1")
	require.ElementsMatch(t, []string{"runner, attempt 1", "sequencer, attempt 2"}, []string{<-runs, <-runs})
	r.folds(t, map[string][]string{key: {"1"}})
	r.unacked(t)
	close(hold)
	<-late
	b.mu.Lock()
	ran := b.running[trigger.key()]
	b.mu.Unlock()
	require.NoError(t, b.Drain(t.Context())) // its run has ended with that
	require.Zero(t, ran.counts.commits.Load())
	r.folds(t, map[string][]string{key: {"1"}})
	net.remove("runner")
	r.publish(t, "orders."+key+".new", "2")
	r.folds(t, map[string][]string{key: {"1", "2"}})
	require.NoError(t, a.Drain(t.Context()))
}

// The runs of a message are counted over the members that had its order, and over those that
// were given it.
func TestKeyedAttemptsOverMembers(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	var mu sync.Mutex
	var attempts []int
	trigger := byKey(func(s *function.Stream) { s.Deliveries = 5 })
	fails := func(after int, then func()) member {
		n := 0
		return member{run: func(inv *function.Invocation, done func(*function.Result)) {
			mu.Lock()
			attempts = append(attempts, inv.Attempt)
			n++
			over := n == after
			mu.Unlock()
			if over {
				then()
				return // the member dies of it
			}
			done(function.Failure(function.Exception, "no"))
		}}
	}
	r.publish(t, "orders.a.new", "1")
	for range 2 {
		died := make(chan struct{})
		var m *Triggers
		ready := make(chan struct{})
		m = r.joinKeyed(t, store, fmt.Sprint("n", len(attempts)), fails(2, func() {
			<-ready
			m.deps.Conn.Close()
			close(died)
		}), trigger, nil)
		close(ready)
		<-died
		kill(m)
	}
	last := r.joinKeyed(t, store, "last", fails(99, nil), trigger, nil)
	var letter *deadletter.Letter
	r.waitFor(t, "a dead letter", func() (bool, any) {
		var err error
		letter, err = deadletter.New(r.js, deadletter.DefaultConfig()).Get(t.Context(), 1)
		return err == nil, err
	})
	require.Equal(t, 5, letter.Attempts)
	mu.Lock()
	require.Equal(t, []int{1, 2, 3, 4, 5}, attempts)
	mu.Unlock()
	require.NoError(t, last.Drain(t.Context()))
}
