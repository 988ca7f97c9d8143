package stream

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/jsruntime/function"
)

func TestMessagesAreRunAndAcknowledged(t *testing.T) {
	r := newRig(t)
	var got seen
	m := r.join(t, answers(func(inv *function.Invocation) *function.Result { got.add(inv); return ok(inv) }), orders(nil))
	msg := nats.NewMsg("orders.7.new")
	msg.Data = []byte("a book")
	msg.Header.Set("X-Shop", "berlin")
	ack, err := r.js.PublishMsg(t.Context(), msg)
	require.NoError(t, err)
	r.publish(t, "orders.8", "not matched: orders.*.> wants another word")
	r.publish(t, "orders.8.new", "a pen")
	r.settled(t, 3)

	all := got.all()
	require.Len(t, all, 2)
	first := all[0]
	require.Equal(t, "orders.7.new", first.Subject)
	require.Equal(t, "a book", string(first.Payload))
	require.Equal(t, "berlin", first.Header.Get("X-Shop"))
	require.Equal(t, "ORDERS", first.Header.Get("Nats-Stream"))
	require.Equal(t, fmt.Sprint(ack.Sequence), first.Header.Get("Nats-Sequence"))
	_, err = time.Parse(time.RFC3339Nano, first.Header.Get("Nats-Time-Stamp"))
	require.NoError(t, err)
	require.Equal(t, 1, first.Attempt)
	require.Equal(t, "pay", first.Function)
	require.NotEqual(t, first.ID, all[1].ID)
	stats := m.Stats()
	require.Len(t, stats, 1)
	require.EqualValues(t, 2, stats[0].Received)
	require.EqualValues(t, 2, stats[0].Outcomes[function.OK])
	require.Equal(t, "isolane_pay", stats[0].Consumer)
	require.NoError(t, m.Drain(t.Context()))
}

func TestFailuresAreDeliveredAgainAndThenBuried(t *testing.T) {
	r := newRig(t)
	var got seen
	m := r.join(t, answers(func(inv *function.Invocation) *function.Result {
		got.add(inv)
		return &function.Result{Outcome: function.Exception, Message: "no\nmoney", Location: "pay.ts:3:1", Stack: "Error: no\n    at pay (pay.ts:3:1)"}
	}), orders(func(s *function.Stream) { s.Deliveries = 3; s.Backoff = []time.Duration{time.Millisecond} }))
	msg := nats.NewMsg("orders.7.new")
	msg.Data = []byte{0, 1, 255}
	msg.Header.Set("X-Shop", "berlin")
	msg.Header.Set(nats.MsgIdHdr, "order-7")
	_, err := r.js.PublishMsg(t.Context(), msg)
	require.NoError(t, err)
	r.settled(t, 1)

	attempts, ids := []int{}, map[string]bool{}
	for _, inv := range got.all() {
		attempts = append(attempts, inv.Attempt)
		ids[inv.ID] = true
		require.True(t, inv.Patient, "it waits for its turn")
	}
	require.Equal(t, []int{1, 2, 3}, attempts)
	require.Len(t, ids, 1, "each delivery of a message has one id")

	box := deadletter.New(r.js, deadletter.DefaultConfig())
	l, err := box.Get(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, "dlq.pay", l.Box)
	require.Equal(t, []any{"pay", "v1", function.Exception, 3, "ORDERS", uint64(1), "orders.7.new", "test"},
		[]any{l.Function, l.Version, l.Outcome, l.Attempts, l.Stream, l.Sequence, l.Subject, l.Node})
	require.Equal(t, "no\nmoney", l.Error)
	require.Equal(t, "Error: no\n    at pay (pay.ts:3:1)", l.Stack)
	require.Equal(t, "pay.ts:3:1", l.Location)
	require.Equal(t, []byte{0, 1, 255}, l.Payload)
	require.Equal(t, function.Header{"X-Shop": {"berlin"}, nats.MsgIdHdr: {"order-7"}}, l.Header)
	require.EqualValues(t, 1, m.Stats()[0].DeadLetters)

	// Sent again it is run again, by this function alone, and out of the box.
	require.NoError(t, box.Redrive(t.Context(), l, ""))
	r.waitFor(t, "the message that was sent again", func() (bool, any) { n := len(got.all()); return n > 3, n })
	redriven := got.all()[3]
	require.Equal(t, l.Payload, redriven.Payload)
	require.Equal(t, "berlin", redriven.Header.Get("X-Shop"))
	_, err = box.Get(t.Context(), 1)
	require.ErrorIs(t, err, deadletter.ErrNotFound)
}

// Every outcome, as the table of the documentation has it: how often it is run, and
// whether it is a dead letter in the end.
func TestOutcomes(t *testing.T) {
	r := newRig(t)
	failing := map[string]function.Outcome{}
	for _, o := range function.Outcomes() {
		failing[o.String()] = o
	}
	runs := map[string]int{}
	var mu sync.Mutex
	m := r.join(t, answers(func(inv *function.Invocation) *function.Result {
		mu.Lock()
		defer mu.Unlock()
		word := strings.Split(inv.Subject, ".")[1]
		runs[word]++
		o := failing[word]
		if o == function.Overloaded || o == function.Canceled || o == function.Crashed {
			if runs[word] > 8 { // more than the limit: they do not count
				o = function.OK
			}
		}
		return &function.Result{Outcome: o, RetryAfter: time.Millisecond}
	}), orders(func(s *function.Stream) { s.Deliveries = 4 }))
	for word := range failing {
		r.publish(t, "orders."+word+".x", word)
	}
	r.settled(t, uint64(len(failing)))
	mu.Lock()
	require.Equal(t, map[string]int{
		"ok": 1, "bad-request": 1, "too-large": 1, "not-found": 4, "timeout": 4, "exception": 4,
		"exceeded-cpu": 2, "exceeded-memory": 2, "overloaded": 9, "crashed": 9, "canceled": 9,
	}, runs)
	mu.Unlock()
	buried := map[string]bool{}
	box := deadletter.New(r.js, deadletter.DefaultConfig())
	for l, err := range box.All(t.Context(), deadletter.Filter{Function: "pay"}) {
		require.NoError(t, err)
		require.Equal(t, string(l.Payload), l.Outcome.String())
		buried[l.Outcome.String()] = true
	}
	require.Equal(t, map[string]bool{
		"bad-request": true, "too-large": true, "not-found": true, "timeout": true, "exception": true,
		"exceeded-cpu": true, "exceeded-memory": true,
	}, buried)
	require.NoError(t, m.Drain(t.Context()))
}

// What does not count is known to other members too.
func TestForgivenIsSharedByTheMembers(t *testing.T) {
	r := newRig(t)
	var got seen
	flaky := answers(func(inv *function.Invocation) *function.Result {
		if n := got.add(inv); n <= 6 {
			return function.Failure(function.Crashed, "another was the cause")
		}
		return function.Failure(function.Exception, "mine")
	})
	trigger := orders(func(s *function.Stream) { s.Deliveries = 3 })
	r.join(t, flaky, trigger)
	r.join(t, flaky, trigger)
	r.publish(t, "orders.1.new", "")
	r.settled(t, 1)
	require.Len(t, got.all(), 9, "six that do not count, and three that do")
	l, err := deadletter.New(r.js, deadletter.DefaultConfig()).Get(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, 9, l.Attempts)
}

func TestLongRunsAreToldOf(t *testing.T) {
	r := newRig(t)
	var got seen
	finish := make(chan struct{})
	var running sync.WaitGroup
	m := r.join(t, member{run: func(inv *function.Invocation, done func(*function.Result)) {
		got.add(inv)
		running.Go(func() {
			<-finish
			done(ok(inv))
		})
	}}, orders(func(s *function.Stream) { s.AckWait = time.Second }))
	r.publish(t, "orders.1.new", "")
	r.waitFor(t, "word of it, for three times its ack wait", func() (bool, any) {
		s := m.Stats()[0]
		return s.Progress >= 6, s
	})
	close(finish)
	running.Wait()
	r.settled(t, 1)
	require.Len(t, got.all(), 1)
}

// No more is fetched than there is room for; the rest waits in the stream.
func TestFetchesAsMuchAsThereIsRoomFor(t *testing.T) {
	r := newRig(t)
	for i := range 50 {
		r.publish(t, fmt.Sprintf("orders.%d.new", i), "")
	}
	var mu sync.Mutex
	room, most, pending := 3, 0, []func(*function.Result){}
	m := r.join(t, member{
		room: func() int { mu.Lock(); defer mu.Unlock(); return room },
		run: func(_ *function.Invocation, done func(*function.Result)) {
			mu.Lock()
			defer mu.Unlock()
			room--
			pending = append(pending, done)
			most = max(most, len(pending))
		},
	}, orders(nil))
	for left := 50; left > 0; {
		r.waitFor(t, "messages", func() (bool, any) { mu.Lock(); defer mu.Unlock(); return len(pending) > 0, m.Stats() })
		mu.Lock()
		done := pending[0]
		pending = pending[1:]
		room++
		left--
		mu.Unlock()
		done(ok(nil))
	}
	r.settled(t, 50)
	mu.Lock()
	defer mu.Unlock()
	require.Equal(t, 3, most)
}

func TestRepliesArePublished(t *testing.T) {
	r := newRig(t)
	_, err := r.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "RESULTS", Subjects: []string{"results.>"}})
	require.NoError(t, err)
	var got seen
	r.join(t, answers(func(inv *function.Invocation) *function.Result {
		got.add(inv)
		return &function.Result{Outcome: function.OK, Body: []byte("paid"), Header: function.Header{"X-A": {"b"}}, Status: 201}
	}), orders(func(s *function.Stream) { s.Reply = "results.{id}" }))
	r.publish(t, "orders.7.new", "")
	r.settled(t, 1)
	s, err := r.js.Stream(t.Context(), "RESULTS")
	require.NoError(t, err)
	msg, err := s.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, "results.7", msg.Subject)
	require.Equal(t, "paid", string(msg.Data))
	require.Equal(t, "b", msg.Header.Get("X-A"))
	require.Equal(t, "201", msg.Header.Get(bridge.HeaderStatus))
	require.Equal(t, got.all()[0].ID, msg.Header.Get(bridge.HeaderInvocation))
}

func TestReplyThatIsTooLargeIsBuried(t *testing.T) {
	r := newRig(t)
	r.join(t, answers(func(*function.Invocation) *function.Result {
		return &function.Result{Outcome: function.OK, Body: make([]byte, r.conn.MaxPayload())}
	}), orders(func(s *function.Stream) { s.Reply = "results" }))
	r.publish(t, "orders.7.new", "")
	r.settled(t, 1)
	l, err := deadletter.New(r.js, deadletter.DefaultConfig()).Get(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, function.TooLarge, l.Outcome)
}

func TestDeadlineOfTheMessage(t *testing.T) {
	r := newRig(t)
	var got seen
	r.join(t, answers(func(inv *function.Invocation) *function.Result { got.add(inv); return ok(inv) }), orders(nil))
	at := time.Now().Add(time.Hour).UTC().Truncate(time.Millisecond)
	for subject, deadline := range map[string]string{
		"orders.past.x": time.Now().Add(-time.Second).Format(time.RFC3339Nano), "orders.bad.x": "tomorrow", "orders.future.x": at.Format(time.RFC3339Nano),
	} {
		msg := nats.NewMsg(subject)
		msg.Header.Set(bridge.HeaderDeadline, deadline)
		_, err := r.js.PublishMsg(t.Context(), msg)
		require.NoError(t, err)
	}
	r.settled(t, 3)
	require.Len(t, got.all(), 1)
	require.True(t, got.all()[0].Deadline.Equal(at))
	outcomes := map[string]function.Outcome{}
	for l, err := range deadletter.New(r.js, deadletter.DefaultConfig()).All(t.Context(), deadletter.Filter{}) {
		require.NoError(t, err)
		outcomes[l.Subject] = l.Outcome
	}
	require.Equal(t, map[string]function.Outcome{"orders.past.x": function.Timeout, "orders.bad.x": function.BadRequest}, outcomes)
}

// A message that ends each node that runs it does not come back for ever.
func TestWhatEndsNodesIsBuried(t *testing.T) {
	r := newRig(t)
	trigger := orders(func(s *function.Stream) { s.Deliveries = 2; s.AckWait = time.Second })
	var got seen
	dies := func(inv *function.Invocation, _ func(*function.Result)) { got.add(inv) } // and never answers
	r.publish(t, "orders.7.new", "")
	for i := range 2 {
		m := r.join(t, member{run: dies}, trigger)
		r.waitFor(t, "the message", func() (bool, any) { n := len(got.all()); return n > i, n })
		kill(m)
	}
	r.join(t, member{run: dies}, trigger)
	r.settled(t, 1)
	require.Len(t, got.all(), 2)
	l, err := deadletter.New(r.js, deadletter.DefaultConfig()).Get(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, function.Crashed, l.Outcome)
	require.Equal(t, 3, l.Attempts)
	require.Contains(t, l.Reason, "without an outcome")
}

// kill ends a member as its death would: the server hears nothing more.
func kill(m *Triggers) {
	m.deps.Conn.Close()
	ended, cancel := context.WithCancel(context.Background())
	cancel()
	_ = m.Drain(ended)
}

func TestDrainFinishesWhatItHas(t *testing.T) {
	r := newRig(t)
	var mu sync.Mutex
	var pending []func(*function.Result)
	m := r.join(t, member{run: func(_ *function.Invocation, done func(*function.Result)) {
		mu.Lock()
		defer mu.Unlock()
		pending = append(pending, done)
	}}, orders(nil))
	r.publish(t, "orders.1.new", "")
	r.publish(t, "orders.2.new", "")
	count := func() int { mu.Lock(); defer mu.Unlock(); return len(pending) }
	r.waitFor(t, "two runs", func() (bool, any) { return count() == 2, count() })
	drained := make(chan error, 1)
	go func() { drained <- m.Drain(context.Background()) }()
	r.waitFor(t, "the drain to begin", func() (bool, any) { return len(m.Stats()) == 0, m.Stats() })
	r.publish(t, "orders.3.new", "")
	pending[0](ok(nil))
	select {
	case err := <-drained:
		require.FailNow(t, "drained with a run that has not ended", "%v", err)
	default:
	}
	pending[1](ok(nil))
	require.NoError(t, <-drained)

	// The third was not taken, or finished: another member has it at once.
	r.join(t, answers(ok), orders(nil))
	r.settled(t, 3)
}

func TestDrainThatRunsOutGivesBack(t *testing.T) {
	r := newRig(t)
	var got seen
	var late func(*function.Result)
	m := r.join(t, member{run: func(inv *function.Invocation, done func(*function.Result)) { late = done; got.add(inv) }}, orders(nil))
	r.publish(t, "orders.1.new", "")
	r.waitFor(t, "the run", func() (bool, any) { return len(got.all()) == 1, m.Stats() })
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	var given *DrainError
	require.ErrorAs(t, m.Drain(ended), &given)
	require.Equal(t, 1, given.Given)
	late(ok(nil)) // nobody listens
	r.join(t, answers(func(inv *function.Invocation) *function.Result { got.add(inv); return ok(inv) }), orders(nil))
	r.settled(t, 1)
	require.Equal(t, 2, got.all()[1].Attempt)
}

// A manifest that changes changes the consumer, and its place in the stream stays.
func TestTriggerThatChanges(t *testing.T) {
	r := newRig(t)
	var got seen
	m := r.join(t, answers(func(inv *function.Invocation) *function.Result { got.add(inv); return ok(inv) }), orders(nil))
	r.publish(t, "orders.1.new", "")
	r.settled(t, 1)
	changed := orders(func(s *function.Stream) {
		s.AckWait, s.Concurrency, s.Deliver, s.Subject = 5*time.Second, 7, function.DeliverNew, "orders.{id}.paid"
	})
	m.Set([]Trigger{changed})
	r.waitFor(t, "the consumer to change", func() (bool, any) {
		c, err := r.js.Consumer(t.Context(), "ORDERS", "isolane_pay")
		require.NoError(t, err)
		cfg := c.CachedInfo().Config
		return cfg.AckWait == 5*time.Second && cfg.MaxAckPending == 7 && cfg.FilterSubject == "orders.*.paid", cfg
	})
	r.publish(t, "orders.1.new", "")
	r.publish(t, "orders.1.paid", "")
	r.waitFor(t, "the message", func() (bool, any) { n := len(got.all()); return n == 2, n })
	require.Equal(t, "orders.1.paid", got.all()[1].Subject)

	m.Set(nil)
	require.Empty(t, m.Stats())
	r.publish(t, "orders.2.paid", "")
	_, err := r.js.Consumer(t.Context(), "ORDERS", "isolane_pay")
	require.NoError(t, err, "the consumer stays, with its place")
	m.Set([]Trigger{changed})
	r.waitFor(t, "what came meanwhile", func() (bool, any) { n := len(got.all()); return n == 3, n })
}

func TestStreamThatComesLater(t *testing.T) {
	r := newRig(t)
	trigger := orders(func(s *function.Stream) { s.Name, s.Subject = "LATER", "later.>" })
	m := r.join(t, answers(ok), trigger)
	r.waitFor(t, "the fault", func() (bool, any) { f := m.Stats()[0].Fault; return f != "", f })
	require.Contains(t, m.Stats()[0].Fault, "LATER: make it (nats stream add LATER)")
	s, err := r.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "LATER", Subjects: []string{"later.>"}})
	require.NoError(t, err)
	r.publish(t, "later.x", "")
	r.waitFor(t, "the message", func() (bool, any) { st := m.Stats()[0]; return st.Outcomes[function.OK] == 1, st })
	require.Empty(t, m.Stats()[0].Fault)

	// A consumer that somebody deletes is made again.
	require.NoError(t, s.DeleteConsumer(t.Context(), "isolane_pay"))
	r.waitFor(t, "the message again", func() (bool, any) { st := m.Stats()[0]; return st.Outcomes[function.OK] == 2, st })
	r.logs.Await(t, "the trigger is served again")

	// So it is where somebody deletes the stream, once there is one again.
	require.NoError(t, r.js.DeleteStream(t.Context(), "LATER"))
	r.waitFor(t, "the fault", func() (bool, any) { f := m.Stats()[0].Fault; return strings.Contains(f, "LATER: make it"), f })
	_, err = r.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "LATER", Subjects: []string{"later.>"}})
	require.NoError(t, err)
	r.publish(t, "later.y", "")
	r.waitFor(t, "the message of the new one", func() (bool, any) { st := m.Stats()[0]; return st.Outcomes[function.OK] == 3, st })
}
