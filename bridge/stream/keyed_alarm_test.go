package stream

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
)

// rings is fold for messages that say what becomes of the alarm: "in 50ms", "off", or nothing.
// An alarm that is due is folded in as "alarm".
func rings(inv *function.Invocation) *function.Result {
	if inv.Keyed.Due {
		due := *inv
		due.Payload = []byte("alarm")
		return fold(&due)
	}
	res := fold(inv)
	if text, ok := strings.CutPrefix(string(inv.Payload), "in "); ok {
		after, err := time.ParseDuration(text)
		if err != nil {
			return function.Failure(function.BadRequest, err.Error())
		}
		res.Alarm = &function.AlarmChange{At: time.Now().Add(after)}
	} else if string(inv.Payload) == "off" {
		res.Alarm = &function.AlarmChange{}
	}
	return res
}

// An alarm is set, replaced and taken away with the state, fires once when it is due, and may
// set another one.
func TestKeyedAlarm(t *testing.T) {
	r := newRig(t)
	var fired seen
	m := r.joinKeyed(t, new(lease.Memory), "a", answers(func(inv *function.Invocation) *function.Result {
		res := rings(inv)
		if inv.Keyed.Due {
			if fired.add(inv); inv.Keyed.ID == "again" && len(fired.all()) < 3 {
				res.Alarm = &function.AlarmChange{At: time.Now().Add(10 * time.Millisecond)}
			}
		}
		return res
	}), byKey(nil), nil)
	began := time.Now()
	r.publish(t, "orders.a.new", "in 300ms")
	r.folds(t, map[string][]string{"a": {"in 300ms", "alarm"}})
	require.GreaterOrEqual(t, time.Since(began), 300*time.Millisecond)
	rec, _, _ := r.stateOf(t, "a")
	require.Nil(t, rec.Alarm)
	inv := fired.all()[0]
	require.Equal(t, "a", inv.Keyed.ID)
	require.True(t, inv.Keyed.Alarm.IsZero())
	require.NotEmpty(t, inv.Header.Get(headerFence))
	require.True(t, strings.HasPrefix(inv.ID, "a"))

	// Replaced by a sooner one, and by a later one; taken away; long passed.
	for _, text := range []string{"in 1h", "in 20ms"} {
		r.publish(t, "orders.b.new", text)
	}
	r.folds(t, map[string][]string{"b": {"in 1h", "in 20ms", "alarm"}})
	for _, text := range []string{"in 100ms", "in 1h"} {
		r.publish(t, "orders.c.new", text)
	}
	for _, text := range []string{"in 100ms", "off"} {
		r.publish(t, "orders.d.new", text)
	}
	r.publish(t, "orders.e.new", "in -1000h")
	r.folds(t, map[string][]string{"e": {"in -1000h", "alarm"}})
	fired.mu.Lock()
	fired.invs = nil
	fired.mu.Unlock()
	r.publish(t, "orders.again.new", "in 5ms")
	r.folds(t, map[string][]string{"again": {"in 5ms", "alarm", "alarm", "alarm"}})
	ids := map[string]bool{}
	for _, inv := range fired.all() {
		ids[inv.ID] = true
	}
	require.Len(t, ids, 3, "each alarm has an id of its own")
	r.waitFor(t, "the time of those that were replaced to pass", func() (bool, any) { return time.Since(began) > time.Second, nil })
	r.folds(t, map[string][]string{"c": {"in 100ms", "in 1h"}, "d": {"in 100ms", "off"}})
	r.unacked(t)
	stats := m.Stats()[0]
	require.EqualValues(t, 6, stats.Fired)
	require.Equal(t, 1, stats.Alarms, "that of c")
	require.NoError(t, m.Drain(t.Context()))
}

// Whoever takes the keys over finds the alarms that were set before, also those whose time has
// passed meanwhile, and with NATS begun again in between.
func TestKeyedAlarmsAreFoundAgain(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	long := strings.Repeat("long", 50)
	keys := []string{"plain", "with/more", "ü", long}
	m := r.joinKeyed(t, store, "a", answers(rings), byKey(nil), nil)
	sent := map[string][]string{}
	for _, key := range keys {
		r.publish(t, "orders."+key+".new", "in 1500ms")
		sent[key] = []string{"in 1500ms"}
	}
	r.folds(t, sent)
	require.NoError(t, m.Drain(t.Context()))
	r.server.Stop()
	r.server.Again()
	began := time.Now()
	r.waitFor(t, "the alarms to be overdue", func() (bool, any) { return time.Since(began) > 1500*time.Millisecond, nil })
	m = r.joinKeyed(t, store, "b", answers(rings), byKey(nil), nil)
	for _, key := range keys {
		sent[key] = append(sent[key], "alarm")
	}
	r.folds(t, sent)
	require.EqualValues(t, len(keys), m.Stats()[0].Fired)
	require.NoError(t, m.Drain(t.Context()))
}

// More alarms than a member keeps in mind all fire.
func TestKeyedAlarmsBeyondTheBound(t *testing.T) {
	r := newRig(t)
	cfg := testConfig()
	cfg.Alarms = 16
	d := answers(rings)
	m := r.joinWith(t, cfg, d)
	m.deps.KeyedLeases = leases{Store: new(lease.Memory), name: "a", conn: m.deps.Conn}
	m.Set([]Trigger{byKey(nil)})
	sent := map[string][]string{}
	for i := range 200 {
		key, text := fmt.Sprint("k", i), fmt.Sprintf("in %dms", 200+10*i)
		r.publish(t, "orders."+key+".new", text)
		sent[key] = []string{text, "alarm"}
	}
	r.folds(t, sent)
	r.logs.Await(t, "the alarms of keys are known")
	require.NoError(t, m.Drain(t.Context()))
}

// Members die between the commit of an alarm and its firing, and between firing and commit;
// answers are lost, functions fail, messages race with alarms. Each alarm that a message has
// left behind is in the state once, and no run of an alarm is beside another run of its key.
func TestKeyedAlarmsThroughDeaths(t *testing.T) {
	seed := seedOf(t)
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's
	var mu sync.Mutex
	chance := func(n int) int { mu.Lock(); defer mu.Unlock(); return random.IntN(n) }
	r := newRig(t)
	store := new(lease.Memory)
	const keys, each, deaths = 6, 25, 4
	died := make(chan *Triggers, 100)
	names := 0
	join := func(losing, dying int) *Triggers {
		names++
		running := map[string]int{}
		d := member{run: func(inv *function.Invocation, done func(*function.Result)) {
			mu.Lock()
			running[inv.Keyed.ID]++
			if running[inv.Keyed.ID] > 1 {
				t.Errorf("two runs of %s at once", inv.Keyed.ID)
			}
			mu.Unlock()
			res := counts3(inv)
			if n := chance(20); n < 2 {
				res = function.Failure([]function.Outcome{function.Exception, function.Overloaded}[n], "now and then")
			}
			time.AfterFunc(time.Duration(chance(5))*time.Millisecond, func() {
				mu.Lock()
				running[inv.Keyed.ID]--
				mu.Unlock()
				done(res)
			})
		}}
		return r.joinKeyed(t, store, fmt.Sprint("n", names), d, byKey(nil), func(m *Triggers, s states) states {
			var once sync.Once
			return &shaky{states: s, random: rand.New(rand.NewPCG(seed, uint64(names))), losing: losing, dying: dying, die: func() { //nolint:gosec // a test's
				once.Do(func() {
					m.deps.Conn.Close()
					died <- m
				})
			}}
		})
	}
	published := make(chan struct{})
	go func() {
		defer close(published)
		for n := range each {
			for key := range keys {
				_, _ = r.js.Publish(context.Background(), fmt.Sprintf("orders.k%d.new", key), []byte(strconv.Itoa(n)))
			}
		}
	}()
	for range 2 {
		join(5, 3)
	}
	for range deaths {
		select {
		case m := <-died:
			defer kill(m)
			join(5, 3)
		case <-time.After(time.Minute):
			t.Log("no death for 20 s")
		}
	}
	<-published
	last := join(0, 0)
	for key := range keys {
		r.waitFor(t, "the last alarm of a key", func() (bool, any) {
			rec, _, _ := r.stateOf(t, fmt.Sprint("k", key))
			var s tallied
			if rec.State != nil {
				require.NoError(t, json.Unmarshal(rec.State, &s))
			}
			require.LessOrEqual(t, s.Fired, s.Messages)
			return s.Messages == each && s.Owed == 0 && rec.Alarm == nil, rec
		})
	}
	r.unacked(t)
	require.NoError(t, last.Drain(t.Context()))
}

// tallied is the state of a function each message of which sets the alarm, and whose alarm
// takes all that is owed.
type tallied struct{ Messages, Owed, Taken, Fired int }

func counts3(inv *function.Invocation) *function.Result {
	var s tallied
	if inv.Keyed.State != nil {
		if err := json.Unmarshal(inv.Keyed.State, &s); err != nil {
			return function.Failure(function.BadRequest, err.Error())
		}
	}
	res := &function.Result{Outcome: function.OK}
	if inv.Keyed.Due {
		if s.Owed == 0 {
			return function.Failure(function.BadRequest, "an alarm that is in the state already")
		}
		s.Taken += s.Owed
		s.Owed = 0
		s.Fired++
	} else {
		s.Messages++
		s.Owed++
		res.Alarm = &function.AlarmChange{At: time.Now().Add(3 * time.Millisecond)}
	}
	if s.Messages != s.Owed+s.Taken {
		return function.Failure(function.BadRequest, fmt.Sprintf("%+v", s))
	}
	state, err := json.Marshal(s)
	if err != nil {
		return function.Failure(function.BadRequest, err.Error())
	}
	res.State = &function.StateChange{State: state}
	return res
}

// An alarm that fails is run again after its back-off, while messages of its key go on, and is
// a dead letter in the end, with its key; the state is as it was.
func TestKeyedAlarmDeadLetter(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	trigger := byKey(func(s *function.Stream) { s.Deliveries, s.Backoff = 3, []time.Duration{300 * time.Millisecond} })
	var attempts seen
	m := r.joinKeyed(t, store, "a", answers(func(inv *function.Invocation) *function.Result {
		if inv.Keyed.Due {
			attempts.add(inv)
			return function.Failure(function.Exception, "no")
		}
		return rings(inv)
	}), trigger, nil)
	r.publish(t, "orders.a+b.new", "in 1ms")
	r.waitFor(t, "a run of the alarm", func() (bool, any) { return len(attempts.all()) == 1, nil })
	r.publish(t, "orders.a+b.new", "2")
	r.folds(t, map[string][]string{"a+b": {"in 1ms", "2"}})
	require.Less(t, len(attempts.all()), 3, "it holds up no message of its key")
	box := deadletter.New(r.js, deadletter.DefaultConfig())
	var letter *deadletter.Letter
	r.waitFor(t, "the dead letter", func() (bool, any) {
		var err error
		letter, err = box.Get(t.Context(), 1)
		return err == nil, err
	})
	require.Equal(t, function.Exception, letter.Outcome)
	require.Equal(t, 3, letter.Attempts)
	require.Equal(t, "pay", letter.Function)
	require.Equal(t, "KV_"+StateBucket("pay"), letter.Stream)
	require.Equal(t, "a+b", letter.Header["Isolane-Key"][0])
	all := attempts.all()
	for i, inv := range all {
		require.Equal(t, i+1, inv.Attempt)
		require.Equal(t, all[0].ID, inv.ID)
	}
	r.waitFor(t, "the alarm to be gone", func() (bool, any) {
		rec, _, _ := r.stateOf(t, "a+b")
		return rec.Alarm == nil, rec
	})
	r.folds(t, map[string][]string{"a+b": {"in 1ms", "2"}})
	require.ErrorIs(t, box.Redrive(t.Context(), letter, ""), deadletter.ErrNoWayBack)
	require.NoError(t, m.Drain(t.Context()))
}

// A message that sets the alarm anew, or takes it away, ends the tries of one that fails.
func TestKeyedAlarmIsReplacedWhileItFails(t *testing.T) {
	r := newRig(t)
	trigger := byKey(func(s *function.Stream) { s.Backoff = []time.Duration{200 * time.Millisecond} })
	var failed seen
	m := r.joinKeyed(t, new(lease.Memory), "a", answers(func(inv *function.Invocation) *function.Result {
		if inv.Keyed.Due && failed.add(inv) == 1 {
			return function.Failure(function.Exception, "no")
		}
		return rings(inv)
	}), trigger, nil)
	r.publish(t, "orders.a.new", "in 1ms")
	r.waitFor(t, "it to fail", func() (bool, any) { return len(failed.all()) == 1, nil })
	r.publish(t, "orders.a.new", "in 20ms")
	r.folds(t, map[string][]string{"a": {"in 1ms", "in 20ms", "alarm"}})
	all := failed.all()
	require.Len(t, all, 2)
	require.Equal(t, 1, all[1].Attempt)
	require.NotEqual(t, all[0].ID, all[1].ID)
	require.NoError(t, m.Drain(t.Context()))
}

// An alarm whose run ends the member each time is a dead letter; messages that it ran beside
// count for themselves.
func TestKeyedAlarmThatKills(t *testing.T) {
	r := newRig(t)
	store := new(lease.Memory)
	trigger := byKey(func(s *function.Stream) { s.Deliveries = 2 })
	r.publish(t, "orders.a.new", "in 1ms")
	kills := 0
	for ; kills < 3; kills++ { // the first one set it, and is not counted
		killed := make(chan struct{}, 10)
		var m *Triggers
		ready := make(chan struct{})
		m = r.joinKeyed(t, store, fmt.Sprint("n", kills), member{run: func(inv *function.Invocation, done func(*function.Result)) {
			if inv.Keyed.Due {
				<-ready
				m.deps.Conn.Close()
				killed <- struct{}{}
				return
			}
			done(rings(inv))
		}}, trigger, nil)
		close(ready)
		<-killed
		kill(m)
	}
	m := r.joinKeyed(t, store, "last", answers(rings), trigger, nil)
	box := deadletter.New(r.js, deadletter.DefaultConfig())
	r.waitFor(t, "the dead letter", func() (bool, any) {
		l, err := box.Get(t.Context(), 1)
		return err == nil && l.Outcome == function.Crashed, err
	})
	r.publish(t, "orders.a.new", "2")
	r.folds(t, map[string][]string{"a": {"in 1ms", "2"}})
	require.NoError(t, m.Drain(t.Context()))
}

// Whatever a turn is for, what it claims and settles is found again in what is written.
func TestAlarmRecord(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		r := record{Stream: "A@1", Epoch: 1}
		epoch, seq := uint64(1), uint64(0)
		for range rapid.IntRange(1, 50).Draw(t, "steps") {
			before := r
			switch rapid.IntRange(0, 4).Draw(t, "do") {
			case 0:
				epoch++
			case 1: // a message is claimed
				turn := &Turn{Stream: "A@1", Sequence: seq + 1, Epoch: epoch, Counted: 1}
				r, _ = turn.claim(r)
				require.True(t, turn.claimed(r))
				require.Equal(t, before.Alarm, r.Alarm)
			case 2: // a message is settled, and sets the alarm, or not
				seq++
				turn := &Turn{Stream: "A@1", Sequence: seq, Epoch: epoch}
				var change changes
				if rapid.Bool().Draw(t, "alarm") {
					change.alarm = &function.AlarmChange{At: time.UnixMilli(rapid.Int64Range(0, 100).Draw(t, "at"))}
				}
				r = turn.settle(r, change, nil)
				require.True(t, turn.settled(r))
				require.True(t, r.includes(r))
				require.False(t, before.includes(r))
				if change.alarm != nil {
					require.Equal(t, before.Alarms+1, r.Alarm.Number)
				}
			case 3, 4: // an alarm
				turn := &Turn{Alarm: true, Now: time.UnixMilli(50), Epoch: epoch, Counted: 1}
				if turn.settled(r) {
					require.True(t, r.Alarm == nil || r.Alarm.At > 50)
					continue
				}
				claimed, tries := turn.claim(r)
				require.Positive(t, tries)
				require.True(t, turn.claimed(claimed))
				require.Equal(t, before.Trying, claimed.Trying, "messages are counted by themselves")
				message := &Turn{Stream: "A@1", Sequence: seq + 1, Epoch: epoch, Counted: 1}
				require.Equal(t, message.claimed(before), message.claimed(claimed), "no message is taken for claimed")
				r = turn.settle(claimed, changes{}, nil)
				require.Nil(t, r.Alarm)
				require.True(t, turn.settled(r))
				require.False(t, claimed.includes(r))
				require.True(t, r.applied("A@1", seq))
			}
			if r.Alarm != nil {
				key, a, ok := readAlarm(r.Alarm.header("k"))
				require.True(t, ok)
				require.Equal(t, "k", key)
				require.Equal(t, r.Alarm.told(), a)
			}
		}
	})
}

func FuzzReadAlarm(f *testing.F) {
	f.Add("1764140938123 7", "a")
	f.Add("-1 0", "")
	f.Fuzz(func(t *testing.T, text, key string) {
		got, a, ok := readAlarm(map[string][]string{headerAlarm: {text}, headerKey: {key}})
		if !ok {
			return
		}
		require.Equal(t, key, got)
		again, b, ok := readAlarm((&alarm{At: a.At, Number: a.Number}).header(got))
		require.True(t, ok)
		require.Equal(t, key, again)
		require.Equal(t, a, b)
	})
}
