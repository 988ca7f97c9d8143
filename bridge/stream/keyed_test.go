package stream

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
)

// The messages of a key are folded into its state one after the other, in the order of the
// stream, while other keys go on.
func TestKeyed(t *testing.T) {
	r := newRig(t)
	j := newJudge()
	run := func(inv *function.Invocation, done func(*function.Result)) {
		key, n := j.begin(inv)
		time.AfterFunc(rand.N(3*time.Millisecond), func() {
			j.end(key, n, function.OK)
			done(fold(inv))
		})
	}
	sent := map[string][]string{}
	for n := range 30 {
		for key := range 10 {
			k := strconv.Itoa(key)
			sent[k] = append(sent[k], strconv.Itoa(n+1))
			r.publish(t, "orders."+k+".new", strconv.Itoa(n+1))
		}
	}
	store := new(lease.Memory)
	m := r.joinKeyed(t, store, "a", member{run: run}, byKey(nil), nil)
	r.folds(t, sent)
	r.unacked(t)
	j.mu.Lock()
	require.Empty(t, j.faults)
	require.Greater(t, j.most, 1, "different keys overlap")
	j.mu.Unlock()
	stats := m.Stats()[0]
	require.Equal(t, 10, stats.Active)
	require.EqualValues(t, 10, stats.Activations, "the bucket is read once for each key")
	require.NoError(t, m.Drain(t.Context()))

	// Another one goes on where it was.
	r.publish(t, "orders.3.new", "31")
	sent["3"] = append(sent["3"], "31")
	m = r.joinKeyed(t, store, "b", answers(fold), byKey(nil), nil)
	r.folds(t, sent)
	r.unacked(t)
	require.NoError(t, m.Drain(t.Context()))
}

// seedOf is the seed of a random test, which ISOLANE_SEED sets.
func seedOf(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv("ISOLANE_SEED"); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("seed: ISOLANE_SEED=%d", seed)
	return seed
}

// Members die between a commit and its ack, lose the answers to writes, and are cut off with
// runs that go on; functions fail. In the end every state is the sequential fold of its key's
// messages: none is missing, none is in it twice, none stands before another. So it is too where
// keys are spread, and calls between the members are refused, or lost, or their answers are.
func TestKeyedIsTheFold(t *testing.T) {
	t.Run("alone", func(t *testing.T) { isTheFold(t, nil) })
	t.Run("spread", func(t *testing.T) { isTheFold(t, newMesh()) })
}

func isTheFold(t *testing.T, net *mesh) {
	t.Helper()
	seed := seedOf(t)
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's
	r := newRig(t)
	store := new(lease.Memory)
	const keys, each, deaths = 8, 40, 6
	var mu sync.Mutex
	chance := func(n int) int { mu.Lock(); defer mu.Unlock(); return random.IntN(n) }

	if net != nil {
		net.fault = func() fault { return fault(max(0, chance(40)-36)) }
	}
	sent := map[string][]string{}
	for n := range each {
		for key := range keys {
			k := "k" + strconv.Itoa(key)
			sent[k] = append(sent[k], fmt.Sprintf("%s/%d", k, n))
		}
	}
	published := make(chan struct{})
	go func() {
		defer close(published)
		for n := range each {
			for key := range keys {
				k := "k" + strconv.Itoa(key)
				_, _ = r.js.Publish(context.Background(), "orders."+k+".new", []byte(sent[k][n]))
			}
		}
	}()
	died := make(chan *Triggers, 100)
	names := 0
	join := func() *Triggers {
		names++
		d := member{run: func(inv *function.Invocation, done func(*function.Result)) {
			res := fold(inv)
			if n := chance(20); n < 3 {
				res = function.Failure([]function.Outcome{function.Exception, function.Crashed, function.Overloaded}[n], "now and then")
			}
			time.AfterFunc(time.Duration(chance(8))*time.Millisecond, func() { done(res) })
		}}
		trigger := byKey(nil)
		name, number := fmt.Sprint("n", names), uint64(names)
		return r.joinSpread(t, net, store, name, d, trigger, func(m *Triggers, s states) states {
			var once sync.Once
			return &shaky{states: s, random: rand.New(rand.NewPCG(seed, number)), losing: 5, dying: 3, die: func() { //nolint:gosec // a test's
				once.Do(func() {
					m.deps.Conn.Close() // it is in the bucket, and no ack leaves any more
					net.remove(name)
					died <- m
				})
			}}
		})
	}
	for range 2 {
		join()
	}
	for range deaths {
		select {
		case m := <-died:
			defer kill(m)
			join()
		case <-time.After(time.Minute):
			t.Log("no death for 20 s")
		}
	}
	// The rest is done by one that does not die.
	<-published
	last := r.joinSpread(t, net, store, "last", answers(fold), byKey(nil), nil)
	r.folds(t, sent)
	r.unacked(t)
	require.NoError(t, last.Drain(t.Context()))
}

// A delivery that was lost on its way is not passed over by the next one of its key.
func TestKeyedSeesALostDelivery(t *testing.T) {
	r := newRig(t)
	r.ttl = patience
	var room atomic.Int64
	d := answers(fold)
	d.room = func() int { return int(room.Load()) }
	m := r.joinKeyed(t, new(lease.Memory), "a", d, byKey(nil), nil)
	r.hasKeys(t, 1)
	sent := []string{"1", "2", "3"}
	for _, p := range sent {
		r.publish(t, "orders.a.new", p)
	}
	// Somebody else takes a message from the member's consumer, and never settles it.
	s, err := r.js.Stream(t.Context(), "ORDERS")
	require.NoError(t, err)
	for info := range s.ListConsumers(t.Context()).Info() {
		c, err := s.Consumer(t.Context(), info.Name)
		require.NoError(t, err)
		msg, err := c.Next()
		require.NoError(t, err)
		require.Equal(t, "1", string(msg.Data()))
	}
	room.Store(1000)
	r.folds(t, map[string][]string{"a": sent})
	r.logs.Await(t, "a delivery was lost on its way")
	r.unacked(t)
	require.NoError(t, m.Drain(t.Context()))
}

// A member that does not know yet that it has lost its lease commits nothing.
func TestKeyedFence(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	hold, runs := make(chan struct{}), make(chan struct{}, 10)
	old := r.joinKeyed(t, stuckStore{store}, "old", member{run: func(_ *function.Invocation, done func(*function.Result)) {
		go func() {
			runs <- struct{}{}
			<-hold
			done(&function.Result{Outcome: function.OK, State: &function.StateChange{State: []byte(`"from the past"`)}})
		}()
	}}, byKey(nil), func(_ *Triggers, s states) states { return s })
	r.publish(t, "orders.a.new", "1")
	<-runs
	// It cannot renew its lease, and its clock stands still: it holds on.
	forever := &frozen{Lease: nil}
	old.mu.Lock()
	for _, c := range old.running {
		c.mu.Lock()
		forever.Lease = c.order.lease
		c.order.keyed.lease = forever
		c.mu.Unlock()
	}
	old.mu.Unlock()
	another := r.joinKeyed(t, store, "new", answers(fold), byKey(nil), nil)
	r.folds(t, map[string][]string{"a": {"1"}})
	close(hold)
	r.publish(t, "orders.a.new", "2")
	r.folds(t, map[string][]string{"a": {"1", "2"}})
	require.NoError(t, another.Drain(t.Context()))
	r.folds(t, map[string][]string{"a": {"1", "2"}})
}

// stuckStore lets a lease be taken, and not be renewed.
type stuckStore struct{ lease.Store }

func (s stuckStore) Update(context.Context, string, []byte, uint64) (uint64, error) {
	return 0, errLost
}

// frozen is a lease that says it is held.
type frozen struct{ Lease }

func (frozen) Held() bool { return true }

// What fails holds its key up, and is a dead letter in the end; the state is as it was before
// it. One that ends the process each time is one too.
func TestKeyedDeadLetters(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	trigger := byKey(func(s *function.Stream) { s.Deliveries = 3 })
	for _, p := range []string{"1", "poison", "2", "killer", "3"} {
		r.publish(t, "orders.a.new", p)
	}
	kills := 0
	for kills < 4 { // each member dies of it, without an outcome; the first one ran others before
		killed := make(chan struct{}, 10)
		var m *Triggers
		ready := make(chan struct{})
		m = r.joinKeyed(t, store, fmt.Sprint("n", kills), member{run: func(inv *function.Invocation, done func(*function.Result)) {
			switch string(inv.Payload) {
			case "killer":
				<-ready
				m.deps.Conn.Close()
				killed <- struct{}{}
			case "poison":
				done(function.Failure(function.Exception, "no"))
			default:
				done(fold(inv))
			}
		}}, trigger, nil)
		close(ready)
		<-killed
		kill(m)
		kills++
	}
	m := r.joinKeyed(t, store, "last", answers(fold), trigger, nil)
	r.folds(t, map[string][]string{"a": {"1", "2", "3"}})
	box := deadletter.New(r.js, deadletter.DefaultConfig())
	poison, err := box.Get(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, "poison", string(poison.Payload))
	require.Equal(t, 3, poison.Attempts)
	killer, err := box.Get(t.Context(), 2)
	require.NoError(t, err)
	require.Equal(t, "killer", string(killer.Payload))
	require.Equal(t, function.Crashed, killer.Outcome)
	r.unacked(t)
	require.NoError(t, m.Drain(t.Context()))
}

// The reply to a message is published once its state is committed, and again where the member
// died in between; a state that is too large makes its message a dead letter.
func TestKeyedReplies(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	trigger := byKey(func(s *function.Stream) { s.Reply = "replies.{id}" })
	replies, err := r.conn.SubscribeSync("replies.*")
	require.NoError(t, err)
	require.NoError(t, r.conn.Flush())
	var once sync.Once
	died := make(chan *Triggers, 1)
	r.joinKeyed(t, store, "a", answers(fold), trigger, func(m *Triggers, s states) states {
		return &shaky{states: s, random: rand.New(rand.NewPCG(1, 1)), dying: 100, die: func() { //nolint:gosec // a test's
			once.Do(func() { m.deps.Conn.Close(); died <- m })
		}}
	})
	r.hasKeys(t, 1)
	r.publish(t, "orders.a.new", "1")
	kill(<-died)
	var got seen
	m := r.joinKeyed(t, store, "b", answers(func(inv *function.Invocation) *function.Result {
		got.add(inv)
		if string(inv.Payload) == "large" {
			return &function.Result{Outcome: function.OK, State: &function.StateChange{State: bytes.Repeat([]byte("1"), int(r.conn.MaxPayload()))}}
		}
		return fold(inv)
	}), trigger, nil)
	reply, err := replies.NextMsg(patience)
	require.NoError(t, err)
	require.Contains(t, string(reply.Data), `"Last":"1"`)
	require.Empty(t, got.all(), "it is not run again")
	r.publish(t, "orders.a.new", "large")
	r.publish(t, "orders.a.new", "2")
	reply, err = replies.NextMsg(patience)
	require.NoError(t, err)
	require.Contains(t, string(reply.Data), `"Last":"2"`)
	letter, err := deadletter.New(r.js, deadletter.DefaultConfig()).Get(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, function.TooLarge, letter.Outcome)
	r.folds(t, map[string][]string{"a": {"1", "2"}})
	require.NoError(t, m.Drain(t.Context()))
}

// A stream that is made anew begins with 1 again, and its messages are new.
func TestKeyedStreamMadeAnew(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	m := r.joinKeyed(t, store, "a", answers(fold), byKey(nil), nil)
	r.publish(t, "orders.a.new", "1")
	r.folds(t, map[string][]string{"a": {"1"}})
	require.NoError(t, r.js.DeleteStream(t.Context(), "ORDERS"))
	_, err := r.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}, Retention: jetstream.WorkQueuePolicy})
	require.NoError(t, err)
	r.publish(t, "orders.a.new", "2")
	r.folds(t, map[string][]string{"a": {"1", "2"}})
	require.NoError(t, m.Drain(t.Context()))
	// Of a work queue the next one gets what is left.
	r.publish(t, "orders.a.new", "3")
	m = r.joinKeyed(t, store, "b", answers(fold), byKey(nil), nil)
	r.folds(t, map[string][]string{"a": {"1", "2", "3"}})
	r.unacked(t)
	require.NoError(t, m.Drain(t.Context()))
}

// Where memory is short, states of idle keys are let go, and are read again with the next
// message.
func TestKeyedUnderMemoryPressure(t *testing.T) {
	r := newRig(t)
	var pressed atomic.Bool
	m := r.join(t, answers(fold))
	m.deps.KeyedLeases = leases{Store: new(lease.Memory), name: "a", conn: m.deps.Conn}
	m.deps.Pressed = pressed.Load
	m.Set([]Trigger{byKey(nil)})
	sent := map[string][]string{}
	send := func(text string) {
		for key := range 20 {
			k := strconv.Itoa(key)
			sent[k] = append(sent[k], text)
			r.publish(t, "orders."+k+".new", text)
		}
		r.folds(t, sent)
	}
	send("1")
	r.waitFor(t, "all keys to be idle", func() (bool, any) { s := m.Stats()[0]; return s.Active == 20, s })
	pressed.Store(true)
	r.waitFor(t, "them to be let go", func() (bool, any) { s := m.Stats()[0]; return s.Active == 0, s })
	require.EqualValues(t, 20, m.Stats()[0].Passivated)
	r.logs.Await(t, "memory is short")
	pressed.Store(false)
	send("2")
	r.waitFor(t, "all keys to be idle", func() (bool, any) { s := m.Stats()[0]; return s.Active == 20, s })
	require.EqualValues(t, 40, m.Stats()[0].Activations)
	require.NoError(t, m.Drain(t.Context()))
}

// A message that comes after its deadline is a dead letter in its place, and so is one whose
// deadline is no time.
func TestKeyedDeadlines(t *testing.T) {
	r := newRig(t)
	m := r.joinKeyed(t, new(lease.Memory), "a", answers(fold), byKey(nil), nil)
	for i, deadline := range []string{"", "2001-01-01T00:00:00Z", "never", ""} {
		msg := nats.NewMsg("orders.a.new")
		msg.Data = []byte(strconv.Itoa(i))
		if deadline != "" {
			msg.Header.Set("Isolane-Deadline", deadline)
		}
		_, err := r.js.PublishMsg(t.Context(), msg)
		require.NoError(t, err)
	}
	r.folds(t, map[string][]string{"a": {"0", "3"}})
	r.unacked(t)
	box := deadletter.New(r.js, deadletter.DefaultConfig())
	for n, want := range []function.Outcome{function.Timeout, function.BadRequest} {
		l, err := box.Get(t.Context(), uint64(n+1)) //nolint:gosec // 1 and 2
		require.NoError(t, err)
		require.Equal(t, want, l.Outcome)
	}
	require.NoError(t, m.Drain(t.Context()))
}
