package lease

import (
	"context"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func config(holder string) Config {
	return Config{Holder: holder, Logger: slog.New(slog.DiscardHandler)}
}

func acquire(t *testing.T, store Store, cfg Config, key string) *Lease {
	t.Helper()
	l, err := Acquire(t.Context(), store, cfg, key)
	require.NoError(t, err)
	require.True(t, l.Held())
	return l
}

func TestReleasedIsTakenAtOnceWhereTheStoreIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &Memory{}
		first := acquire(t, store, config("a"), "k")
		var released time.Time
		time.AfterFunc(time.Minute, func() {
			released = time.Now()
			require.NoError(t, first.Release(context.Background()))
		})
		second := acquire(t, store, config("b"), "k")
		require.Zero(t, time.Since(released))
		require.Greater(t, second.Token(), first.Token())
		require.False(t, first.Held())
		require.ErrorIs(t, first.Err(), ErrReleased)
		<-first.Lost()
		require.NoError(t, first.Release(t.Context()), "idempotent")
		require.True(t, second.Held(), "another's record is left alone")
		require.NoError(t, second.Release(t.Context()))
	})
}
