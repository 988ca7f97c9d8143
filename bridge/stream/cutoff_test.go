package stream

import (
	"context"
	"maps"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
)

// recalled is a member's dispatcher that runs nothing until its runs are recalled.
type recalled struct {
	// end says how a run ends that is recalled; nil goes on. said is what those said.
	end  func(inv *function.Invocation) *function.Result
	said map[string]function.Action

	mu   sync.Mutex
	runs map[*function.Invocation]func(*function.Result)
	late []func(*function.Result)
}

func (r *recalled) Submit(inv *function.Invocation, done func(*function.Result)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.runs == nil {
		r.runs = map[*function.Invocation]func(*function.Result){}
	}
	r.runs[inv] = done
}

func (r *recalled) SubmitHere(inv *function.Invocation, done func(*function.Result)) {
	r.Submit(inv, done)
}

func (r *recalled) Room() int { return 1000 }

// messages is how many messages run.
func (r *recalled) messages() (n int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for inv := range r.runs {
		n += inv.Messages()
	}
	return n
}

// recall is Deps.Recall.
func (r *recalled) recall(ctx context.Context) map[string]function.Verdict {
	r.mu.Lock()
	runs := maps.Clone(r.runs)
	r.mu.Unlock()
	left := map[string]function.Verdict{}
	for inv, done := range runs {
		if res := r.end(inv); res != nil {
			done(res)
			continue
		}
		r.late = append(r.late, done)
		for _, m := range append(slices.Clone(inv.Batch), function.Message{ID: inv.ID, Payload: inv.Payload}) {
			if action := r.said[string(m.Payload)]; action != function.Unsaid {
				left[m.ID] = function.Verdict{Action: action, Delay: -1, Reason: "by the function"}
			}
		}
	}
	if len(left) > 0 {
		<-ctx.Done()
	}
	return left
}

// joinRecalled has a member serve trigger whose runs may be recalled.
func (r *rig) joinRecalled(t *testing.T, d *recalled, store lease.Store, trigger Trigger) *Triggers {
	t.Helper()
	m := r.join(t, d)
	m.deps.Recall, m.deps.Leases = d.recall, leases{Store: store, name: "a", conn: m.deps.Conn, ttl: time.Minute}
	m.Set([]Trigger{trigger})
	return m
}

// longWait has the server deliver nothing again by itself before the test is over.
func longWait(s *function.Stream) { s.AckWait = 10 * patience }

// runAgain has another member run what comes, until n are settled, and returns the payloads in
// the order in which they came.
func (r *rig) runAgain(t *testing.T, n uint64, trigger Trigger, store lease.Store) []string {
	t.Helper()
	var got seen
	m := r.joinInOrder(t, store, "other", answers(func(inv *function.Invocation) *function.Result { got.add(inv); return ok(inv) }), trigger)
	r.settled(t, n)
	require.NoError(t, m.Drain(t.Context()))
	var payloads []string
	for _, inv := range got.all() {
		require.LessOrEqual(t, inv.Attempt, 2)
		if len(inv.Batch) == 0 {
			payloads = append(payloads, string(inv.Payload))
		}
		for _, one := range inv.Batch {
			payloads = append(payloads, string(one.Payload))
		}
	}
	return payloads
}

func expired(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}

// A drain that runs out of time asks the runs first: what ended well is acknowledged, what was
// cut off is delivered again at once.
func TestDrainThatRunsOutAsksFirst(t *testing.T) {
	r := newRig(t)
	d := &recalled{end: func(inv *function.Invocation) *function.Result {
		if string(inv.Payload) == "ends" {
			return ok(inv)
		}
		return function.Failure(function.Canceled, "recalled")
	}}
	m := r.joinRecalled(t, d, nil, orders(longWait))
	for _, word := range []string{"ends", "cut", "ends", "cut"} {
		r.publish(t, "orders.1.new", word)
	}
	r.waitFor(t, "four runs", func() (bool, any) { return d.messages() == 4, d.messages() })
	var given *DrainError
	require.ErrorAs(t, m.Drain(expired(t)), &given)
	require.Equal(t, 2, given.Given)
	require.Equal(t, []string{"cut", "cut"}, r.runAgain(t, 4, orders(longWait), nil))
	r.forgiven(t, 2)
}

// forgiven finds that n deliveries are noted as ones that do not count.
func (r *rig) forgiven(t *testing.T, n int) {
	t.Helper()
	bucket, err := r.js.KeyValue(t.Context(), testConfig().Notes)
	require.NoError(t, err)
	status, err := bucket.Status(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, n, status.Values())
}

// Of a run that goes on, what the function has said of single messages counts.
func TestDrainThatRunsOutKeepsWhatWasSaid(t *testing.T) {
	r := newRig(t)
	trigger := orders(func(s *function.Stream) {
		longWait(s)
		s.Batch = &function.Batch{Size: 4, Wait: patience}
	})
	d := &recalled{
		end:  func(*function.Invocation) *function.Result { return nil },
		said: map[string]function.Action{"acked": function.SaidAck, "refused": function.SaidReject, "again": function.SaidRetry},
	}
	m := r.joinRecalled(t, d, nil, trigger)
	for _, word := range []string{"acked", "unsaid", "refused", "again"} {
		r.publish(t, "orders.1.new", word)
	}
	r.waitFor(t, "the batch", func() (bool, any) { return d.messages() == 4, d.messages() })
	var given *DrainError
	require.ErrorAs(t, m.Drain(expired(t)), &given)
	require.Equal(t, 2, given.Given)
	for _, done := range d.late {
		done(ok(nil)) // too late
	}
	require.ElementsMatch(t, []string{"again", "unsaid"}, r.runAgain(t, 4, trigger, nil))
	letters := 0
	for l, err := range deadletter.New(r.js, deadletter.DefaultConfig()).All(t.Context(), deadletter.Filter{}) {
		require.NoError(t, err)
		require.Equal(t, "refused", string(l.Payload))
		letters++
	}
	require.Equal(t, 1, letters)
}

// What is in an order and was cut off for certain is given back at once too, and what waited
// behind it.
func TestDrainThatRunsOutInOrder(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	d := &recalled{end: func(*function.Invocation) *function.Result { return function.Failure(function.Canceled, "recalled") }}
	m := r.joinRecalled(t, d, store, inOrder(longWait))
	r.publish(t, "orders.1.new", "cut")
	r.publish(t, "orders.1.new", "behind")
	r.waitFor(t, "a run", func() (bool, any) { return d.messages() == 1 && m.Stats()[0].Held == 2, m.Stats() })
	var given *DrainError
	require.ErrorAs(t, m.Drain(expired(t)), &given)
	require.Equal(t, []string{"cut", "behind"}, r.runAgain(t, 2, inOrder(longWait), store))
	r.forgiven(t, 2)
}

// What is in an order and may still run is nobody's before the ack wait is over, whatever was
// said of it.
func TestDrainThatRunsOutInATurn(t *testing.T) {
	r := newRig(t)
	d := &recalled{
		end:  func(*function.Invocation) *function.Result { return nil },
		said: map[string]function.Action{"goes on": function.SaidAck},
	}
	m := r.joinRecalled(t, d, new(lease.Memory), inOrder(longWait))
	r.publish(t, "orders.1.new", "goes on")
	r.waitFor(t, "a run", func() (bool, any) { return d.messages() == 1, m.Stats() })
	var given *DrainError
	require.ErrorAs(t, m.Drain(expired(t)), &given)
	require.Equal(t, 1, given.Given)
	require.NoError(t, m.deps.Conn.Flush())
	c, err := r.js.Consumer(t.Context(), "ORDERS", "isolane_pay")
	require.NoError(t, err)
	require.Equal(t, 1, c.CachedInfo().NumAckPending)
	batch, err := c.FetchNoWait(1)
	require.NoError(t, err)
	for msg := range batch.Messages() {
		require.Fail(t, "somebody may have it", "%s", msg.Data())
	}
	require.NoError(t, batch.Error())
}
