package kvstore

import (
	"context"
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/natskit"
)

func TestWriteWithHeaders(t *testing.T) {
	conn := natskit.Start(t).Connect()
	b, err := Open(t.Context(), conn, DefaultConfig())
	require.NoError(t, err)
	header := func(text string) map[string][]string { return map[string][]string{"X-At": {text}} }
	first, err := b.Write(t.Context(), "a", []byte("1"), 0, header("1"))
	require.NoError(t, err)
	_, err = b.Write(t.Context(), "a", []byte("2"), 0, header("2"))
	require.ErrorIs(t, err, ErrConflict)
	second, err := b.Write(t.Context(), "a", []byte("2"), first, header("2"))
	require.NoError(t, err)
	_, err = b.Write(t.Context(), "a", []byte("3"), first, header("3"))
	require.ErrorIs(t, err, ErrConflict)
	value, revision, err := b.Get(t.Context(), "a")
	require.NoError(t, err)
	require.Equal(t, "2", string(value))
	require.Equal(t, second, revision)
	// One that was deleted has none.
	require.NoError(t, b.Delete(t.Context(), "a", second))
	third, err := b.Write(t.Context(), "a", []byte("4"), 0, header("4"))
	require.NoError(t, err)
	require.Greater(t, third, second+1)
}

func TestHeaders(t *testing.T) {
	conn := natskit.Start(t).Connect()
	b, err := Open(t.Context(), conn, DefaultConfig())
	require.NoError(t, err)
	seen := map[string]string{}
	see := func(key string, header map[string][]string) {
		seen[key] = ""
		if at := header["X-At"]; len(at) > 0 {
			seen[key] = at[0]
		}
	}
	require.NoError(t, b.Headers(t.Context(), see))
	require.Empty(t, seen, "an empty bucket")
	const keys = 10_000
	want := map[string]string{}
	for i := range keys {
		key, text := fmt.Sprint("k", i), ""
		if i%3 == 0 {
			text = fmt.Sprint(i)
			_, err = b.Write(t.Context(), key, make([]byte, 100), 0, map[string][]string{"X-At": {text}})
		} else {
			_, err = b.Put(t.Context(), key, make([]byte, 100))
		}
		require.NoError(t, err)
		want[key] = text
	}
	_, err = b.Put(t.Context(), "k3", nil) // without headers from now on
	require.NoError(t, err)
	want["k3"] = ""
	require.NoError(t, b.Headers(t.Context(), see))
	require.Equal(t, want, seen)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.ErrorIs(t, b.Headers(ended, see), context.Canceled)
}

// Those of some keys are read without the others, and of a bucket that nobody has opened.
func TestReadHeaders(t *testing.T) {
	server := natskit.Start(t)
	js := server.JetStream()
	seen := map[string]int{}
	see := func(h Header) { seen[h.Key+"="+fmt.Sprint(h.Header["X-At"])] = h.Size }
	bucket := DefaultConfig().Bucket
	require.ErrorIs(t, ReadHeaders(t.Context(), js, bucket, nil, see), jetstream.ErrStreamNotFound)
	b, err := Open(t.Context(), server.Connect(), DefaultConfig())
	require.NoError(t, err)
	for i, key := range []string{"a.1", "a.2", "b.1", "c"} {
		_, err = b.Write(t.Context(), key, make([]byte, i), 0, map[string][]string{"X-At": {key}})
		require.NoError(t, err)
	}
	require.NoError(t, b.Delete(t.Context(), "a.2", 2))
	require.NoError(t, ReadHeaders(t.Context(), js, bucket, []string{"a.*", "b.*"}, see))
	require.Equal(t, map[string]int{"a.1=[a.1]": 0, "b.1=[b.1]": 2}, seen)
	clear(seen)
	require.NoError(t, ReadHeaders(t.Context(), js, bucket, []string{"d.*"}, see))
	require.Empty(t, seen)
}
