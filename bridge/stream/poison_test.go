package stream

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
)

// jail stands for the isolates of a cluster: messages wait in them until those that kill have
// done so as often as they may, and all that wait in an isolate that dies are told.
type jail struct {
	mu      sync.Mutex
	waiting map[string]map[*function.Invocation]func(*function.Result) // by member
	kills   int
	most    int
	runs    map[string][]int // attempts, by payload
	// struck has the number of each kill.
	struck chan int
}

func newJail(most int) *jail {
	return &jail{waiting: map[string]map[*function.Invocation]func(*function.Result){}, most: most, runs: map[string][]int{}, struck: make(chan int, 100)}
}

func (j *jail) member(name string) member {
	return member{run: func(inv *function.Invocation, done func(*function.Result)) { j.run(name, inv, done) }}
}

func payload(inv *function.Invocation) string {
	if len(inv.Batch) == 1 {
		return string(inv.Batch[0].Payload)
	}
	return string(inv.Payload)
}

func (j *jail) run(name string, inv *function.Invocation, done func(*function.Result)) {
	word := payload(inv)
	j.mu.Lock()
	j.runs[word] = append(j.runs[word], inv.Attempt)
	switch {
	case word != "killer" && j.kills >= j.most:
		j.mu.Unlock()
		done(ok(inv))
		return
	case word != "killer":
		if j.waiting[name] == nil {
			j.waiting[name] = map[*function.Invocation]func(*function.Result){}
		}
		j.waiting[name][inv] = done
		j.mu.Unlock()
		return
	}
	j.kills++
	kills, rest := j.kills, j.waiting[name]
	j.waiting[name] = nil
	j.mu.Unlock()
	isolate := fmt.Sprintf("%s/runtime-0#%d", name, kills)
	culprit := function.Failure(function.ExceededCPU, "too long")
	culprit.Loss = &function.Loss{Isolate: isolate, Suspect: true, Cause: "exceeded-cpu: too long"}
	done(culprit)
	for _, innocent := range rest {
		res := function.Failure(function.Crashed, "another one")
		res.Loss = &function.Loss{Isolate: isolate, Cause: "exceeded-cpu of another"}
		innocent(res)
	}
	j.struck <- kills
}

// Of the messages in an isolate that dies, the one that was running is suspected, and is a dead
// letter when it has ended two, wherever they were; those beside it are run again at once, and
// no attempt of theirs is counted. So for every trigger, and where the member dies in between.
func TestAKillerAmongInnocents(t *testing.T) {
	const innocents = firstWindow - 1
	join := map[string]func(t *testing.T, r *rig, store lease.Store, name string, d Dispatcher, backoff time.Duration) *Triggers{
		"plain": func(t *testing.T, r *rig, _ lease.Store, _ string, d Dispatcher, backoff time.Duration) *Triggers {
			t.Helper()
			return r.join(t, d, orders(func(s *function.Stream) { s.Backoff, s.AckWait = []time.Duration{backoff}, time.Second }))
		},
		"in order": func(t *testing.T, r *rig, store lease.Store, name string, d Dispatcher, backoff time.Duration) *Triggers {
			t.Helper()
			return r.joinInOrder(t, store, name, d, inOrder(func(s *function.Stream) { s.Backoff = []time.Duration{backoff} }))
		},
		"keyed": func(t *testing.T, r *rig, store lease.Store, name string, d Dispatcher, backoff time.Duration) *Triggers {
			t.Helper()
			return r.joinKeyed(t, store, name, d, byKey(func(s *function.Stream) { s.Backoff = []time.Duration{backoff} }), nil)
		},
		"batches": func(t *testing.T, r *rig, _ lease.Store, _ string, d Dispatcher, backoff time.Duration) *Triggers {
			t.Helper()
			return r.join(t, d, batches(2, func(s *function.Stream) {
				s.Batch.Wait, s.Batch.Bytes, s.Backoff, s.AckWait = time.Millisecond, 1, []time.Duration{backoff}, time.Second
			}))
		},
	}
	for name, join := range join {
		for _, dies := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, member dies %v", name, dies), func(t *testing.T) {
				r := newRig(t)
				store, j := new(lease.Memory), newJail(2)
				for n := range innocents {
					r.publish(t, fmt.Sprintf("orders.%d.new", n), fmt.Sprint(n))
				}
				backoff := 50 * time.Millisecond
				if dies {
					backoff = 2 * time.Second
				}
				m := join(t, r, store, "a", j.member("a"), backoff)
				r.waitFor(t, "the innocents to wait in one isolate", func() (bool, any) {
					j.mu.Lock()
					defer j.mu.Unlock()
					return len(j.waiting["a"]) == innocents, len(j.waiting["a"])
				})
				killer := r.publish(t, "orders.100.new", "killer")
				require.Equal(t, 1, <-j.struck)
				if dies {
					r.waitFor(t, "the kill to be noted", func() (bool, any) {
						kv, err := r.js.KeyValue(t.Context(), testConfig().Notes)
						if err != nil {
							return false, err
						}
						keys, err := kv.Keys(t.Context())
						return len(keys) == 1, err
					})
					kill(m)
					join(t, r, store, "b", j.member("b"), backoff)
				}
				require.Equal(t, 2, <-j.struck)
				box := deadletter.New(r.js, deadletter.DefaultConfig())
				r.waitFor(t, "all to be dealt with", func() (bool, any) {
					s, err := r.js.Stream(t.Context(), "ORDERS")
					if err != nil {
						return false, err
					}
					var state []any
					done := false
					all := s.ListConsumers(t.Context())
					for info := range all.Info() {
						state = append(state, *info)
						done = info.NumAckPending == 0 && info.NumPending == 0 && info.AckFloor.Stream == killer
					}
					return done && len(state) == 1, state
				})
				letters := 0
				for l, err := range box.All(t.Context(), deadletter.Filter{}) {
					require.NoError(t, err)
					letters++
					require.Equal(t, "killer", string(l.Payload))
					require.Equal(t, function.Crashed, l.Outcome)
					second := "a"
					if dies {
						second = "b"
					}
					require.Equal(t, fmt.Sprintf("the message killed 2 isolates: a/runtime-0#1 (exceeded-cpu: too long); %s/runtime-0#2 (exceeded-cpu: too long)", second), l.Error)
				}
				require.Equal(t, 1, letters)
				j.mu.Lock()
				defer j.mu.Unlock()
				require.Len(t, j.runs["killer"], 2)
				for n := range innocents {
					attempts := j.runs[fmt.Sprint(n)]
					require.GreaterOrEqual(t, len(attempts), 2)
					if !dies {
						for _, a := range attempts {
							require.Equal(t, 1, a, "an innocent's attempt was counted: %v", attempts)
						}
					}
				}
			})
		}
	}
}

// What nobody is known to end is run at once only so often, and then waits.
func TestSparedOnlySoOften(t *testing.T) {
	r := newRig(t)
	var got seen
	m := r.join(t, answers(func(inv *function.Invocation) *function.Result {
		if got.add(inv) > 40 {
			return ok(inv)
		}
		res := function.Failure(function.Crashed, "the isolate died")
		res.Loss = &function.Loss{Isolate: "a/runtime-0#1", Cause: "nobody knows"}
		return res
	}), orders(func(s *function.Stream) { s.Backoff = []time.Duration{time.Millisecond} }))
	r.publish(t, "orders.1.new", "x")
	r.settled(t, 1)
	runs := got.all()
	require.Len(t, runs, 41)
	last := runs[len(runs)-1].Attempt
	require.Equal(t, 3, last, "17 runs for each delivery")
	require.EqualValues(t, 16+16+6, m.Stats()[0].Spared)
	require.NoError(t, m.Drain(context.WithoutCancel(t.Context())))
}
