package lease

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func acquire(t *testing.T, store Store, holder string) *Lease {
	t.Helper()
	l, err := Acquire(t.Context(), store, Config{Holder: holder}, "k")
	require.NoError(t, err)
	require.True(t, l.Held())
	require.NoError(t, l.Err())
	return l
}

// kill ends a lease's goroutine and leaves the record, as a process that dies does.
func kill(l *Lease) {
	l.stop()
	<-l.done
}

// unwatched hides that a Memory can be watched.
type unwatched struct{ Store }

func TestFreeKeyIsTakenAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		l := acquire(t, &Memory{}, "a")
		require.Zero(t, time.Since(begun))
		require.NoError(t, l.Release(t.Context()))
	})
}

func TestReleasedIsTakenAtOnceWhereTheStoreIsWatched(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		require.Zero(t, handOver(t, &Memory{}))
	})
}

func TestReleasedIsTakenByTheNextPollOtherwise(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		after := handOver(t, unwatched{&Memory{}})
		require.LessOrEqual(t, after, DefaultConfig("").Poll)
		require.NotZero(t, after)
	})
}

// handOver releases a lease that another waits for, and returns how long that takes.
func handOver(t *testing.T, store Store) time.Duration {
	t.Helper()
	first := acquire(t, store, "a")
	var released time.Time
	time.AfterFunc(time.Minute+time.Millisecond, func() {
		released = time.Now()
		require.NoError(t, first.Release(context.Background()))
	})
	second := acquire(t, store, "b")
	after := time.Since(released)
	require.Greater(t, second.Token(), first.Token())
	require.False(t, first.Held())
	require.ErrorIs(t, first.Err(), ErrReleased)
	<-first.Lost()
	require.NoError(t, first.Release(t.Context()), "idempotent")
	require.True(t, second.Held(), "another's record is left alone")
	require.NoError(t, second.Release(t.Context()))
	return after
}

func TestDeadHoldersKeyIsTakenAfterTTLAndAPoll(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store, cfg := unwatched{&Memory{}}, DefaultConfig("b")
		dead := acquire(t, store, "a")
		kill(dead)
		died := time.Now()
		l := acquire(t, store, "b")
		require.GreaterOrEqual(t, time.Since(died), cfg.TTL)
		require.LessOrEqual(t, time.Since(died), cfg.TTL+cfg.Poll)
		require.False(t, dead.Held())
		require.ErrorIs(t, dead.Err(), ErrExpired)
		require.NoError(t, l.Release(t.Context()))
	})
}

func TestHeldAsLongAsItIsRenewed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &scripted{memory: &Memory{}}
		l := acquire(t, store, "a")
		token := l.Token()
		<-time.After(time.Hour)
		require.True(t, l.Held())
		require.Equal(t, token, l.Token(), "renewals do not change it")
		cfg := DefaultConfig("a")
		require.InDelta(t, int(time.Hour/cfg.Renew), store.count("update"), 1)
		require.NoError(t, l.Release(t.Context()))
	})
}

// The deadline counts from before the write, not from its answer.
func TestDeadlineCountsFromTheBeginningOfTheLastRenewal(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cfg := DefaultConfig("a")
		for name, late := range map[string]time.Duration{"take": 0, "renewal": cfg.Renew} {
			begun := time.Now().Add(late)
			store := &scripted{memory: &Memory{}, before: func(ctx context.Context, what string, _ int, call func() error) error {
				if time.Now().After(begun) {
					<-ctx.Done() // no answer
					return ctx.Err()
				}
				err := call()
				if what != "get" && time.Now().Equal(begun) {
					<-time.After(cfg.Renew - time.Millisecond)
				}
				return err
			}}
			l := acquire(t, store, "a")
			<-l.Lost()
			require.Equal(t, begun.Add(cfg.TTL-cfg.Margin), time.Now(), name)
			require.False(t, l.Held())
			require.ErrorIs(t, l.Err(), ErrExpired)
			ctx, cancel := context.WithTimeout(t.Context(), time.Second)
			require.ErrorIs(t, l.Release(ctx), context.DeadlineExceeded)
			cancel()
		}
	})
}

// A store that neither answers nor heeds ctx holds up nothing but the release, and
// that no longer than its own ctx.
func TestLostInTimeThoughTheStoreHangs(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		hang := make(chan struct{})
		store := &scripted{memory: &Memory{}, before: func(_ context.Context, what string, _ int, call func() error) error {
			if what == "update" {
				<-hang
			}
			return call()
		}}
		begun, cfg := time.Now(), DefaultConfig("a")
		l := acquire(t, store, "a")
		<-l.Lost()
		require.Equal(t, cfg.TTL-cfg.Margin, time.Since(begun))
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		require.ErrorIs(t, l.Release(ctx), context.DeadlineExceeded)
		close(hang)
		require.NoError(t, l.Release(t.Context()), "and again")
		_, _, err := store.memory.Get(t.Context(), "k")
		require.ErrorIs(t, err, ErrNotFound)
	})
}

func TestTakenIsNoticedAtTheNextRenewal(t *testing.T) {
	for name, meddle := range map[string]func(m *Memory, revision uint64) error{
		"by another": func(m *Memory, revision uint64) error {
			_, err := m.Update(context.Background(), "k", newIdentity("b").next(), revision)
			return err
		},
		"by nobody that can be read": func(m *Memory, revision uint64) error {
			_, err := m.Update(context.Background(), "k", []byte("{"), revision)
			return err
		},
		"the record is deleted": func(m *Memory, revision uint64) error {
			return m.Delete(context.Background(), "k", revision)
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				store := &Memory{}
				l := acquire(t, store, "a")
				require.NoError(t, meddle(store, l.Token()))
				value, revision, _ := store.Get(t.Context(), "k")
				begun := time.Now()
				<-l.Lost()
				require.Equal(t, DefaultConfig("a").Renew, time.Since(begun))
				require.ErrorIs(t, l.Err(), ErrTaken)
				require.NoError(t, l.Release(t.Context()))
				require.ErrorIs(t, l.Err(), ErrTaken, "the first reason stays")
				after, same, _ := store.Get(t.Context(), "k")
				require.Equal(t, value, after)
				require.Equal(t, revision, same)
			})
		})
	}
}

var errStore = errors.New("the store is ill")

func TestPassingErrorsAreLivedThrough(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var ill atomic.Bool
		store := &scripted{memory: &Memory{}, before: func(_ context.Context, _ string, _ int, call func() error) error {
			if ill.Load() {
				return errStore
			}
			return call()
		}}
		l := acquire(t, store, "a")
		for range 10 {
			<-time.After(20 * time.Second)
			ill.Store(true)
			<-time.After(3 * time.Second)
			ill.Store(false)
			require.True(t, l.Held())
		}
		require.NoError(t, l.Release(t.Context()))
	})
}

// Of writes that took effect and were not answered, neither the lease nor its token is
// lost, and nothing is written twice over another's record.
func TestLostAnswers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &scripted{memory: &Memory{}}
		store.before = func(_ context.Context, what string, n int, call func() error) error {
			err := call()
			if what != "get" && n%2 == 1 {
				return errStore
			}
			return err
		}
		l := acquire(t, store, "a")
		_, revision, err := store.memory.Get(t.Context(), "k")
		require.NoError(t, err)
		require.Equal(t, revision-1, l.Token(), "that of the record it found to be its own")
		<-time.After(time.Hour)
		require.True(t, l.Held())
		require.NoError(t, l.Release(t.Context()))
		_, _, err = store.memory.Get(t.Context(), "k")
		require.ErrorIs(t, err, ErrNotFound)
	})
}
