package kvstore

import (
	"context"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/natskit"
)

// lines is a slog.Handler that keeps each line with its advice.
type lines struct {
	mu   sync.Mutex
	text []string // guarded by mu
}

func (l *lines) Enabled(context.Context, slog.Level) bool { return true }
func (l *lines) WithAttrs([]slog.Attr) slog.Handler       { return l }
func (l *lines) WithGroup(string) slog.Handler            { return l }

func (l *lines) Handle(_ context.Context, r slog.Record) error {
	text := r.Message
	r.Attrs(func(a slog.Attr) bool {
		if a.Key == "advice" {
			text += ": " + a.Value.String()
		}
		return true
	})
	l.mu.Lock()
	defer l.mu.Unlock()
	l.text = append(l.text, text)
	return nil
}

func (l *lines) all() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return strings.Join(l.text, "\n")
}

// awaitEntry takes entries off until one says what check asks for.
func awaitEntry(t *testing.T, entries <-chan Entry, check func(Entry) bool) {
	t.Helper()
	timeout := time.After(deadline)
	for {
		select {
		case e, ok := <-entries:
			require.True(t, ok)
			if check(e) {
				return
			}
		case <-timeout:
			require.FailNow(t, "the entry never came")
		}
	}
}

// A bucket that is lost and made anew is followed again, and what is missing in it does not
// count as deleted.
func TestFollowAllThroughALostBucket(t *testing.T) {
	conn := natskit.Start(t).Connect()
	var logs lines
	cfg := DefaultConfig()
	cfg.Logger = slog.New(&logs)
	b, err := Open(t.Context(), conn, cfg)
	require.NoError(t, err)
	for _, key := range []string{"f.a", "f.b", "other"} {
		_, err = b.Put(t.Context(), key, []byte("1"))
		require.NoError(t, err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	entries := b.FollowAll(ctx, "f.*")
	seen := map[string]bool{}
	awaitEntry(t, entries, func(e Entry) bool { seen[e.Key] = true; return e.Key == "" })
	require.Equal(t, map[string]bool{"f.a": true, "f.b": true, "": true}, seen)

	js, err := jetstream.New(conn)
	require.NoError(t, err)
	require.NoError(t, js.DeleteKeyValue(t.Context(), DefaultConfig().Bucket))
	require.Eventually(t, func() bool { st := b.Stats(); return st.Faults > 0 && st.Failing == 1 }, deadline, 10*time.Millisecond)
	require.Contains(t, logs.all(), "the bucket cannot be watched; what was read stays, and it is tried again: nats kv info says")
	again, err := Open(t.Context(), conn, DefaultConfig())
	require.NoError(t, err)
	_, err = again.Put(t.Context(), "f.c", []byte("new"))
	require.NoError(t, err)
	awaitEntry(t, entries, func(e Entry) bool {
		require.False(t, e.Deleted, e.Key)
		return e.Key == "f.c" && string(e.Value) == "new"
	})
	revision, err := again.Put(t.Context(), "f.a", []byte("2"))
	require.NoError(t, err)
	require.NoError(t, again.Delete(t.Context(), "f.a", revision))
	awaitEntry(t, entries, func(e Entry) bool { return e.Key == "f.a" && e.Deleted && e.Value == nil })
	require.Zero(t, b.Stats().Failing)
	cancel()
	for range entries {
	}
}
