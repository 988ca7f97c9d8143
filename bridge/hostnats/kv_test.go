package hostnats

import (
	"fmt"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

func TestBucket(t *testing.T) {
	h, nc := host(t, nil)
	bucket(t, nc, "carts")
	ctx := t.Context()
	_, err := h.Get(ctx, "carts", "k", 0)
	require.ErrorIs(t, err, hostcap.ErrNotFound)
	first, err := h.Create(ctx, "carts", "k", []byte("1"))
	require.NoError(t, err)
	_, err = h.Create(ctx, "carts", "k", []byte("2"))
	requireKind(t, hostcap.Conflict, err, "kv.create: the key has another revision")
	second, err := h.Update(ctx, "carts", "k", []byte("2"), first)
	require.NoError(t, err)
	require.Greater(t, second, first)
	_, err = h.Update(ctx, "carts", "k", []byte("3"), first)
	requireKind(t, hostcap.Conflict, err)
	entry, err := h.Get(ctx, "carts", "k", 0)
	require.NoError(t, err)
	require.Equal(t, "2", string(entry.Value))
	require.Equal(t, second, entry.Revision)
	require.False(t, entry.Created.IsZero())
	entry, err = h.Get(ctx, "carts", "k", first)
	require.NoError(t, err)
	require.Equal(t, "1", string(entry.Value), "what it held then")
	_, err = h.Get(ctx, "carts", "other", first)
	require.ErrorIs(t, err, hostcap.ErrNotFound, "a revision of another key")
	requireKind(t, hostcap.Conflict, h.Delete(ctx, "carts", "k", first))
	require.NoError(t, h.Delete(ctx, "carts", "k", second))
	_, err = h.Get(ctx, "carts", "k", 0)
	require.ErrorIs(t, err, hostcap.ErrNotFound)
	_, err = h.Create(ctx, "carts", "k", []byte("again"))
	require.NoError(t, err)
	require.NoError(t, h.Delete(ctx, "carts", "k", 0))
	_, err = h.Put(ctx, "carts", "k", nil)
	require.NoError(t, err)
	entry, err = h.Get(ctx, "carts", "k", 0)
	require.NoError(t, err)
	require.Empty(t, entry.Value)
	_, err = h.Put(ctx, "carts", "a b", nil)
	requireKind(t, hostcap.Invalid, err)
}

// TestKeys: sorted, without what was deleted, and no more than asked for, however many
// there are.
func TestKeys(t *testing.T) {
	h, nc := host(t, nil)
	kv := bucket(t, nc, "carts")
	keys, err := h.Keys(t.Context(), "carts", ">", 10)
	require.NoError(t, err)
	require.Empty(t, keys)
	for i := range 1000 {
		_, err := kv.PutString(t.Context(), fmt.Sprintf("k.%04d", 999-i), "x")
		require.NoError(t, err)
	}
	_, err = kv.PutString(t.Context(), "other", "x")
	require.NoError(t, err)
	require.NoError(t, kv.Delete(t.Context(), "k.0001"))
	keys, err = h.Keys(t.Context(), "carts", ">", 1000)
	require.NoError(t, err)
	require.Len(t, keys, 1000)
	require.Equal(t, []string{"k.0000", "k.0002"}, keys[:2])
	require.Equal(t, "other", keys[999])
	keys, err = h.Keys(t.Context(), "carts", "a b", 10)
	requireKind(t, hostcap.Invalid, err)
	require.Nil(t, keys)
	keys, err = h.Keys(t.Context(), "carts", "*", 10)
	require.NoError(t, err)
	require.Equal(t, []string{"other"}, keys)
	for range 3 {
		_, err = h.Keys(t.Context(), "carts", ">", 10)
		requireKind(t, hostcap.TooLarge, err, "more than 10")
	}
}

// TestBucketsComeAndGo: one that is not there, that was deleted, and that is back.
func TestBucketsComeAndGo(t *testing.T) {
	h, nc := host(t, nil)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	for range 2 {
		_, err := h.Get(t.Context(), "carts", "k", 0)
		requireKind(t, hostcap.NotFound, err, "nats kv add")
		_, err = h.Keys(t.Context(), "carts", ">", 10)
		requireKind(t, hostcap.NotFound, err)
		bucket(t, nc, "carts")
		_, err = h.Put(t.Context(), "carts", "k", []byte("x"))
		require.NoError(t, err)
		_, err = h.Get(t.Context(), "carts", "k", 0)
		require.NoError(t, err)
		require.NoError(t, js.DeleteKeyValue(t.Context(), "carts"))
		_, err = h.Put(t.Context(), "carts", "k", []byte("x"))
		requireKind(t, hostcap.NotFound, err)
	}
}

func TestNoMoreBucketsAreKept(t *testing.T) {
	h, nc := host(t, func(c *Config) { c.MaxBuckets = 1 })
	for _, name := range []string{"a", "b", "c"} {
		bucket(t, nc, name)
		for range 2 {
			_, err := h.Put(t.Context(), name, "k", []byte(name))
			require.NoError(t, err)
		}
	}
	require.Len(t, h.buckets.open, 1)
}

func TestValuesAreBoundedByTheBucket(t *testing.T) {
	h, nc := host(t, nil)
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	_, err = js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "small", MaxValueSize: 10})
	require.NoError(t, err)
	_, err = h.Put(t.Context(), "small", "k", make([]byte, 1000))
	requireKind(t, hostcap.TooLarge, err)
}

func TestNoJetStream(t *testing.T) {
	h := hostOn(t, natskit.Start(t, natskit.WithoutJetStream).ClientURL(), nil)
	_, err := h.Get(t.Context(), "carts", "k", 0)
	requireKind(t, hostcap.Unavailable, err, "no JetStream")
	_, err = h.Put(t.Context(), "carts", "k", nil)
	requireKind(t, hostcap.Unavailable, err)
	_, err = h.PublishAcked(t.Context(), caller(1), hostcap.Message{Subject: "a"})
	requireKind(t, hostcap.NoStream, err)
	require.NoError(t, h.Publish(t.Context(), caller(1), hostcap.Message{Subject: "a"}))
}
