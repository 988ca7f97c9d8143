package hostnats

import (
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/delayed"
	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// TestPendingIsBounded: one more than may be pending is refused at once, and there is room
// again when one has ended.
func TestPendingIsBounded(t *testing.T) {
	for name, configure := range map[string]func(*Config){
		"number": func(c *Config) { c.MaxPending = 1 },
		"bytes":  func(c *Config) { c.MaxPendingBytes = 8 << 20 },
	} {
		t.Run(name, func(t *testing.T) {
			h, nc := host(t, configure)
			sub := subscribe(t, nc, "later")
			asked := make(chan error, 1)
			payload := make([]byte, 5<<20)
			go func() {
				_, err := h.Request(t.Context(), caller(1), hostcap.Message{Subject: "later", Data: payload}, 0)
				asked <- err
			}()
			m := next(t, sub)
			_, err := h.Request(t.Context(), caller(2), hostcap.Message{Subject: "later", Data: payload}, 0)
			requireKind(t, hostcap.Overloaded, err, "as much pending as they may")
			requireKind(t, hostcap.Overloaded, h.Publish(t.Context(), caller(2), hostcap.Message{Subject: "a", Data: payload}))
			_, err = h.Put(t.Context(), "b", "k", payload)
			requireKind(t, hostcap.Overloaded, err)
			require.NoError(t, m.Respond(nil))
			require.NoError(t, <-asked)
			require.NoError(t, h.Publish(t.Context(), caller(2), hostcap.Message{Subject: "a", Data: payload}))
			require.Zero(t, h.room.count)
			require.Zero(t, h.room.bytes)
		})
	}
}

// TestWritesAreDoneAllTheSame: what was begun is done, even where the invocation ended at
// once.
func TestWritesAreDoneAllTheSame(t *testing.T) {
	h, nc := host(t, nil)
	sub := subscribe(t, nc, "a")
	count := stream(t, nc, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}})
	kv := bucket(t, nc, "carts")
	watcher, err := kv.WatchAll(t.Context())
	require.NoError(t, err)
	require.Nil(t, <-watcher.Updates())

	requireKind(t, hostcap.Aborted, h.Publish(canceled(t), caller(1), hostcap.Message{Subject: "a", Data: []byte("x")}), "sent all the same")
	require.Equal(t, "x", string(next(t, sub).Data))
	_, err = h.Put(canceled(t), "carts", "k", []byte("y"))
	requireKind(t, hostcap.Aborted, err, "done all the same")
	require.Equal(t, "y", string((<-watcher.Updates()).Value()))
	_, err = h.PublishAcked(canceled(t), caller(2), hostcap.Message{Subject: "s"})
	requireKind(t, hostcap.Aborted, err)
	require.Eventually(t, func() bool { return count() == 1 }, patience, 5*time.Millisecond)
	require.NoError(t, watcher.Stop())
	// A read is given up.
	_, err = h.Get(canceled(t), "carts", "k", 0)
	requireKind(t, hostcap.Aborted, err)
	_, err = h.Request(canceled(t), caller(1), hostcap.Message{Subject: "a"}, 0)
	requireKind(t, hostcap.Aborted, err)
}

// TestServerAway: while there is no server everything is refused at once, with nothing
// sent later; what waits for an answer waits on, and gets it when the server is back.
func TestServerAway(t *testing.T) {
	server := natskit.Start(t)
	h := hostOn(t, server.ClientURL(), nil)
	nc := server.Connect()
	bucket(t, nc, "carts")
	silent := subscribe(t, nc, "silent")
	asked := make(chan error, 1)
	go func() {
		_, err := h.Request(t.Context(), caller(1), hostcap.Message{Subject: "silent"}, 0)
		asked <- err
	}()
	question := next(t, silent)

	server.Stop()
	require.Eventually(t, func() bool { return h.conn.Status() != nats.CONNECTED }, patience, time.Millisecond)
	requireKind(t, hostcap.Disconnected, h.Publish(t.Context(), caller(1), hostcap.Message{Subject: "a"}), "nothing was sent")
	_, err := h.PublishAcked(t.Context(), caller(1), hostcap.Message{Subject: "a"})
	requireKind(t, hostcap.Disconnected, err)
	_, err = h.Request(t.Context(), caller(1), hostcap.Message{Subject: "a"}, 0)
	requireKind(t, hostcap.Disconnected, err)
	_, err = h.Get(t.Context(), "carts", "k", 0)
	requireKind(t, hostcap.Disconnected, err)

	server.Again()
	require.Eventually(t, func() bool { return h.conn.Status() == nats.CONNECTED }, patience, time.Millisecond)
	require.NoError(t, h.Publish(t.Context(), caller(1), hostcap.Message{Subject: "a"}))
	_, err = h.Put(t.Context(), "carts", "k", []byte("x"))
	require.NoError(t, err)
	require.NoError(t, question.Respond(nil))
	require.NoError(t, <-asked)
}

// TestCloseEndsWhatIsPending: nobody acknowledges, and the shutdown does not wait for it.
func TestCloseEndsWhatIsPending(t *testing.T) {
	h, nc := host(t, nil)
	sub := subscribe(t, nc, "s")
	done := make(chan error, 1)
	go func() {
		_, err := h.PublishAcked(t.Context(), caller(1), hostcap.Message{Subject: "s"})
		done <- err
	}()
	next(t, sub)
	require.NoError(t, h.Close())
	requireKind(t, hostcap.Disconnected, <-done, "shutting down")
	_, err := h.Put(t.Context(), "b", "k", nil)
	requireKind(t, hostcap.Disconnected, err, "nothing was sent")
	requireKind(t, hostcap.Disconnected, h.Publish(t.Context(), caller(1), hostcap.Message{Subject: "a"}), "shutting down")
	require.NoError(t, h.Close(), "idempotent")
}

// TestHammer: many at once, each confirmed, and nothing left of them.
func TestHammer(t *testing.T) {
	h, nc := host(t, nil)
	bucket(t, nc, "carts")
	_, err := nc.Subscribe("echo", func(m *nats.Msg) { _ = m.Respond(m.Data) })
	require.NoError(t, err)
	sub := subscribe(t, nc, "a")
	const goroutines, loops = 8, 50
	var wg sync.WaitGroup
	for g := range goroutines {
		wg.Go(func() {
			for i := range loops {
				if err := h.Publish(t.Context(), caller(i), hostcap.Message{Subject: "a"}); err != nil {
					t.Error(err)
				}
				reply, err := h.Request(t.Context(), caller(i), hostcap.Message{Subject: "echo", Data: []byte{byte(g), byte(i)}}, patience)
				if err != nil || reply.Data[0] != byte(g) || reply.Data[1] != byte(i) {
					t.Errorf("%v %v", reply, err)
				}
				if _, err := h.Put(t.Context(), "carts", "k"+strconv.Itoa(g), []byte{byte(i)}); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	for range goroutines * loops {
		next(t, sub)
	}
	require.Zero(t, h.room.count)
}

func TestConfigReportsEverything(t *testing.T) {
	require.NoError(t, DefaultConfig().Validate())
	err := Config{}.Validate()
	for _, field := range []string{"MaxPending ", "MaxPendingBytes", "MaxHops", "Patience", "MaxBuckets", "CallSilence", "CallNobody", "Queue"} {
		require.ErrorContains(t, err, field)
	}
	nc := natskit.Start(t, natskit.WithoutJetStream).Connect()
	_, err = New(nc, Config{Delayed: delayed.DefaultConfig(), MaxPending: 1, MaxPendingBytes: 1, MaxHops: 1, Patience: 1, MaxBuckets: 1, Queue: "q", CallSilence: 1, CallNobody: 1})
	require.ErrorContains(t, err, "under the server's max payload")
	_, err = New(nc, Config{})
	require.Error(t, err)
}
