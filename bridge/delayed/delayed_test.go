package delayed

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/function"
)

// patience bounds what must happen at some time.
const patience = time.Minute

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// rig is a server, a store, and a client beside the relays.
type rig struct {
	server *natskit.Server
	conn   *nats.Conn
	js     jetstream.JetStream
	store  *Store
}

func newRig(t *testing.T) *rig {
	t.Helper()
	r := &rig{server: natskit.Start(t)}
	r.conn = r.server.Connect()
	r.js = natskit.JetStream(t, r.conn)
	var err error
	r.store, err = New(r.server.Connect(), DefaultConfig())
	require.NoError(t, err)
	return r
}

// relay has another member publish what is due.
func (r *rig) relay(t *testing.T) {
	t.Helper()
	conn := r.server.Connect()
	relay, err := NewRelay(conn, DefaultConfig())
	require.NoError(t, err)
	cfg := stream.DefaultConfig()
	cfg.Retry, cfg.MaxRetry, cfg.PullExpiry, cfg.Heartbeat = 20*time.Millisecond, 100*time.Millisecond, 4*time.Second, time.Second
	cfg.Policy.Base, cfg.Policy.Cap = 20*time.Millisecond, 100*time.Millisecond
	triggers, err := stream.New(cfg, stream.Deps{
		Conn: conn, Dispatcher: relay, Logger: slog.New(slog.NewTextHandler(os.Stderr, nil)),
		Prepare: func(ctx context.Context, _ string) error {
			_, err := r.store.Open(ctx)
			return err
		},
	})
	require.NoError(t, err)
	triggers.Set([]stream.Trigger{{Function: Function, Stream: DefaultConfig().Trigger()}})
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), patience)
		defer cancel()
		require.NoError(t, triggers.Drain(ctx))
		relay.Close()
	})
}

func message(subject, id, body string) *nats.Msg {
	msg := nats.NewMsg(subject)
	msg.Data = []byte(body)
	msg.Header.Set(jetstream.MsgIDHeader, id)
	return msg
}

func (r *rig) subscribe(t *testing.T, subject string) *nats.Subscription {
	t.Helper()
	sub, err := r.conn.SubscribeSync(subject)
	require.NoError(t, err)
	require.NoError(t, r.conn.Flush())
	return sub
}

func (r *rig) waiting(t *testing.T) uint64 {
	t.Helper()
	s, err := r.js.Stream(t.Context(), "ISOLANE_DELAYED")
	require.NoError(t, err)
	return s.CachedInfo().State.Msgs
}

// A message comes once, not before its time, as it was, whichever of the members publishes it.
func TestMessagesComeWhenTheyAreDue(t *testing.T) {
	r := newRig(t)
	r.relay(t)
	r.relay(t)
	sub := r.subscribe(t, "hello.>")
	began := time.Now()
	msg := message("hello.world", "id-1", "later")
	msg.Header["X-Shop"] = []string{"berlin", "paris"}
	msg.Header.Set("Isolane-Hops", "1")
	ack, err := r.store.Put(t.Context(), msg, When{After: 700 * time.Millisecond})
	require.NoError(t, err)
	require.Equal(t, "ISOLANE_DELAYED", ack.Stream)
	ack, err = r.store.Put(t.Context(), msg, When{After: 700 * time.Millisecond})
	require.NoError(t, err)
	require.True(t, ack.Duplicate)
	_, err = r.store.Put(t.Context(), message("hello.past", "id-2", "at once"), When{At: time.Now().Add(-time.Hour)})
	require.NoError(t, err)

	first, err := sub.NextMsg(patience)
	require.NoError(t, err)
	require.Equal(t, "hello.past", first.Subject)
	got, err := sub.NextMsg(patience)
	require.NoError(t, err)
	require.GreaterOrEqual(t, time.Since(began), 700*time.Millisecond)
	require.Equal(t, "hello.world", got.Subject)
	require.Equal(t, "later", string(got.Data))
	require.Equal(t, nats.Header{"X-Shop": {"berlin", "paris"}, "Isolane-Hops": {"1"}, "Nats-Msg-Id": {"id-1"}}, got.Header)
	require.Empty(t, got.Reply)
	require.Eventually(t, func() bool { return r.waiting(t) == 0 }, patience, 10*time.Millisecond, "nothing is left behind")
	_, err = sub.NextMsg(300 * time.Millisecond)
	require.ErrorIs(t, err, nats.ErrTimeout, "once")
}

// A stream takes it once, also when it is filed again after it has come.
func TestAStreamTakesItOnce(t *testing.T) {
	r := newRig(t)
	r.relay(t)
	target, err := r.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
	require.NoError(t, err)
	count := func() uint64 {
		info, err := target.Info(t.Context())
		require.NoError(t, err)
		return info.State.Msgs
	}
	_, err = r.store.Put(t.Context(), message("orders.1", "id-1", "x"), When{})
	require.NoError(t, err)
	require.Eventually(t, func() bool { return count() == 1 }, patience, 10*time.Millisecond)
	s, err := r.js.Stream(t.Context(), "ISOLANE_DELAYED")
	require.NoError(t, err)
	require.Eventually(t, func() bool { return r.waiting(t) == 0 }, patience, 10*time.Millisecond)
	cfg := s.CachedInfo().Config
	cfg.Duplicates = 100 * time.Millisecond
	require.Eventually(t, func() bool {
		// As if that hour had passed. The server forgets by its new window only where its timer
		// fires after the window was set, and it starts the timer first: so another one each time.
		cfg.Duplicates += time.Millisecond
		_, err := r.js.UpdateStream(t.Context(), cfg)
		require.NoError(t, err)
		ack, err := r.store.Put(t.Context(), message("orders.1", "id-1", "x"), When{})
		return err == nil && !ack.Duplicate
	}, patience, 50*time.Millisecond)
	require.Eventually(t, func() bool { return r.waiting(t) == 0 }, patience, 10*time.Millisecond)
	require.EqualValues(t, 1, count())
}

// The server ends after a message was filed and begins again: what was due meanwhile comes
// then, what is not yet due later.
func TestMessagesOutliveTheServer(t *testing.T) {
	r := newRig(t)
	r.relay(t)
	sub := r.subscribe(t, "hello.>")
	for i := range 20 {
		when := When{After: time.Second}
		if i%2 == 0 {
			when = When{After: 4 * time.Second}
		}
		_, err := r.store.Put(t.Context(), message(fmt.Sprint("hello.", i), fmt.Sprint("id-", i), "x"), when)
		require.NoError(t, err)
	}
	r.server.Stop()
	r.server.Again()
	seen := map[string]int{}
	for len(seen) < 20 {
		msg, err := sub.NextMsg(patience)
		require.NoError(t, err, "%v", seen)
		seen[msg.Subject]++
	}
	for subject, times := range seen {
		require.Equal(t, 1, times, subject)
	}
}

func TestStreamWithoutSchedules(t *testing.T) {
	r := newRig(t)
	_, err := r.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ISOLANE_DELAYED", Subjects: []string{"isolane.delayed.>"}})
	require.NoError(t, err)
	_, err = r.store.Put(t.Context(), message("a", "1", "x"), When{After: time.Hour})
	require.ErrorIs(t, err, ErrNoSchedules)
	require.ErrorContains(t, err, "NATS server of version 2.12 or later")
	require.ErrorContains(t, err, "nats stream edit ISOLANE_DELAYED --allow-schedules")
	require.Zero(t, r.waiting(t), "nothing that would never come")
	// Where it was there and lost them, the server itself says so.
	require.NoError(t, r.js.DeleteStream(t.Context(), "ISOLANE_DELAYED"))
	_, err = r.store.Put(t.Context(), message("a", "1", "x"), When{After: time.Hour})
	require.NoError(t, err)
	require.NoError(t, r.js.DeleteStream(t.Context(), "ISOLANE_DELAYED"))
	_, err = r.store.Put(t.Context(), message("a", "1", "x"), When{After: time.Hour})
	require.NoError(t, err, "it is made again")
	require.NoError(t, r.js.DeleteStream(t.Context(), "ISOLANE_DELAYED"))
	_, err = r.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ISOLANE_DELAYED", Subjects: []string{"isolane.delayed.>"}})
	require.NoError(t, err)
	_, err = r.store.Put(t.Context(), message("a", "1", "x"), When{After: time.Hour})
	require.ErrorIs(t, err, ErrNoSchedules)
}

func TestTimes(t *testing.T) {
	r := newRig(t)
	_, err := r.store.Put(t.Context(), message("a", "1", "x"), When{After: MaxDelay + time.Hour})
	require.ErrorIs(t, err, ErrTooFar)
	_, err = r.store.Put(t.Context(), message("a", "1", "x"), When{At: time.Now().Add(2 * MaxDelay)})
	require.ErrorIs(t, err, ErrTooFar)
	require.Zero(t, r.waiting(t))
	// It is the server's clock that counts: one that is an hour ahead.
	r.store.mu.Lock()
	r.store.server = time.Now().Add(time.Hour)
	r.store.mu.Unlock()
	_, err = r.store.Put(t.Context(), message("a", "1", "x"), When{After: time.Minute})
	require.NoError(t, err)
	s, err := r.js.Stream(t.Context(), "ISOLANE_DELAYED")
	require.NoError(t, err)
	raw, err := s.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	at, err := time.Parse("@at "+time.RFC3339Nano, raw.Header.Get("Nats-Schedule"))
	require.NoError(t, err)
	require.WithinDuration(t, time.Now().Add(61*time.Minute), at, patience)
}

// What the subject's stream has no room for waits until it has; what can never be published is
// a dead letter.
func TestWhatCannotBePublished(t *testing.T) {
	r := newRig(t)
	r.relay(t)
	target, err := r.js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "SMALL", Subjects: []string{"small.>"}, MaxMsgs: 1, Discard: jetstream.DiscardNew,
	})
	require.NoError(t, err)
	_, err = r.js.Publish(t.Context(), "small.1", []byte("in the way"))
	require.NoError(t, err)
	_, err = r.store.Put(t.Context(), message("small.2", "2", "x"), When{})
	require.NoError(t, err)
	_, err = r.js.Publish(t.Context(), "isolane.delayed.due.x", []byte("by somebody else"))
	require.NoError(t, err)
	box := deadletter.New(r.js, deadletter.DefaultConfig())
	letters := func() (all []*deadletter.Letter) {
		for l, err := range box.All(t.Context(), deadletter.Filter{}) {
			if err == nil {
				all = append(all, l)
			}
		}
		return all
	}
	require.Eventually(t, func() bool { return len(letters()) > 0 }, patience, 20*time.Millisecond)
	require.Equal(t, Function, letters()[0].Function)
	require.Equal(t, function.BadRequest, letters()[0].Outcome)
	require.NoError(t, target.Purge(t.Context()))
	require.Eventually(t, func() bool {
		_, err := target.GetLastMsgForSubject(t.Context(), "small.2")
		return err == nil
	}, patience, 20*time.Millisecond)
	require.Len(t, letters(), 1)
}

func TestConfig(t *testing.T) {
	require.NoError(t, DefaultConfig().Validate())
	_, err := New(nil, Config{})
	require.ErrorIs(t, err, ErrInvalidConfig)
	require.ErrorContains(t, err, "no Stream")
	require.ErrorContains(t, err, "MaxPublishing is 0")
}
