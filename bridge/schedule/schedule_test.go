package schedule

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/jsruntime/function"
)

// Members that all think it is time publish one message for each due time, also where
// one of them ends in between.
func TestOnceInTheCluster(t *testing.T) {
	w := newWorld(t)
	members := make([]*Scheduler, 4)
	for i := range members {
		members[i] = w.join(t, each(function.MissedAll))
	}
	w.pass(t, 0, 20)
	var want []string
	for n := 1; n <= 12; n++ {
		if n%4 == 0 {
			go members[n/4].Close() // while it publishes, perhaps
		}
		w.pass(t, 10*time.Minute, 12)
		at := time.Date(2026, 5, 1, 1, 10*n, 0, 0, time.UTC)
		want = append(want, at.Format("15:04"))
	}
	w.pass(t, 0, 3)
	require.Equal(t, want, w.due(t))
}

// What nobody was there for is up to the policy.
func TestMissed(t *testing.T) {
	for policy, want := range map[function.Missed][]string{
		function.MissedSkip: {"01:10", "01:50"},
		function.MissedOnce: {"01:10", "01:40", "01:50"},
		function.MissedAll:  {"01:10", "01:20", "01:30", "01:40", "01:50"},
	} {
		t.Run(string(policy), func(t *testing.T) {
			w := newWorld(t)
			first := w.join(t, each(policy))
			w.pass(t, 0, 3)
			w.pass(t, 10*time.Minute, 3)
			first.Close()
			w.mu.Lock()
			w.now = w.now.Add(35 * time.Minute) // 01:45
			w.mu.Unlock()
			for range 2 {
				w.join(t, each(policy))
			}
			w.pass(t, 0, 8)
			w.pass(t, 5*time.Minute, 8)
			require.Equal(t, want, w.due(t))
		})
	}
}

// A member that was down from before the first due time knows that it missed it.
func TestMissedTheFirst(t *testing.T) {
	w := newWorld(t)
	first := w.join(t, each(function.MissedOnce))
	w.pass(t, 0, 3)
	first.Close()
	w.mu.Lock()
	w.now = w.now.Add(15 * time.Minute)
	w.mu.Unlock()
	w.join(t, each(function.MissedOnce))
	w.pass(t, 0, 3)
	require.Equal(t, []string{"01:10"}, w.due(t))
}

// A deploy that adds a schedule, or brings one back, misses nothing; one that changes
// what it does about missed times, or its payload, goes on with it.
func TestChangedByDeploy(t *testing.T) {
	w := newWorld(t)
	s := w.join(t, each(function.MissedAll))
	w.pass(t, 0, 3)
	w.pass(t, 10*time.Minute, 3) // 01:10
	s.Set(nil)
	w.mu.Lock()
	w.now = w.now.Add(25 * time.Minute) // 01:35, nobody keeps it
	w.mu.Unlock()
	s.Set([]Entry{each(function.MissedAll)})
	w.pass(t, 0, 3)
	w.pass(t, 5*time.Minute, 3) // 01:40
	changed := each(function.MissedOnce)
	changed.Schedule.Payload = " new"
	s.Set([]Entry{changed})
	w.pass(t, 10*time.Minute, 3) // 01:50
	other := changed
	other.Schedule.Cron = "15 * * * *"
	s.Set([]Entry{other})
	w.pass(t, 0, 3)
	w.pass(t, 30*time.Minute, 3) // 02:20
	require.Equal(t, []string{"01:10", "01:40", "01:50 new", "02:15 new"}, w.due(t))
}

// A clock that is put back publishes nothing twice.
func TestClockBack(t *testing.T) {
	w := newWorld(t)
	w.join(t, each(function.MissedAll))
	w.pass(t, 0, 3)
	w.pass(t, 20*time.Minute, 3)
	w.pass(t, -15*time.Minute, 3)
	late := w.join(t, each(function.MissedAll))
	w.pass(t, 0, 6)
	require.EqualValues(t, 1, late.Stats().Ahead, "a time on record is yet to come")
	w.pass(t, 14*time.Minute, 6)
	w.pass(t, 11*time.Minute, 6)
	require.Equal(t, []string{"01:10", "01:20", "01:30"}, w.due(t))
}

// What somebody sent again out of the dead letters names an old time, and brings back
// none of those after it; what was deleted from the stream stops nothing.
func TestRedrivenAndPurged(t *testing.T) {
	w := newWorld(t)
	s := w.join(t, each(function.MissedAll))
	w.pass(t, 0, 3)
	w.pass(t, 10*time.Minute, 3)
	w.pass(t, 10*time.Minute, 3)
	subject := s.subject("report."+each("").Schedule.ID(), "due")
	again := nats.NewMsg(subject)
	again.Data = []byte(" again")
	again.Header.Set(HeaderDue, "2026-05-01T01:10:00Z")
	again.Header.Set(deadletter.HeaderOnly, "report")
	_, err := w.js.PublishMsg(t.Context(), again)
	require.NoError(t, err)
	stored := dealtWith(again.Header, w.now)
	require.Equal(t, w.now, stored, "all up to then were dealt with")
	s.Close()
	w.mu.Lock()
	w.now = time.Now().UTC().Truncate(24 * time.Hour).Add(49*time.Hour + time.Minute) // after it was stored: 01:01
	w.mu.Unlock()
	once := each(function.MissedOnce)
	s = w.join(t, once)
	w.pass(t, 0, 3)
	require.Equal(t, []string{"01:10", "01:20", "01:10 again", "01:00"}, w.due(t))

	stream, err := w.js.Stream(t.Context(), s.cfg.Stream)
	require.NoError(t, err)
	require.NoError(t, stream.Purge(t.Context(), jetstream.WithPurgeSubject(subject)))
	w.pass(t, 10*time.Minute, 3)
	require.Equal(t, "01:10", w.due(t)[0])
	s.Close() // a server that deletes a stream and makes it at once may do neither well
	require.NoError(t, w.js.DeleteStream(t.Context(), s.cfg.Stream))
	w.join(t, once)
	w.pass(t, 0, 3) // nobody knows any more what was published; it begins anew
	w.pass(t, 10*time.Minute, 3)
	require.Equal(t, []string{"01:20"}, w.due(t))
}

// The trigger's filter has the messages of one function alone, and not the marks.
func TestTrigger(t *testing.T) {
	w := newWorld(t)
	other := each("")
	other.Function = "other"
	w.join(t, each(""), other, Entry{Function: "bad", Schedule: function.Schedule{Cron: "bad"}})
	w.pass(t, 0, 3)
	w.pass(t, 10*time.Minute, 3)
	trigger := DefaultConfig().Trigger("report", []function.Schedule{{}})
	consumer, err := w.js.CreateConsumer(t.Context(), trigger.Name, jetstream.ConsumerConfig{FilterSubject: trigger.Subject.Filter()})
	require.NoError(t, err)
	require.EqualValues(t, 1, consumer.CachedInfo().NumPending)
	msg, err := consumer.Next()
	require.NoError(t, err)
	require.Equal(t, "2026-05-01T01:10:00Z", msg.Headers().Get(HeaderDue))
	require.Equal(t, "*/10 * * * *", msg.Headers().Get(HeaderSchedule))
	require.Equal(t, fmt.Sprintf("report/%s/2026-05-01T01:10:00Z", each("").Schedule.ID()), msg.Headers().Get(jetstream.MsgIDHeader))
}

// With the server's own clock, and its stream gone for a while.
func TestServersClock(t *testing.T) {
	w := newWorld(t)
	ready := make(chan struct{}, 1)
	cfg := DefaultConfig()
	s, err := New(cfg, Deps{Conn: w.server.Connect(), Ready: func() { ready <- struct{}{} }})
	require.NoError(t, err)
	t.Cleanup(s.Close)
	require.False(t, s.Ready())
	s.Set([]Entry{{Function: "tick", Schedule: function.Schedule{Cron: "@every 1s"}}})
	<-ready
	require.True(t, s.Ready())
	require.Eventually(t, func() bool {
		info, err := w.js.Stream(context.Background(), cfg.Stream)
		return err == nil && info.CachedInfo().State.Msgs >= 4
	}, patience, 20*time.Millisecond)
	s.Close()
	s.Close()
}

func TestConfigFaults(t *testing.T) {
	_, err := New(Config{}, Deps{})
	require.ErrorIs(t, err, ErrInvalidConfig)
	require.ErrorContains(t, err, "Keep is 0, must be at least 100")
	_, err = New(DefaultConfig(), Deps{})
	require.ErrorContains(t, err, "Deps.Conn is required")
}

// A time that comes while the run before goes on is left out, by whichever member, and stays
// so when that run has ended.
func TestOverlapSkips(t *testing.T) {
	w := newWorld(t)
	var busy atomic.Bool
	entry := each(function.MissedOnce)
	entry.Schedule.Overlap = function.OverlapSkip
	for range 2 {
		cfg := DefaultConfig()
		cfg.Look, cfg.Retry = 5*time.Millisecond, 10*time.Millisecond
		s, err := New(cfg, Deps{Conn: w.server.Connect(), now: w.clock, Busy: func(_ context.Context, name string) (bool, error) {
			if name != "report" {
				return false, errors.New("another function: " + name)
			}
			return busy.Load(), nil
		}})
		require.NoError(t, err)
		t.Cleanup(s.Close)
		s.Set([]Entry{entry})
	}
	w.pass(t, 0, 8)
	w.pass(t, 10*time.Minute, 8)
	busy.Store(true)
	w.pass(t, 10*time.Minute, 8)
	w.pass(t, 10*time.Minute, 8)
	busy.Store(false)
	w.pass(t, time.Minute, 8)
	w.pass(t, 9*time.Minute, 8)
	require.Equal(t, []string{"01:10", "01:40"}, w.due(t))
}

func TestTriggerOfSchedules(t *testing.T) {
	cfg := DefaultConfig()
	plain := cfg.Trigger("f", []function.Schedule{{}})
	require.Equal(t, 5, plain.Deliveries)
	require.Equal(t, function.DefaultConcurrency, plain.Concurrency)
	queued := cfg.Trigger("f", []function.Schedule{{Overlap: function.OverlapQueue, Deliveries: 1}, {Overlap: function.OverlapQueue, Deliveries: 1}})
	require.Equal(t, 1, queued.Deliveries)
	require.Equal(t, 1, queued.Concurrency)
}
