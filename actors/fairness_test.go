package actors

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/actors/shed"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// bench is a dispatcher with shared runtimes that a test steps by hand, on a clock of the
// test's.
type bench struct {
	simClock
	t     *testing.T
	now   time.Time
	d     *dispatcher
	slots []*slot
	asked int
	// answers are the results that came, in order.
	answers []*function.Result
}

func (b *bench) Now() time.Time { return b.now }

func newBench(t *testing.T, runtimes int, cfg Config, fns ...*bundle.Function) *bench {
	t.Helper()
	b := &bench{t: t, now: time.Unix(1000, 0)}
	b.d = newDispatcher(cfg, b)
	b.d.wake, b.d.staff = func(*slot) {}, func() {}
	for _, f := range fns {
		require.NoError(t, b.d.deploy(f))
	}
	for id := range runtimes {
		s := newSlot(id)
		b.d.add(s)
		b.d.begin(s)
		b.d.ready(s, nil, nil)
		b.slots = append(b.slots, s)
	}
	return b
}

// submit sends a call, and returns its answer where it has one already.
func (b *bench) submit(name string, edit ...func(*function.Invocation)) *function.Result {
	b.asked++
	inv := &function.Invocation{ID: fmt.Sprint(b.asked), Function: name, Attempt: 1, Received: b.now}
	for _, e := range edit {
		e(inv)
	}
	before := len(b.answers)
	b.d.submit(inv, func(res *function.Result) { b.answers = append(b.answers, res) }, false)
	if len(b.answers) > before {
		return b.answers[before]
	}
	return nil
}

// turn has a runtime start what is next, which costs so much and then is answered.
func (b *bench) turn(s *slot, cost time.Duration) (name string) {
	volley, _ := b.d.next(s, nil)
	if len(volley) == 0 {
		return ""
	}
	t := volley[0] // it is not warm there, and so alone
	b.now = b.now.Add(cost)
	t.returned.Store(true)
	b.d.settle(t, okay())
	b.d.leave(s, &report{returned: []*ticket{t}, started: volley, rec: t.rec, spent: cost})
	return t.rec.name
}

func patientCall(inv *function.Invocation) { inv.Patient = true }

func prior(p function.Priority) func(*function.Manifest) {
	return func(m *function.Manifest) { m.Priority, m.Limits.Wall = p, time.Hour }
}

func quietConfig() Config {
	cfg := DefaultConfig()
	cfg.Node, cfg.Shed.Target = "n1", 0
	return cfg
}

// TestAFloodDelaysNobodyElse: the call that came last is the next but what runs.
func TestAFloodDelaysNobodyElse(t *testing.T) {
	cfg := quietConfig()
	cfg.Queue = 200_000
	b := newBench(t, 1, cfg, fn("flood", "1", patient), fn("calm", "1", patient))
	for range 100_000 {
		require.Nil(t, b.submit("flood"))
	}
	for range 50 {
		require.Equal(t, "flood", b.turn(b.slots[0], time.Millisecond))
	}
	for range 20 {
		require.Nil(t, b.submit("calm"))
		require.Equal(t, "calm", b.turn(b.slots[0], 10*time.Microsecond))
		require.Equal(t, "flood", b.turn(b.slots[0], time.Millisecond))
	}
}

// TestPrioritiesShareTheTime: by what calls cost, not by how many there are.
func TestPrioritiesShareTheTime(t *testing.T) {
	cfg := quietConfig()
	cfg.Queue = 200_000
	b := newBench(t, 1, cfg,
		fn("high", "1", prior(function.PriorityHigh)), fn("normal", "1", prior(function.PriorityNormal)),
		fn("dear", "1", prior(function.PriorityNormal)), fn("low", "1", prior(function.PriorityLow)))
	for range 10_000 {
		for _, name := range []string{"high", "normal", "dear", "low"} {
			b.submit(name, patientCall)
		}
	}
	spent := map[string]time.Duration{}
	cost := map[string]time.Duration{"high": time.Millisecond, "normal": time.Millisecond, "dear": 20 * time.Millisecond, "low": time.Millisecond}
	for range 5000 {
		volley, _ := b.d.next(b.slots[0], nil)
		t := volley[0]
		name := t.rec.name
		spent[name] += cost[name]
		t.returned.Store(true)
		b.d.settle(t, okay())
		b.d.leave(b.slots[0], &report{returned: []*ticket{t}, started: volley, rec: t.rec, spent: cost[name]})
	}
	require.InEpsilon(t, 4, float64(spent["high"])/float64(spent["normal"]), 0.05, "%v", spent)
	require.InEpsilon(t, 1, float64(spent["dear"])/float64(spent["normal"]), 0.05, "%v", spent)
	require.InEpsilon(t, 4, float64(spent["normal"])/float64(spent["low"]), 0.05, "%v", spent)
}

// TestOneFunctionDoesNotFillTheQueue: it is told its part, and others still get in.
func TestOneFunctionDoesNotFillTheQueue(t *testing.T) {
	cfg := quietConfig()
	cfg.Queue = 100
	b := newBench(t, 0, cfg, fn("flood", "1", patient), fn("calm", "1", patient))
	b.d.add(newSlot(0)) // it is being started
	queued := 0
	var refused *function.Result
	for refused == nil {
		if refused = b.submit("flood"); refused == nil {
			queued++
		}
	}
	require.Equal(t, 75, queued, "three quarters, while nobody else has anything")
	require.Equal(t, function.Overloaded, refused.Outcome)
	require.Contains(t, refused.Message, "function flood has its part of this node's queue (75 waiting, 75 of a queue of 100")
	require.Positive(t, refused.RetryAfter)
	require.Nil(t, b.submit("calm"))
	require.NotNil(t, b.submit("flood"))
	for range 12 {
		require.Nil(t, b.submit("calm"))
	}
	require.NotNil(t, b.submit("calm"), "as much as is free")
	require.EqualValues(t, 3, b.d.stats().FullFor)
	for b.d.queue.len() < 100 {
		require.Nil(t, b.submit("flood", patientCall), "what waits elsewhere otherwise may fill it")
	}
	refused = b.submit("flood", patientCall)
	require.Contains(t, refused.Message, "the queue of this node is full (100 of 100 waiting)")
	require.True(t, b.d.remove("calm"))
	for b.d.queue.len() < 100 {
		require.Nil(t, b.submit("flood"), "the only function may fill it")
	}
}

// TestShedding: at four times what can be served, calls are refused as they come, those
// that start have not waited for long, and patient ones wait.
func TestShedding(t *testing.T) {
	cfg := quietConfig()
	cfg.Shed = shed.Config{Target: 100 * time.Millisecond, Interval: 400 * time.Millisecond, Calls: 2}
	b := newBench(t, 1, cfg, fn("busy", "1", patient))
	atOnce, patientOnes := 0, 0
	for i := range 2000 {
		if res := b.submit("busy"); res != nil {
			require.Equal(t, function.Overloaded, res.Outcome)
			require.Contains(t, res.Message, "function busy has more calls than can be served: they wait")
			require.GreaterOrEqual(t, res.RetryAfter, cfg.RetryAfter)
			atOnce++
		}
		if i%100 == 0 {
			require.Nil(t, b.submit("busy", patientCall))
			patientOnes++
		}
		if i%4 == 0 {
			b.turn(b.slots[0], 5*time.Millisecond)
		}
	}
	require.Greater(t, atOnce, 1000)
	for b.turn(b.slots[0], 5*time.Millisecond) != "" {
	}
	for _, res := range b.answers {
		if res.Outcome != function.OK {
			require.Zero(t, res.Receipt.Queued)
		}
	}
	for _, res := range b.answers[len(b.answers)-500:] {
		if res.Outcome == function.OK {
			require.Less(t, res.Receipt.Queued, 2*cfg.Shed.Target, "it settles soon")
		}
	}
	require.Len(t, b.answers, 2000+patientOnes)
	require.EqualValues(t, atOnce, b.d.stats().Shed)
}

// TestATargetIsNoShorterThanItsCalls: a few long calls in a queue are no overload.
func TestATargetIsNoShorterThanItsCalls(t *testing.T) {
	cfg := quietConfig()
	cfg.Shed = shed.Config{Target: 100 * time.Millisecond, Interval: 400 * time.Millisecond, Calls: 16}
	b := newBench(t, 1, cfg, fn("long", "1", patient))
	for range 5 {
		require.Nil(t, b.submit("long"))
	}
	for range 40 { // five callers, one after another each
		require.Equal(t, "long", b.turn(b.slots[0], 300*time.Millisecond))
		require.Nil(t, b.submit("long"))
	}
	for _, res := range b.answers {
		require.Equal(t, function.OK, res.Outcome)
	}
}

// TestWhatMovesToAnIsolateOfItsOwnLeavesTheShared: and comes back.
func TestWhatMovesToAnIsolateOfItsOwnLeavesTheShared(t *testing.T) {
	dedicatedFn := func(m *function.Manifest) { m.Dedicated = true }
	b := newBench(t, 1, quietConfig(), fn("a", "1", patient), fn("b", "1", patient))
	require.Nil(t, b.submit("a"))
	require.Nil(t, b.submit("b"))
	require.NoError(t, b.d.deploy(fn("a", "2", patient, dedicatedFn)))
	require.Equal(t, "b", b.turn(b.slots[0], time.Millisecond))
	require.Empty(t, b.turn(b.slots[0], time.Millisecond))
	require.NoError(t, b.d.deploy(fn("a", "3", patient)))
	require.Equal(t, "a", b.turn(b.slots[0], time.Millisecond))
}

// TestTenThousandFunctions: each has its turn, in time.
func TestTenThousandFunctions(t *testing.T) {
	const n = 10_000
	cfg := quietConfig()
	cfg.Queue = 4 * n
	b := newBench(t, 1, cfg)
	records := make(map[string]*record, n) // one by one, each deploy would copy the map
	for i := range n {
		rec := newRecord(fmt.Sprint(i), i)
		rec.current.Store(&deployed{served: served{fn: fn(rec.name, "1", patient), counts: &counts{}}})
		records[rec.name] = rec
	}
	b.d.registry.records.Store(&records)
	b.d.registry.deployed.Store(n)
	for range 2 {
		for i := range n {
			require.Nil(t, b.submit(fmt.Sprint(i)))
		}
	}
	seen := map[string]int{}
	for range n {
		seen[b.turn(b.slots[0], 10*time.Microsecond)]++
	}
	require.Len(t, seen, n, "each once before any twice")
}
