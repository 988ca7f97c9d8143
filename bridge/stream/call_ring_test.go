package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/hostnats"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// ring is keys each of which calls the next one in the turn of a message, when all of them run.
type ring struct {
	links []hostcap.Call // whom each calls, by its place
	wait  time.Duration  // of each call; 0 is the deadline
	place func(inv *function.Invocation) int

	all   chan struct{} // closed when all of them run
	mu    sync.Mutex
	begun map[int]bool // the turns that have begun; guarded by mu
	ended map[int]bool // those whose calls are over; guarded by mu
	came  []error      // of all calls, those of turns that were run again too; guarded by mu
}

// newRing is one of n keys, the i-th of which is of the i-th function, and begins again with them.
func newRing(functions []string, n int) *ring {
	at, g := map[string]int{}, &ring{all: make(chan struct{}), begun: map[int]bool{}, ended: map[int]bool{}}
	key := func(i int) (name, key string) { return functions[i%len(functions)], fmt.Sprint("k", i) }
	for i := range n {
		next, id := key((i + 1) % n)
		g.links = append(g.links, hostcap.Call{Function: next, Key: id, Method: "add", Args: []byte(`"x"`)})
		at[fmt.Sprint(key(i))] = i
	}
	g.place = func(inv *function.Invocation) int { return at[fmt.Sprint(inv.Function, inv.Keyed.ID)] }
	return g
}

// member runs the turns on one member, whose functions call by h.
func (g *ring) member(h *hostnats.Host) member {
	return member{run: func(inv *function.Invocation, done func(*function.Result)) {
		if inv.Keyed.Method != "" {
			done(fold(inv))
			return
		}
		go func() {
			at := g.place(inv)
			g.mu.Lock()
			if first := !g.begun[at]; first {
				g.begun[at] = true
				if len(g.begun) == len(g.links) {
					close(g.all)
				}
			}
			g.mu.Unlock()
			<-g.all
			c := g.links[at]
			c.Wait = g.wait
			_, err := h.Call(context.Background(), hostcap.Caller{
				Function: inv.Function, Key: inv.Keyed.ID, Invocation: inv.ID, Call: 1, Header: inv.Header, Deadline: time.Now().Add(patience),
			}, c)
			g.mu.Lock()
			g.ended[at] = true
			g.came = append(g.came, err)
			g.mu.Unlock()
			done(fold(inv))
		}()
	}}
}

// kinds are how many calls ended so; "" is well. It waits until all have.
func (g *ring) kinds(t *testing.T, r *rig) map[hostcap.Kind]int {
	t.Helper()
	kinds := map[hostcap.Kind]int{}
	r.waitFor(t, "the calls of the ring to end", func() (bool, any) {
		g.mu.Lock()
		defer g.mu.Unlock()
		return len(g.ended) == len(g.links), g.came
	})
	g.mu.Lock()
	defer g.mu.Unlock()
	for _, err := range g.came {
		known, _ := errors.AsType[*hostcap.Error](err)
		if err == nil {
			known = &hostcap.Error{}
		}
		require.NotNil(t, known, err)
		kinds[known.Kind]++
	}
	return kinds
}

// ofFunction is byKey for a function that has subjects of its own.
func ofFunction(name string) Trigger {
	trigger := byKey(func(s *function.Stream) { s.Subject = function.Pattern("orders.{id}." + name) })
	trigger.Function = name
	return trigger
}

// begin sends each key its message.
func (g *ring) begin(t *testing.T, r *rig, functions []string) {
	t.Helper()
	for i := range g.links {
		r.publish(t, fmt.Sprintf("orders.k%d.%s", i, functions[i%len(functions)]), `"m"`)
	}
}

// A ring of keys that call one another at the same time is told at once, where one member has
// the order of all their functions, wherever they run: at least one of the calls is refused, and
// none waits for its deadline.
func TestRingsAreRefused(t *testing.T) {
	for name, c := range map[string]struct {
		functions []string
		keys      int
		spread    bool
	}{
		"two":                     {[]string{"pay"}, 2, false},
		"three":                   {[]string{"pay"}, 3, false},
		"seven":                   {[]string{"pay"}, 7, false},
		"three, two functions":    {[]string{"pay", "ship"}, 3, false},
		"five, on three members":  {[]string{"pay"}, 5, true},
		"four, functions, spread": {[]string{"pay", "ship"}, 4, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			g, store, h := newRing(c.functions, c.keys), new(lease.Memory), r.caller(t, nil)
			var triggers []Trigger
			for _, name := range c.functions {
				triggers = append(triggers, ofFunction(name))
			}
			var net *mesh
			names := []string{"a"}
			if c.spread {
				net, names = newMesh(), []string{"a", "b", "c"}
			}
			var members []*Triggers
			for _, name := range names { // the first has the order of all
				m := r.joinSpread(t, net, store, name, g.member(h), triggers[0], nil)
				m.Set(triggers)
				members = append(members, m)
				if name == "a" {
					r.hasKeys(t, len(triggers))
				}
			}
			g.begin(t, r, c.functions)
			kinds := g.kinds(t, r)
			t.Log(kinds)
			require.Positive(t, kinds[hostcap.Cycle])
			require.Zero(t, kinds[hostcap.Timeout], kinds)
			require.Positive(t, h.Stats().Calls[string(hostcap.Cycle)])
			var crossed uint64
			for _, m := range members {
				for _, s := range m.Stats() {
					crossed += s.Crossed
				}
			}
			require.Positive(t, crossed)
			for i, m := range slices.Backward(members) {
				net.remove(names[i])
				require.NoError(t, m.Drain(t.Context()))
			}
		})
	}
}

// Where the orders of the functions are with different members, two keys that call one another
// are told at once when their turns run where their orders are; of more the calls end at their
// deadlines.
func TestRingsOverOrders(t *testing.T) {
	for name, c := range map[string]struct {
		functions []string
		wait      time.Duration
		want      hostcap.Kind
	}{
		"two":   {[]string{"pay", "ship"}, 0, hostcap.Cycle},
		"three": {[]string{"pay", "ship", "bill"}, 300 * time.Millisecond, hostcap.Timeout},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			g := newRing(c.functions, len(c.functions))
			g.wait = c.wait
			for i, name := range c.functions {
				h := r.caller(t, nil)
				m := r.join(t, g.member(h))
				m.deps.KeyedLeases = leases{Store: new(lease.Memory), name: name, conn: m.deps.Conn}
				m.deps.WaitsFor = h.WaitsFor
				m.Set([]Trigger{ofFunction(name)})
				r.hasKeys(t, i+1)
			}
			g.begin(t, r, c.functions)
			kinds := g.kinds(t, r)
			t.Log(kinds)
			require.Positive(t, kinds[c.want])
			if c.want == hostcap.Cycle {
				require.Zero(t, kinds[hostcap.Timeout], kinds)
			} else {
				require.Zero(t, kinds[hostcap.Cycle], kinds)
			}
		})
	}
}

// What a turn asked for that has ended without waiting for it is no wait of the next turn of its
// key.
func TestRingsAreOfTurns(t *testing.T) {
	r := newRig(t)
	h := r.caller(t, nil)
	hold, late, running := make(chan struct{}), make(chan struct{}), make(chan string, 10)
	called := make(chan error, 2)
	ask := func(inv *function.Invocation, key string) {
		_, err := h.Call(context.Background(), hostcap.Caller{
			Function: inv.Function, Key: inv.Keyed.ID, Invocation: inv.ID, Call: 1, Header: inv.Header, Deadline: time.Now().Add(patience),
		}, toPay(key, `"x"`))
		called <- err
	}
	m := r.joinKeyed(t, new(lease.Memory), "a", member{run: func(inv *function.Invocation, done func(*function.Result)) {
		go func() {
			switch string(inv.Payload) {
			case "first":
				go ask(inv, "other")
			case "hold":
				running <- inv.Keyed.ID
				<-late
			case "ask":
				running <- inv.Keyed.ID
				<-hold
				ask(inv, "key")
			}
			done(fold(inv))
		}()
	}}, byKey(nil), nil)
	r.publish(t, "orders.other.new", "ask")
	require.Equal(t, "other", <-running)
	r.publish(t, "orders.key.new", "first") // it calls other, and ends
	r.waitFor(t, "the call to wait", func() (bool, any) { s := m.Stats()[0]; return s.CallsWaiting == 1, s })
	r.publish(t, "orders.key.new", "hold")
	require.Equal(t, "key", <-running)
	close(hold) // other calls key, which runs another turn than the one that calls other
	r.waitFor(t, "that call to wait too", func() (bool, any) { s := m.Stats()[0]; return s.CallsWaiting == 2 || s.Crossed > 0, s })
	close(late)
	require.NoError(t, <-called)
	require.NoError(t, <-called)
	require.Zero(t, m.Stats()[0].Crossed)
	require.NoError(t, m.Drain(t.Context()))
}
