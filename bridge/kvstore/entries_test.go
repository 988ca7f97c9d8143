package kvstore

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

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
	server := startServer(t, t.TempDir(), 0, true)
	t.Cleanup(func() { require.NoError(t, server.Shutdown(context.Background())) })
	conn := connect(t, server.ClientURL())
	b, err := Open(t.Context(), conn, DefaultConfig())
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
	cancel()
	for range entries {
	}
}
