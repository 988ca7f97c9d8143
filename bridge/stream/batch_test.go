package stream

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/jsruntime/function"
)

// batches is a trigger that takes size messages at a time.
func batches(size int, change func(*function.Stream)) Trigger {
	return orders(func(s *function.Stream) {
		s.Subject, s.Batch = "orders.>", &function.Batch{Size: size, Wait: 50 * time.Millisecond}
		s.Backoff = []time.Duration{time.Millisecond}
		if change != nil {
			change(s)
		}
	})
}

// says answers a batch with a verdict for each message.
func says(inv *function.Invocation, f func(function.Message) function.Verdict) *function.Result {
	res := &function.Result{Outcome: function.OK}
	for _, m := range inv.Batch {
		res.Verdicts = append(res.Verdicts, f(m))
	}
	return res
}

func has(inv *function.Invocation, payload string) bool {
	return slices.ContainsFunc(inv.Batch, func(m function.Message) bool { return string(m.Payload) == payload })
}

func TestMessagesComeInBatches(t *testing.T) {
	r := newRig(t)
	for i := range 25 {
		r.publish(t, fmt.Sprintf("orders.%d.new", i), fmt.Sprint(i))
	}
	var got seen
	m := r.join(t, answers(func(inv *function.Invocation) *function.Result { got.add(inv); return ok(inv) }),
		batches(10, func(s *function.Stream) { s.Batch.Wait = 300 * time.Millisecond }))
	r.settled(t, 25)
	all := got.all()
	sizes, ids, next := []int{}, map[string]bool{}, 0
	for _, inv := range all {
		sizes = append(sizes, len(inv.Batch))
		require.Empty(t, inv.Payload)
		require.True(t, inv.Kept)
		require.False(t, ids[inv.ID], "each batch has an id")
		ids[inv.ID] = true
		for _, msg := range inv.Batch { // in the order of the stream
			require.Equal(t, fmt.Sprint(next), string(msg.Payload))
			require.Equal(t, fmt.Sprintf("orders.%d.new", next), msg.Subject)
			require.Equal(t, fmt.Sprint(next+1), msg.Header.Get("Nats-Sequence"))
			require.Equal(t, 1, msg.Attempt)
			require.NotEmpty(t, msg.ID)
			next++
		}
	}
	require.Equal(t, []int{10, 10, 5}, sizes)
	stats := m.Stats()[0]
	require.EqualValues(t, 3, stats.Batches)
	require.EqualValues(t, 25, stats.Received)
	require.EqualValues(t, 3, stats.Outcomes[function.OK])
	require.NoError(t, m.Drain(t.Context()))
}

// What the function says of a message counts for it alone, whatever becomes of the batch.
func TestVerdictsOfABatch(t *testing.T) {
	for _, outcome := range []function.Outcome{function.OK, function.Exception, function.Timeout, function.ExceededMemory} {
		t.Run(outcome.String(), func(t *testing.T) {
			r := newRig(t)
			for _, word := range []string{"ack", "retry", "reject", "silent"} {
				r.publish(t, "orders.1.new", word)
			}
			var got seen
			times := map[string][]time.Time{}
			var mu sync.Mutex
			m := r.join(t, answers(func(inv *function.Invocation) *function.Result {
				first := got.add(inv) == 1
				mu.Lock()
				defer mu.Unlock()
				for _, msg := range inv.Batch {
					times[string(msg.Payload)] = append(times[string(msg.Payload)], time.Now())
				}
				if !first {
					return ok(inv)
				}
				res := says(inv, func(m function.Message) function.Verdict {
					return map[string]function.Verdict{
						"ack": {Action: function.SaidAck}, "retry": {Action: function.SaidRetry, Delay: 300 * time.Millisecond},
						"reject": {Action: function.SaidReject, Reason: "no such order"},
					}[string(m.Payload)]
				})
				res.Outcome = outcome
				return res
			}), batches(4, nil))
			r.settled(t, 4)
			require.Len(t, times["ack"], 1)
			require.Len(t, times["reject"], 1)
			require.Len(t, times["retry"], 2)
			require.GreaterOrEqual(t, times["retry"][1].Sub(times["retry"][0]), 300*time.Millisecond, "not before its time")
			want := 1
			if outcome != function.OK {
				want = 2
			}
			require.Len(t, times["silent"], want)
			letters := r.letters(t)
			require.Len(t, letters, 1)
			require.Equal(t, function.BadRequest, letters[0].Outcome)
			require.Contains(t, letters[0].Error, "no such order")
			require.Equal(t, "reject", string(letters[0].Payload))
			require.EqualValues(t, 1, m.Stats()[0].DeadLetters)
		})
	}
}

// letters are the dead letters that there are.
func (r *rig) letters(t *testing.T) (all []*deadletter.Letter) {
	t.Helper()
	for l, err := range deadletter.New(r.js, deadletter.DefaultConfig()).All(t.Context(), deadletter.Filter{}) {
		if errors.Is(err, deadletter.ErrNoBox) {
			return nil
		}
		require.NoError(t, err)
		all = append(all, l)
	}
	return all
}

// One message that ruins each batch that it is in is the only one that is given up, by
// whatever end; the others are run to their end.
func TestPoisonInABatch(t *testing.T) {
	for _, outcome := range []function.Outcome{function.Exception, function.Timeout, function.ExceededCPU, function.ExceededMemory, function.BadRequest} {
		t.Run(outcome.String(), func(t *testing.T) {
			r := newRig(t)
			const n = 40
			for i := range n {
				word := fmt.Sprint(i)
				if i == 17 {
					word = "poison"
				}
				r.publish(t, "orders.1.new", word)
			}
			done := map[string]int{}
			with := []int{}
			var mu sync.Mutex
			r.join(t, answers(func(inv *function.Invocation) *function.Result {
				mu.Lock()
				defer mu.Unlock()
				if has(inv, "poison") {
					with = append(with, len(inv.Batch))
					return function.Failure(outcome, "poisoned")
				}
				for _, m := range inv.Batch {
					done[string(m.Payload)]++
				}
				return ok(inv)
			}), batches(40, func(s *function.Stream) { s.Deliveries = 4; s.Batch.Wait = time.Second }))
			r.settled(t, n)
			letters := r.letters(t)
			require.Len(t, letters, 1)
			require.Equal(t, "poison", string(letters[0].Payload))
			require.Equal(t, outcome, letters[0].Outcome)
			require.Len(t, done, n-1)
			for word, times := range done {
				require.Equal(t, 1, times, word)
			}
			require.Equal(t, 40, with[0])
			require.Equal(t, 1, with[len(with)-1], "alone at last: %v", with)
			require.True(t, slices.IsSortedFunc(with, func(a, b int) int { return b - a }), "%v", with)
		})
	}
}

// What the node, or another function, is to blame for does not count.
func TestBatchesThatDoNotCount(t *testing.T) {
	r := newRig(t)
	var got seen
	r.join(t, answers(func(inv *function.Invocation) *function.Result {
		if got.add(inv) <= 24 {
			return function.Failure([]function.Outcome{function.Overloaded, function.Crashed, function.Canceled}[len(inv.Batch)%3], "not its fault")
		}
		return ok(inv)
	}), batches(4, func(s *function.Stream) { s.Deliveries = 2 }))
	for range 4 {
		r.publish(t, "orders.1.new", "x")
	}
	r.settled(t, 4)
	require.Empty(t, r.letters(t))
}

func TestBatchesAreBoundedByBytes(t *testing.T) {
	r := newRig(t)
	large, small := strings.Repeat("x", 3000), strings.Repeat("y", 200)
	for _, body := range []string{small, small, large, small, large, large} {
		r.publish(t, "orders.1.new", body)
	}
	var got seen
	r.join(t, answers(func(inv *function.Invocation) *function.Result { got.add(inv); return ok(inv) }),
		batches(100, func(s *function.Stream) { s.Batch.Bytes = 2 * function.KiB }))
	r.settled(t, 6)
	count := 0
	for _, inv := range got.all() {
		bytes := 0
		for _, m := range inv.Batch {
			bytes += len(m.Payload)
			count++
		}
		require.True(t, bytes <= 2048 || len(inv.Batch) == 1, "%d bytes in %d messages", bytes, len(inv.Batch))
	}
	require.Equal(t, 6, count)
}

// Each message of a batch that runs for longer than the ack wait is told of, so that none
// is delivered again.
func TestBatchesAreTended(t *testing.T) {
	r := newRig(t)
	release := make(chan struct{})
	var got seen
	m := r.join(t, member{run: func(inv *function.Invocation, done func(*function.Result)) {
		got.add(inv)
		go func() {
			<-release
			done(ok(inv))
		}()
	}}, batches(5, func(s *function.Stream) { s.AckWait = time.Second }))
	for range 5 {
		r.publish(t, "orders.1.new", "x")
	}
	r.waitFor(t, "three words about each of five messages", func() (bool, any) { s := m.Stats()[0]; return s.Progress >= 15, s })
	close(release)
	r.settled(t, 5)
	require.Len(t, got.all(), 1)
	require.Zero(t, m.Stats()[0].Redelivered)
}

// A drain runs what waits for others at once; one that is cut off gives it back to others.
func TestBatchesAreDrained(t *testing.T) {
	r := newRig(t)
	forever := func(s *function.Stream) { s.Batch.Wait = 5 * time.Minute }
	var got seen
	first := r.join(t, answers(func(inv *function.Invocation) *function.Result { got.add(inv); return ok(inv) }), batches(100, forever))
	for range 3 {
		r.publish(t, "orders.1.new", "x")
	}
	r.waitFor(t, "three messages that wait", func() (bool, any) { s := first.Stats()[0]; return s.Held == 3, s })
	require.Empty(t, got.all())
	require.NoError(t, first.Drain(t.Context()))
	require.Len(t, got.all(), 1)
	require.Len(t, got.all()[0].Batch, 3)

	stuck := r.join(t, member{run: func(inv *function.Invocation, _ func(*function.Result)) { got.add(inv) }}, batches(2, forever))
	for range 3 {
		r.publish(t, "orders.1.new", "y")
	}
	r.waitFor(t, "a batch that runs and a message that waits", func() (bool, any) { s := stuck.Stats()[0]; return s.Held == 3 && s.Batches == 1, s })
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var drain *DrainError
	require.ErrorAs(t, stuck.Drain(ended), &drain)
	require.Equal(t, 3, drain.Given)
	r.join(t, answers(ok), batches(2, nil))
	r.settled(t, 6)
	require.Empty(t, r.letters(t))
}

// A message whose deadline passes while it waits for others is not run.
func TestDeadlineOfAMessageInABatch(t *testing.T) {
	r := newRig(t)
	var got seen
	r.join(t, answers(func(inv *function.Invocation) *function.Result { got.add(inv); return ok(inv) }),
		batches(10, func(s *function.Stream) { s.Batch.Wait = 400 * time.Millisecond }))
	msg := nats.NewMsg("orders.1.new")
	msg.Data = []byte("hurry")
	msg.Header.Set(bridge.HeaderDeadline, time.Now().Add(150*time.Millisecond).Format(time.RFC3339Nano))
	_, err := r.js.PublishMsg(t.Context(), msg)
	require.NoError(t, err)
	r.publish(t, "orders.1.new", "no hurry")
	r.settled(t, 2)
	for _, inv := range got.all() {
		require.False(t, has(inv, "hurry"))
	}
	letters := r.letters(t)
	require.Len(t, letters, 1)
	require.Equal(t, function.Timeout, letters[0].Outcome)
}

// Two members share what there is, and when one of them is gone the other has all of it.
func TestBatchesOfMembers(t *testing.T) {
	r := newRig(t)
	const n = 400
	var mu sync.Mutex
	runs, by := map[string]int{}, map[string]int{}
	count := func(who string) Dispatcher {
		return answers(func(inv *function.Invocation) *function.Result {
			mu.Lock()
			defer mu.Unlock()
			by[who] += len(inv.Batch)
			for _, m := range inv.Batch {
				runs[m.ID]++
			}
			return ok(inv)
		})
	}
	a := r.join(t, count("a"), batches(7, nil))
	r.join(t, count("b"), batches(7, nil))
	for i := range n {
		if i == n/2 {
			require.NoError(t, a.Drain(t.Context()))
		}
		r.publish(t, "orders.1.new", "x")
	}
	r.settled(t, n)
	require.Len(t, runs, n)
	for id, times := range runs {
		require.Equal(t, 1, times, id)
	}
	require.Positive(t, by["a"])
	require.Greater(t, by["b"], n/2-1)
}

// The word of a function counts for messages that come one by one, too, with an order
// and without.
func TestVerdictsOfSingleMessages(t *testing.T) {
	for name, order := range map[string]string{"no order": "", "in order": "{id}"} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			for _, word := range []string{"ack", "retry", "reject", "never"} {
				r.publish(t, "orders.1.new", word)
			}
			var mu sync.Mutex
			runs := map[string]int{}
			run := answers(func(inv *function.Invocation) *function.Result {
				mu.Lock()
				defer mu.Unlock()
				word := string(inv.Payload)
				runs[word]++
				res := &function.Result{Outcome: function.OK}
				switch {
				case word == "ack":
					res = function.Failure(function.Exception, "after the ack")
					res.Verdicts = []function.Verdict{{Action: function.SaidAck}}
				case word == "retry" && runs[word] < 3, word == "never":
					res.Verdicts = []function.Verdict{{Action: function.SaidRetry}}
				case word == "reject":
					res.Verdicts = []function.Verdict{{Action: function.SaidReject, Reason: "no"}}
				}
				return res
			})
			trigger := orders(func(s *function.Stream) { s.Order, s.Deliveries, s.Reply = order, 4, "done.{id}" })
			replies, err := r.conn.SubscribeSync("done.>")
			require.NoError(t, err)
			require.NoError(t, r.conn.Flush())
			if order == "" {
				r.join(t, run, trigger)
			} else {
				r.joinAlone(t, run, trigger)
			}
			r.settled(t, 4)
			require.Equal(t, map[string]int{"ack": 1, "retry": 3, "reject": 1, "never": 4}, runs)
			letters := r.letters(t)
			require.Len(t, letters, 2)
			for _, l := range letters {
				switch string(l.Payload) {
				case "reject":
					require.Equal(t, function.BadRequest, l.Outcome)
				case "never":
					require.Equal(t, function.Exception, l.Outcome)
					require.Contains(t, l.Reason, "asked for another one")
				default:
					require.Fail(t, "given up", string(l.Payload))
				}
			}
			_, err = replies.NextMsg(patience)
			require.NoError(t, err, "the reply of the third run")
			_, err = replies.NextMsg(10 * time.Millisecond)
			require.ErrorIs(t, err, nats.ErrTimeout, "what runs again has no reply yet")
		})
	}
}
