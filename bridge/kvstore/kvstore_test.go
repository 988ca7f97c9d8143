package kvstore

import (
	"context"
	"fmt"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/internal/natskit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// deadline is how long a test waits for what should happen soon.
const deadline = 60 * time.Second

func open(t *testing.T) *Bucket {
	t.Helper()
	b, err := Open(t.Context(), natskit.Start(t).Connect(), DefaultConfig())
	require.NoError(t, err)
	return b
}

func TestRevisions(t *testing.T) {
	b, ctx := open(t), t.Context()
	_, _, err := b.Get(ctx, "k")
	require.ErrorIs(t, err, ErrNotFound)
	_, err = b.Update(ctx, "k", []byte("x"), 7)
	require.ErrorIs(t, err, ErrConflict)
	first, err := b.Create(ctx, "k", []byte("1"))
	require.NoError(t, err)
	_, err = b.Create(ctx, "k", []byte("2"))
	require.ErrorIs(t, err, ErrConflict)
	second, err := b.Update(ctx, "k", []byte("2"), first)
	require.NoError(t, err)
	require.Greater(t, second, first)
	_, err = b.Update(ctx, "k", []byte("3"), first)
	require.ErrorIs(t, err, ErrConflict)
	require.ErrorIs(t, b.Delete(ctx, "k", first), ErrConflict)
	value, revision, err := b.Get(ctx, "k")
	require.NoError(t, err)
	require.Equal(t, "2", string(value))
	require.Equal(t, second, revision)
	require.NoError(t, b.Delete(ctx, "k", second))
	_, _, err = b.Get(ctx, "k")
	require.ErrorIs(t, err, ErrNotFound)
	third, err := b.Create(ctx, "k", []byte("3"))
	require.NoError(t, err, "what was deleted is absent")
	require.Greater(t, third, second, "revisions grow over a deletion")
	_, err = b.Put(ctx, "k", []byte("4"))
	require.NoError(t, err)
	_, _, err = b.Get(ctx, "not a key")
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrNotFound)
}

func TestOneOfManyCreates(t *testing.T) {
	b := open(t)
	won := make(chan error, 16)
	for i := range cap(won) {
		go func() {
			_, err := b.Create(t.Context(), "k", []byte(strconv.Itoa(i)))
			won <- err
		}()
	}
	winners := 0
	for range cap(won) {
		if err := <-won; err == nil {
			winners++
		} else {
			require.ErrorIs(t, err, ErrConflict)
		}
	}
	require.Equal(t, 1, winners)
}

func TestManyOpenAtOnce(t *testing.T) {
	server := natskit.Start(t)
	errs := make(chan error, 8)
	for range cap(errs) {
		conn := server.Connect()
		go func() {
			_, err := Open(t.Context(), conn, DefaultConfig())
			errs <- err
		}()
	}
	for range cap(errs) {
		require.NoError(t, <-errs)
	}
}

func TestNoJetStream(t *testing.T) {
	_, err := Open(t.Context(), natskit.Start(t, natskit.WithoutJetStream).Connect(), DefaultConfig())
	require.ErrorIs(t, err, ErrNoJetStream)
}

// next takes values off until want comes.
func next(t *testing.T, texts <-chan string, want string) {
	t.Helper()
	timeout := time.After(deadline)
	last := "nothing yet"
	for {
		select {
		case text, ok := <-texts:
			require.True(t, ok, "the channel was closed after %q", last)
			if last = text; text == want {
				return
			}
		case <-timeout:
			require.FailNow(t, "never came", "%q; the last was %q", want, last)
		}
	}
}

func TestWatchTicks(t *testing.T) {
	b := open(t)
	ctx, cancel := context.WithCancel(t.Context())
	ticks, err := b.Watch(ctx, "k")
	require.NoError(t, err)
	<-ticks // it stands
	revision, err := b.Create(ctx, "k", []byte("1"))
	require.NoError(t, err)
	<-ticks
	require.NoError(t, b.Delete(ctx, "k", revision))
	<-ticks
	cancel()
	for range ticks {
	}
}

func TestFollow(t *testing.T) {
	server := natskit.Start(t)
	conn := server.Connect()
	b, err := Open(t.Context(), conn, DefaultConfig())
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	texts := b.Follow(ctx, "k")
	next(t, texts, "")
	for i := range 100 { // nobody reads meanwhile
		_, err = b.Put(ctx, "k", []byte(strconv.Itoa(i)))
		require.NoError(t, err)
	}
	next(t, texts, "99")

	// The server goes, and comes back with what it had.
	server.Stop()
	server.Again()
	require.Eventually(t, conn.IsConnected, deadline, 10*time.Millisecond)
	require.Eventually(t, func() bool {
		_, err = b.Put(ctx, "k", []byte("after"))
		return err == nil
	}, deadline, 50*time.Millisecond, "%v", err)
	next(t, texts, "after")
	_, revision, err := b.Get(ctx, "k")
	require.NoError(t, err)
	require.NoError(t, b.Delete(ctx, "k", revision))
	next(t, texts, "")
	cancel()
	for range texts {
	}
}

// TestConflictInAReplicatedBucket: a bucket with replicas tells of a conflict by another
// code than one without, and the client by its own error.
func TestConflictInAReplicatedBucket(t *testing.T) {
	refused := &jetstream.APIError{Code: 400, ErrorCode: jetstream.JSErrCodeStreamWrongLastSequenceConstant}
	require.ErrorIs(t, wrap("update", "k", fmt.Errorf("%w: %w", refused, jetstream.ErrKeyRevisionMismatch)), ErrConflict)
}
