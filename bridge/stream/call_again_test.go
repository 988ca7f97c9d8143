package stream

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// A call that is made again is answered while its answer is kept, and refused when it is not, or
// when nobody can tell; it is not applied twice, also by the member that takes the key over. What is
// made for the first time is never refused, nor what only reads.
func TestCallsMadeAgainLate(t *testing.T) {
	r := newRig(t)
	r.ttl = patience
	store := new(lease.Memory)
	run := answers(func(inv *function.Invocation) *function.Result {
		if inv.Keyed.Method == "read" {
			return &function.Result{Outcome: function.OK, Body: []byte(`"read"`)}
		}
		return fold(inv)
	})
	m := r.joinKeyed(t, store, "n0", run, byKey(nil), nil)
	r.hasKeys(t, 1)
	h := r.caller(t, nil)
	began, count := time.Now(), 0
	others := func(n int) {
		var calling sync.WaitGroup
		for worker := range 8 {
			calling.Go(func() {
				for i := worker; i < n; i += 8 {
					if answer, err := h.Call(context.Background(), from(fmt.Sprint("other", count+i), 1), toPay("a", `"o"`)); err != nil || answer.Outcome != function.OK {
						t.Error(answer, err)
					}
				}
			})
		}
		calling.Wait()
		count += n
	}
	first := toPay("a", `"x"`)
	again := from("i", 1)
	again.Since = began
	named := toPay("b", `"x"`)
	named.ID = "pay-7"
	for _, c := range []hostcap.Call{first, named} {
		_, err := h.Call(t.Context(), from("i", 1), c)
		require.NoError(t, err)
	}
	answer, err := h.Call(t.Context(), again, first)
	require.NoError(t, err)
	require.Equal(t, function.OK, answer.Outcome)

	others(rememberedCalls)
	_, err = h.Call(t.Context(), again, first)
	requireKind(t, hostcap.Applied, err, "pay/a.add is in the state")
	for n := range rememberedCalls {
		_, err := h.Call(t.Context(), from(fmt.Sprint("b", n), 1), toPay("b", `"o"`))
		require.NoError(t, err)
	}
	_, err = h.Call(t.Context(), from("another", 1), named)
	requireKind(t, hostcap.Applied, err, "pay/b.add is in the state")

	others((stubBatches + 1) * stubBatch)
	for n := range 2 {
		_, err = h.Call(t.Context(), again, first)
		requireKind(t, hostcap.Forgotten, err, "it was not applied now")
		never := again
		never.Invocation = "never"
		_, err = h.Call(t.Context(), never, first)
		requireKind(t, hostcap.Forgotten, err, "pay/a.add may be in the state")
		read := toPay("a", "")
		read.Method = "read"
		answer, err = h.Call(t.Context(), again, read)
		require.NoError(t, err)
		require.Equal(t, `"read"`, string(answer.Value))
		others(1)
		late := from(fmt.Sprint("late", n), 1)
		late.Since = time.Now().Add(2 * callSkew) // it began when all that is forgotten was applied
		_, err = h.Call(t.Context(), late, first)
		require.NoError(t, err)
		require.EqualValues(t, 4-2*n, m.Stats()[0].Forgotten)
		if n == 0 {
			require.NoError(t, m.Drain(t.Context()))
			m = r.joinKeyed(t, store, "n1", run, byKey(nil), nil)
		}
	}
	_, f, _ := r.stateOf(t, "a")
	require.Equal(t, 1+count+2, f.Count)
	require.NoError(t, m.Drain(t.Context()))
}

// sinces collects what runs say of the runs before them, by their payloads.
type sinces struct {
	mu  sync.Mutex
	all map[string][]time.Time // guarded by mu
}

func (s *sinces) add(inv *function.Invocation) (n int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.all == nil {
		s.all = map[string][]time.Time{}
	}
	payload := string(inv.Payload)
	s.all[payload] = append(s.all[payload], bridge.Since(inv.Header))
	return len(s.all[payload])
}

func (s *sinces) of(payload string) []time.Time {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]time.Time(nil), s.all[payload]...)
}

// The first run of a message says that it is the first, and every other one when the first can
// have begun: one that failed, one whose isolate was lost, and one that a dead member had.
func TestRunsSayWhichIsTheFirst(t *testing.T) {
	for name, trigger := range map[string]Trigger{
		"keyed": byKey(nil),
		"order": inOrder(func(s *function.Stream) { s.Backoff = []time.Duration{5 * time.Millisecond} }),
		"plain": orders(func(s *function.Stream) { s.Backoff = []time.Duration{5 * time.Millisecond} }),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			var said sinces
			m := r.join(t, answers(func(inv *function.Invocation) *function.Result {
				res := &function.Result{Outcome: function.OK}
				switch n := said.add(inv); {
				case string(inv.Payload) == "failing" && n < 3:
					res = function.Failure(function.Exception, "no")
				case string(inv.Payload) == "beside" && n < 2:
					res = function.Failure(function.Crashed, "another was the cause")
					res.Loss = &function.Loss{Isolate: "i"}
				}
				return res
			}))
			m.deps.Leases = leases{Store: new(lease.Memory), name: "a", conn: m.deps.Conn, ttl: patience}
			m.deps.KeyedLeases = m.deps.Leases
			m.Set([]Trigger{trigger})
			before := time.Now().Add(-time.Second)
			for _, payload := range []string{"fine", "failing", "beside"} {
				msg := nats.NewMsg("orders." + payload + ".new")
				msg.Data = []byte(payload)
				msg.Header.Set(bridge.HeaderSince, "7") // from outside it says nothing
				_, err := r.js.PublishMsg(t.Context(), msg)
				require.NoError(t, err)
			}
			for payload, runs := range map[string]int{"fine": 1, "failing": 3, "beside": 2} {
				r.waitFor(t, payload, func() (bool, any) { return len(said.of(payload)) >= runs, said.of(payload) })
				for n, since := range said.of(payload) {
					require.Equal(t, n == 0, since.IsZero(), "%s, run %d: %s", payload, n, since)
					if n > 0 {
						require.True(t, since.After(before), "%s is long ago", since)
					}
				}
			}
			require.NoError(t, m.Drain(t.Context()))
		})
	}
}

// Whoever takes the keys over says of what the one before was given that it may have been run, and
// of nothing else, also where another one had them in between and was given nothing.
func TestRunsOfADeadMember(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	taken := make(chan struct{}, 1)
	dead := r.joinKeyed(t, store, "dead", member{run: func(*function.Invocation, func(*function.Result)) {
		select {
		case taken <- struct{}{}:
		default:
		}
	}}, byKey(nil), nil)
	r.publish(t, "orders.a.new", "given")
	<-taken
	kill(dead)
	between := r.joinKeyed(t, store, "between", member{run: func(*function.Invocation, func(*function.Result)) {}, room: func() int { return 0 }}, byKey(nil), nil)
	r.hasKeys(t, 2)
	kill(between)
	r.ttl = 3 * time.Second
	r.publish(t, "orders.b.new", "new")
	var said sinces
	m := r.joinKeyed(t, store, "last", answers(func(inv *function.Invocation) *function.Result {
		said.add(inv)
		return fold(inv)
	}), byKey(nil), nil)
	for payload, first := range map[string]bool{"given": false, "new": true} {
		r.waitFor(t, payload, func() (bool, any) { return len(said.of(payload)) == 1, said.of(payload) })
		require.Equal(t, first, said.of(payload)[0].IsZero(), payload)
	}
	require.NoError(t, m.Drain(t.Context()))
}
