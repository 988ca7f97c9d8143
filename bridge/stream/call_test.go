package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/call"
	"github.com/isolane/isolane/bridge/hostnats"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// caller is who calls in these tests: functions of another node.
func (r *rig) caller(t *testing.T, change func(*hostnats.Config)) *hostnats.Host {
	t.Helper()
	cfg := hostnats.DefaultConfig()
	cfg.CallSilence, cfg.CallNobody = patience, patience
	if change != nil {
		change(&cfg)
	}
	h, err := hostnats.New(r.connect(t), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close()) })
	return h
}

// from is an invocation of the function "web", at its n-th call.
func from(id string, n int) hostcap.Caller {
	return hostcap.Caller{Function: "web", Invocation: id, Call: n, Deadline: time.Now().Add(patience)}
}

func toPay(key, args string) hostcap.Call {
	return hostcap.Call{Function: "pay", Key: key, Method: "add", Args: []byte(args)}
}

func requireKind(t *testing.T, kind hostcap.Kind, err error, has string) {
	t.Helper()
	var known *hostcap.Error
	require.ErrorAs(t, err, &known)
	require.Equal(t, kind, known.Kind, known.Message)
	require.Contains(t, known.Message, has)
}

// Calls and messages of a key are turns of one lane: they never overlap, each sees the state
// that the one before left, and a call is answered when its state is committed.
func TestCallsAreTurns(t *testing.T) {
	r := newRig(t)
	r.ttl = patience
	j := &turns{busy: map[string]bool{}}
	var mu sync.Mutex
	ran := map[string][]string{}
	run := func(inv *function.Invocation, done func(*function.Result)) {
		key := inv.Keyed.ID
		mu.Lock()
		ran[key] = append(ran[key], string(inv.Payload))
		mu.Unlock()
		time.AfterFunc(rand.N(3*time.Millisecond), func() {
			j.over(key)
			done(fold(inv))
		})
	}
	m := r.joinKeyed(t, new(lease.Memory), "a", member{run: func(inv *function.Invocation, done func(*function.Result)) {
		j.start(inv.Keyed.ID)
		run(inv, done)
	}}, byKey(nil), nil)
	r.hasKeys(t, 1)
	h := r.caller(t, nil)
	const keys, each = 4, 25
	var working sync.WaitGroup
	for key := range keys {
		k := fmt.Sprint("k", key)
		working.Go(func() {
			for n := range each {
				_, err := r.js.Publish(context.Background(), "orders."+k+".new", fmt.Appendf(nil, `"m%d"`, n))
				if err != nil {
					t.Error(err)
				}
			}
		})
		working.Go(func() {
			for n := range each {
				args := fmt.Sprintf(`"c%d"`, n)
				answer, err := h.Call(context.Background(), from(k, n), toPay(k, args))
				if err != nil || answer.Outcome != function.OK {
					t.Error(answer, err)
					return
				}
				var f folded
				if err := json.Unmarshal(answer.Value, &f); err != nil || f.Last != args {
					t.Errorf("%s answered %s: %v", args, answer.Value, err)
				}
				if _, got, _ := r.stateOf(t, k); got.Count < f.Count {
					t.Errorf("answered %d, and the bucket has %d", f.Count, got.Count)
				}
			}
		})
	}
	working.Wait()
	for key := range keys {
		k := fmt.Sprint("k", key)
		r.waitFor(t, "the state of "+k, func() (bool, any) {
			_, f, _ := r.stateOf(t, k)
			return f.Count == 2*each, f
		})
		mu.Lock()
		_, f, _ := r.stateOf(t, k)
		require.Equal(t, foldAll(ran[k]), f)
		mu.Unlock()
	}
	require.Empty(t, j.overlaps())
	r.unacked(t)
	require.EqualValues(t, keys*each, m.Stats()[0].CallOutcomes[function.OK])
	require.NoError(t, m.Drain(t.Context()))
}

// turns sees whether two turns of a key overlap. Safe for concurrent use.
type turns struct {
	mu     sync.Mutex
	busy   map[string]bool
	faults []string
}

func (j *turns) start(key string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.busy[key] {
		j.faults = append(j.faults, key+" overlaps")
	}
	j.busy[key] = true
}

func (j *turns) over(key string) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.busy[key] = false
}

func (j *turns) overlaps() []string {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.faults
}

// The same call is run once where it has changed the state, also by the member that takes the
// keys over; one that has not, or whose arguments are others, is run.
func TestCallsOnce(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	var ran seen
	counting := answers(func(inv *function.Invocation) *function.Result {
		ran.add(inv)
		if inv.Keyed.Method == "read" {
			return &function.Result{Outcome: function.OK, Body: []byte(`"read"`)}
		}
		return fold(inv)
	})
	h := r.caller(t, nil)
	first := ""
	for n := range 2 {
		m := r.joinKeyed(t, store, fmt.Sprint("n", n), counting, byKey(nil), nil)
		r.hasKeys(t, n+1)
		for range 2 {
			answer, err := h.Call(t.Context(), from("i", 1), toPay("a", `"x"`))
			require.NoError(t, err)
			require.Equal(t, function.OK, answer.Outcome, answer.Message)
			if first == "" {
				first = string(answer.Value)
			}
			require.Equal(t, first, string(answer.Value))
			require.Len(t, ran.all(), 1+2*n)
		}
		for range 2 {
			read := toPay("a", "")
			read.Method = "read"
			answer, err := h.Call(t.Context(), from("i", 2), read)
			require.NoError(t, err)
			require.Equal(t, `"read"`, string(answer.Value))
		}
		require.Len(t, ran.all(), 3+2*n)
		require.NoError(t, m.Drain(t.Context()))
	}
	m := r.joinKeyed(t, store, "last", counting, byKey(nil), nil)
	own := toPay("a", `"x"`)
	own.ID = "mine"
	for n := range 3 { // whatever invocation it is of
		_, err := h.Call(t.Context(), from(fmt.Sprint("other", n), 1), own)
		require.NoError(t, err)
		require.Len(t, ran.all(), 6)
	}
	other := own
	other.Args = []byte(`"y"`)
	_, err := h.Call(t.Context(), from("other", 1), other)
	require.NoError(t, err)
	_, f, _ := r.stateOf(t, "a")
	require.Equal(t, foldAll([]string{`"x"`, `"x"`, `"y"`}), f)
	require.NoError(t, m.Drain(t.Context()))
}

// A call of a key that its own chain waits for is refused before it is sent, and so is one that
// crosses another: what runs of its key waits for one that waits for it.
func TestCallCycles(t *testing.T) {
	r := newRig(t)
	h := r.caller(t, nil)
	self := from("i", 1)
	self.Function, self.Key = "pay", "a"
	_, err := h.Call(t.Context(), self, toPay("a", ""))
	requireKind(t, hostcap.Cycle, err, "pay/a > pay/a")
	chained := from("i", 1)
	chained.Header = function.Header{bridge.HeaderCallers: {"pay/a,web"}, bridge.HeaderHops: {"2"}}
	_, err = h.Call(t.Context(), chained, toPay("a", ""))
	requireKind(t, hostcap.Cycle, err, "pay/a > web > web > pay/a")
	chained.Header[bridge.HeaderHops] = []string{"32"}
	_, err = h.Call(t.Context(), chained, toPay("b", ""))
	requireKind(t, hostcap.Loop, err, "raise runtimes.maxHops")

	running, hold := make(chan struct{}, 1), make(chan struct{})
	d := member{run: func(inv *function.Invocation, done func(*function.Result)) {
		go func() {
			if string(inv.Payload) == `"hold"` {
				running <- struct{}{}
				<-hold
			}
			done(fold(inv))
		}()
	}}
	m := r.join(t, d)
	m.deps.KeyedLeases = leases{Store: new(lease.Memory), name: "a", conn: m.deps.Conn}
	m.deps.WaitsFor = func(string) []string { return []string{"web/7"} }
	m.Set([]Trigger{byKey(nil)})
	held := make(chan error, 1)
	go func() { _, err := h.Call(context.Background(), from("i", 1), toPay("a", `"hold"`)); held <- err }()
	<-running
	crossing := from("j", 1)
	crossing.Key = "7"
	_, err = h.Call(t.Context(), crossing, toPay("a", `"x"`))
	requireKind(t, hostcap.Cycle, err, "neither would end")
	crossing.Key = "8"
	behind := make(chan error, 1)
	go func() { _, err := h.Call(context.Background(), crossing, toPay("a", `"y"`)); behind <- err }()
	r.waitFor(t, "it to be queued", func() (bool, any) { s := m.Stats()[0]; return s.Calls == 3, s })
	close(hold)
	require.NoError(t, <-held)
	require.NoError(t, <-behind)
	_, f, _ := r.stateOf(t, "a")
	require.Equal(t, foldAll([]string{`"hold"`, `"y"`}), f)
	require.NoError(t, m.Drain(t.Context()))
}

// A call whose time is over when its turn comes is not run; its caller has been told by then.
func TestCallDeadline(t *testing.T) {
	r := newRig(t)
	var ran seen
	running, hold := make(chan struct{}, 1), make(chan struct{})
	m := r.joinKeyed(t, new(lease.Memory), "a", member{run: func(inv *function.Invocation, done func(*function.Result)) {
		ran.add(inv)
		go func() {
			if string(inv.Payload) == "hold" {
				running <- struct{}{}
				<-hold
			}
			done(fold(inv))
		}()
	}}, byKey(nil), nil)
	h := r.caller(t, nil)
	r.publish(t, "orders.a.new", "hold")
	<-running
	late := toPay("a", `"late"`)
	late.Wait = 30 * time.Millisecond
	_, err := h.Call(t.Context(), from("i", 1), late)
	requireKind(t, hostcap.Timeout, err, "whether it was run is not known")
	aborted, abort := context.WithCancel(t.Context())
	abort()
	_, err = h.Call(aborted, from("i", 2), toPay("a", `"aborted"`))
	requireKind(t, hostcap.Aborted, err, "aborted")
	r.waitFor(t, "the late one to be there", func() (bool, any) { s := m.Stats()[0]; return s.Calls > 0, s })
	there := time.Now() // its time is counted from when it came
	r.waitFor(t, "its time to be over", func() (bool, any) { return time.Since(there) > late.Wait, nil })
	close(hold)
	answer, err := h.Call(t.Context(), from("i", 3), toPay("a", `"x"`))
	require.NoError(t, err)
	require.Equal(t, function.OK, answer.Outcome)
	for _, inv := range ran.all() {
		require.NotEqual(t, `"late"`, string(inv.Payload))
	}
	require.Positive(t, m.Stats()[0].CallOutcomes[function.Timeout])
	require.NoError(t, m.Drain(t.Context()))
}

// Who calls a member that is gone, or says nothing, is told that nobody knows; while nobody has
// the keys the call waits, and is run by who gets them.
func TestCallDeadMember(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	h := r.caller(t, func(c *hostnats.Config) { c.CallSilence = 500 * time.Millisecond })
	running := make(chan struct{}, 1)
	m := r.joinKeyed(t, store, "a", member{run: func(*function.Invocation, func(*function.Result)) { running <- struct{}{} }}, byKey(nil), nil)
	failed := make(chan error, 1)
	go func() { _, err := h.Call(context.Background(), from("i", 1), toPay("a", `"x"`)); failed <- err }()
	<-running
	m.deps.Conn.Close()
	kill(m)
	requireKind(t, hostcap.Lost, <-failed, "whether the call was run, and its state committed, is not known")

	come := make(chan error, 1)
	go func() { _, err := h.Call(context.Background(), from("i", 2), toPay("a", `"y"`)); come <- err }()
	m = r.joinKeyed(t, store, "b", answers(fold), byKey(nil), nil)
	require.NoError(t, <-come)
	_, f, _ := r.stateOf(t, "a")
	require.Equal(t, foldAll([]string{`"y"`}), f)

	// A drain answers what runs, and hands on what waits.
	require.NoError(t, m.Drain(t.Context()))
	nobody := r.caller(t, func(c *hostnats.Config) { c.CallNobody = 100 * time.Millisecond })
	_, err := nobody.Call(t.Context(), from("i", 3), toPay("a", `"z"`))
	requireKind(t, hostcap.NoResponders, err, "no member has the keys of pay")
	short := toPay("a", `"z"`)
	short.Wait = 30 * time.Millisecond
	_, err = h.Call(t.Context(), from("i", 4), short)
	requireKind(t, hostcap.Timeout, err, "the call was not run")
}

// What waits in a lane while its member drains is run by the next one, once.
func TestCallsMove(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	h := r.caller(t, nil)
	running, hold := make(chan struct{}, 5), make(chan struct{})
	m := r.joinKeyed(t, store, "a", member{run: func(inv *function.Invocation, done func(*function.Result)) {
		go func() {
			running <- struct{}{}
			<-hold
			done(fold(inv))
		}()
	}}, byKey(nil), nil)
	results := make(chan error, 5)
	go func() { _, err := h.Call(context.Background(), from("i", 0), toPay("a", `0`)); results <- err }()
	<-running
	for n := range 4 {
		go func() {
			_, err := h.Call(context.Background(), from("i", n+1), toPay("a", fmt.Sprint(n+1)))
			results <- err
		}()
	}
	r.waitFor(t, "four to wait", func() (bool, any) { s := m.Stats()[0]; return s.Calls == 5, s })
	drained := make(chan error, 1)
	go func() { drained <- m.Drain(context.Background()) }()
	r.joinKeyed(t, store, "b", answers(fold), byKey(nil), nil)
	close(hold)
	require.NoError(t, <-drained)
	for range 5 {
		require.NoError(t, <-results)
	}
	_, f, _ := r.stateOf(t, "a")
	require.Equal(t, 5, f.Count)
}

// What comes in the place of a call is answered, or left alone.
func TestCallsFromOutside(t *testing.T) {
	r := newRig(t)
	m := r.joinKeyed(t, new(lease.Memory), "a", answers(fold), byKey(nil), nil)
	r.hasKeys(t, 1)
	answer, err := r.conn.Request(call.Subject("isolane", "pay", "a"), []byte("{}"), patience)
	require.NoError(t, err)
	got, _, err := call.ReadReply(answer)
	require.NoError(t, err)
	require.Equal(t, function.BadRequest, got.Outcome)
	require.Contains(t, got.Message, "use ctx.call")
	require.NoError(t, r.conn.Publish(call.Subject("isolane", "pay", "a"), nil))
	msg := nats.NewMsg(call.Subject("isolane", "pay", "a"))
	for name, value := range map[string]string{
		bridge.HeaderInvocation: "i", call.HeaderKey: "a", call.HeaderMethod: "add", bridge.HeaderCallers: "pay/a",
	} {
		msg.Header.Set(name, value)
	}
	answer, err = r.conn.RequestMsg(msg, patience)
	require.NoError(t, err)
	got, _, err = call.ReadReply(answer)
	require.NoError(t, err)
	require.Contains(t, got.Message, "waits for this call itself")
	_, _, there := r.stateOf(t, "a")
	require.False(t, there)
	require.NoError(t, m.Drain(t.Context()))
}

// A call that fails leaves nothing behind, nor does one whose answer or state is too large.
func TestCallsThatFail(t *testing.T) {
	r := newRig(t)
	large := []byte(`"` + strings.Repeat("x", int(r.conn.MaxPayload())) + `"`)
	m := r.joinKeyed(t, new(lease.Memory), "a", answers(func(inv *function.Invocation) *function.Result {
		res := fold(inv)
		switch string(inv.Payload) {
		case `"throw"`:
			res = function.Failure(function.Exception, "Own: no")
			res.Thrown, res.Stack = &function.Thrown{Name: "Own", Message: "no", Code: `"E"`}, "Own: no\n at f"
		case `"answer"`:
			res.Body = large
		case `"state"`:
			res.State.State = large
		case `"busy"`:
			res = function.Failure(function.Overloaded, "full")
		case `"crash"`:
			res = function.Failure(function.Crashed, "another was the cause")
		}
		return res
	}), byKey(nil), nil)
	h := r.caller(t, nil)
	for n, c := range []struct {
		args string
		kind hostcap.Kind
		has  string
	}{
		{`"answer"`, hostcap.TooLarge, "what add returned"},
		{`"state"`, hostcap.TooLarge, "the state of"},
		{`"busy"`, hostcap.Overloaded, "full"},
		{`"crash"`, hostcap.Lost, "another was the cause"},
	} {
		_, err := h.Call(t.Context(), from("i", n), toPay("a", c.args))
		requireKind(t, c.kind, err, c.has)
	}
	answer, err := h.Call(t.Context(), from("i", 9), toPay("a", `"throw"`))
	require.NoError(t, err)
	require.Equal(t, hostcap.Answer{
		Outcome: function.Exception, Message: "Own: no", Stack: "Own: no\n at f",
		Thrown: &function.Thrown{Name: "Own", Message: "no", Code: `"E"`},
	}, answer)
	_, _, there := r.stateOf(t, "a")
	require.False(t, there)
	require.NoError(t, m.Drain(t.Context()))
}
