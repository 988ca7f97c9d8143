package stream

import (
	"cmp"
	"context"
	"fmt"
	"math/rand/v2"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
)

// leases are those of package lease, with a short life, on a store that the members share
// and that is out of reach for one that is cut off.
type leases struct {
	lease.Store
	name string
	conn *nats.Conn
	ttl  time.Duration // 600 ms without one
}

func (l leases) Update(ctx context.Context, key string, value []byte, last uint64) (uint64, error) {
	if l.conn.IsClosed() {
		return 0, nats.ErrConnectionClosed
	}
	return l.Store.Update(ctx, key, value, last)
}

func (l leases) Delete(ctx context.Context, key string, last uint64) error {
	if l.conn.IsClosed() {
		return nats.ErrConnectionClosed
	}
	return l.Store.Delete(ctx, key, last)
}

func (l leases) Create(ctx context.Context, key string, value []byte) (uint64, error) {
	if l.conn.IsClosed() {
		return 0, nats.ErrConnectionClosed
	}
	return l.Store.Create(ctx, key, value)
}

func (l leases) Acquire(ctx context.Context, key string) (Lease, error) {
	return lease.Acquire(ctx, l, lease.Config{Holder: l.name, TTL: cmp.Or(l.ttl, 600*time.Millisecond)}, key)
}

// inOrder is a trigger with an order by the order's number.
func inOrder(change func(*function.Stream)) Trigger {
	t := orders(func(s *function.Stream) {
		s.Order, s.AckWait = "{id}", time.Second
		if change != nil {
			change(s)
		}
	})
	t.Wall = 500 * time.Millisecond
	return t
}

// joinInOrder is join for triggers with an order.
func (r *rig) joinInOrder(t *testing.T, store lease.Store, name string, d Dispatcher, trigger Trigger) *Triggers {
	t.Helper()
	m := r.join(t, d)
	m.deps.Leases = leases{Store: store, name: name, conn: m.deps.Conn}
	m.Set([]Trigger{trigger})
	return m
}

// joinAlone is joinInOrder for the only member there is, which keeps its lease however busy the
// machine is: nobody runs a message again.
func (r *rig) joinAlone(t *testing.T, d Dispatcher, trigger Trigger) *Triggers {
	t.Helper()
	m := r.join(t, d)
	m.deps.Leases = leases{Store: new(lease.Memory), name: "a", conn: m.deps.Conn, ttl: time.Minute}
	m.Set([]Trigger{trigger})
	return m
}

// judge watches runs: of one key no two at once, and none before one that came earlier
// and has not ended well. Safe for concurrent use.
type judge struct {
	mu      sync.Mutex
	running map[string]string
	done    map[string]int // by key, the number of the last that ended well
	runs    map[string]int // by key and number
	most    int            // at once
	faults  []string
	fence   map[string]uint64
}

func newJudge() *judge {
	return &judge{running: map[string]string{}, done: map[string]int{}, runs: map[string]int{}, fence: map[string]uint64{}}
}

func (j *judge) begin(inv *function.Invocation) (key string, n int) {
	_, err := fmt.Sscanf(string(inv.Payload), "%d", &n)
	j.mu.Lock()
	defer j.mu.Unlock()
	key = function.Pattern("orders.{id}.>").Words(inv.Subject)["id"]
	if err != nil {
		j.faults = append(j.faults, err.Error())
	}
	if other, busy := j.running[key]; busy {
		j.faults = append(j.faults, fmt.Sprintf("%s/%d runs beside %s", key, n, other))
	}
	if n != j.done[key]+1 && n > j.done[key] {
		j.faults = append(j.faults, fmt.Sprintf("%s/%d runs after %d", key, n, j.done[key]))
	}
	fence, err := strconv.ParseUint(inv.Header.Get(headerFence), 10, 64)
	if err != nil || fence < j.fence[key] {
		j.faults = append(j.faults, fmt.Sprintf("%s/%d has the fence %q after %d", key, n, inv.Header.Get(headerFence), j.fence[key]))
	}
	j.fence[key] = fence
	j.running[key] = strconv.Itoa(n)
	j.runs[key+"/"+strconv.Itoa(n)]++
	j.most = max(j.most, len(j.running))
	return key, n
}

func (j *judge) end(key string, n int, o function.Outcome) {
	j.mu.Lock()
	defer j.mu.Unlock()
	delete(j.running, key)
	if o == function.OK && n > j.done[key] {
		j.done[key] = n
	}
}

// member is a member whose runs the judge sees; each takes up to most, and fails now and
// then. One that is dead does not end what it runs, but its runs end.
func (j *judge) member(most time.Duration) member {
	return member{run: func(inv *function.Invocation, done func(*function.Result)) {
		key, n := j.begin(inv)
		res := &function.Result{Outcome: function.OK}
		if rand.IntN(10) == 0 {
			res = function.Failure([]function.Outcome{function.Exception, function.Crashed, function.Overloaded}[rand.IntN(3)], "now and then")
		}
		time.AfterFunc(rand.N(most), func() {
			j.end(key, n, res.Outcome)
			done(res)
		})
	}}
}

func TestOrderByKey(t *testing.T) {
	r := newRig(t)
	j := newJudge()
	store := new(lease.Memory)
	trigger := inOrder(func(s *function.Stream) { s.Deliveries = 100 })
	const keys, each = 10, 30
	a := r.joinInOrder(t, store, "a", j.member(4*time.Millisecond), trigger)
	r.joinInOrder(t, store, "b", j.member(4*time.Millisecond), trigger)
	for n := range each {
		for key := range keys {
			r.publish(t, fmt.Sprintf("orders.%d.new", key), strconv.Itoa(n+1))
		}
	}
	r.settled(t, keys*each)
	j.mu.Lock()
	require.Empty(t, j.faults)
	require.Len(t, j.runs, keys*each)
	require.Greater(t, j.most, 1, "different keys overlap")
	j.mu.Unlock()
	require.NoError(t, a.Drain(t.Context()))
}

// Members that hold the order are killed, drained and split off while they run: no two
// runs of a key overlap, and none overtakes.
func TestOrderOutlivesItsHolders(t *testing.T) {
	r := newRig(t)
	j := newJudge()
	store := new(lease.Memory)
	trigger := inOrder(func(s *function.Stream) { s.Deliveries = 100; s.Backoff = []time.Duration{5 * time.Millisecond} })
	const keys, each = 5, 40
	published := make(chan struct{})
	go func() {
		defer close(published)
		for n := range each {
			for key := range keys {
				_, _ = r.js.Publish(context.Background(), fmt.Sprintf("orders.%d.new", key), []byte(strconv.Itoa(n+1)))
			}
		}
	}()
	living := []*Triggers{}
	for i := range 3 {
		living = append(living, r.joinInOrder(t, store, fmt.Sprint("n", i), j.member(40*time.Millisecond), trigger))
	}
	runs := func() int { j.mu.Lock(); defer j.mu.Unlock(); return len(j.runs) }
	for i := range 4 {
		before := runs()
		r.waitFor(t, "some runs", func() (bool, any) { return runs() >= min(before+15, keys*each), runs() })
		holder := 0
		for k, m := range living {
			m.mu.Lock()
			for _, c := range m.running {
				c.mu.Lock()
				if c.order != nil {
					holder = k
				}
				c.mu.Unlock()
			}
			m.mu.Unlock()
		}
		gone := living[holder]
		if i%2 == 0 {
			gone.deps.Conn.Close() // it is cut off, and its runs go on
			defer kill(gone)
		} else {
			require.NoError(t, gone.Drain(t.Context()))
		}
		living = append(living[:holder], living[holder+1:]...)
		living = append(living, r.joinInOrder(t, store, fmt.Sprint("m", i), j.member(40*time.Millisecond), trigger))
	}
	<-published
	r.settled(t, keys*each)
	j.mu.Lock()
	defer j.mu.Unlock()
	require.Empty(t, j.faults)
	require.Len(t, j.runs, keys*each)
}

// What fails holds up its key alone, and when it is a dead letter the next one runs.
func TestOrderFailsAndGoesOn(t *testing.T) {
	r := newRig(t)
	var got seen
	m := r.joinAlone(t, answers(func(inv *function.Invocation) *function.Result {
		got.add(inv)
		if string(inv.Payload) == "poison" {
			return function.Failure(function.Exception, "no")
		}
		return ok(inv)
	}), inOrder(func(s *function.Stream) {
		s.Order, s.Deliveries, s.Backoff = "header:Order-Id", 3, []time.Duration{50 * time.Millisecond}
	}))
	for _, payload := range []string{"poison", "after", "other"} {
		msg := nats.NewMsg("orders.x.new")
		msg.Data = []byte(payload)
		if payload != "other" {
			msg.Header.Set("Order-Id", "7")
		}
		_, err := r.js.PublishMsg(t.Context(), msg)
		require.NoError(t, err)
	}
	r.settled(t, 3)
	order := []string{}
	for _, inv := range got.all() {
		if string(inv.Payload) != "other" {
			order = append(order, fmt.Sprint(string(inv.Payload), inv.Attempt))
		}
	}
	require.Equal(t, []string{"poison1", "poison2", "poison3", "after1"}, order)
	l, err := deadletter.New(r.js, deadletter.DefaultConfig()).Get(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, 3, l.Attempts)
	require.NoError(t, m.Drain(t.Context()))
}

func TestOrderNeedsLeases(t *testing.T) {
	r := newRig(t)
	m := r.join(t, answers(ok), inOrder(nil))
	r.waitFor(t, "the fault", func() (bool, any) { f := m.Stats()[0].Fault; return f == errNoLeases.Error(), f })
	require.NoError(t, m.Drain(t.Context()))
}
