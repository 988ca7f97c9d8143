package records

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/function"
)

// slow is a bucket that answers when it is let.
type slow struct {
	begun chan string // the data of each that is to be stored
	let   chan error  // what is answered
	mu    sync.Mutex
	ended []error // what became of each, as the Keeper says; guarded by mu
}

func newSlow() *slow { return &slow{begun: make(chan string, 1000), let: make(chan error)} }

func (s *slow) put(ctx context.Context, _ Run, data []byte) error {
	s.begun <- string(data)
	select {
	case err := <-s.let:
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (s *slow) after(err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended = append(s.ended, err)
}

func (s *slow) all() []error {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]error(nil), s.ended...)
}

func waiting(bytes int64) Config {
	cfg := DefaultConfig()
	cfg.Waiting, cfg.Patience = bytes, patience
	return cfg
}

func ended(ctx context.Context) context.Context {
	ctx, cancel := context.WithCancel(ctx)
	cancel()
	return ctx
}

// Who hands a record in does not wait for the bucket. Where as much waits as may it is refused:
// records of runs that ended well at half of that.
func TestKeeperIsBounded(t *testing.T) {
	s := newSlow()
	k := newKeeper(waiting(100), s.put)
	well := order(1, "pay")
	well.Outcome = function.OK
	first := k.Keep(well, make([]byte, 30), s.after)
	require.Len(t, <-s.begun, 30)
	refused := k.Keep(well, make([]byte, 30), s.after)
	require.ErrorIs(t, refused.Wait(t.Context()), ErrFull)
	second := k.Keep(order(2, "pay"), make([]byte, 70), s.after)
	require.ErrorIs(t, k.Keep(order(3, "pay"), []byte("x"), s.after).Wait(t.Context()), ErrFull)
	require.EqualValues(t, 100, k.Waiting())
	require.ErrorIs(t, first.Wait(ended(t.Context())), context.Canceled)

	s.let <- nil
	s.let <- errors.New("full")
	require.NoError(t, first.Wait(t.Context()))
	require.EqualError(t, second.Wait(t.Context()), "full")
	require.Len(t, s.all(), 4)
	k.Close(t.Context())
	require.Zero(t, k.Waiting())
	// One that is larger than all may be alone, and nothing is taken after the end.
	require.ErrorIs(t, k.Keep(well, []byte("x"), s.after).Wait(t.Context()), ErrClosed)
	k = newKeeper(waiting(10), s.put)
	large := k.Keep(well, make([]byte, 30), s.after)
	s.let <- nil
	require.NoError(t, large.Wait(t.Context()))
	k.Close(t.Context())
}

// The records of one invocation are stored in their order, whatever others do.
func TestKeeperKeepsTheOrder(t *testing.T) {
	var mu sync.Mutex
	stored := map[string]string{}
	k := newKeeper(waiting(1<<20), func(_ context.Context, r Run, data []byte) error {
		mu.Lock()
		defer mu.Unlock()
		stored[r.Invocation] = string(data)
		return nil
	})
	var working sync.WaitGroup
	for n := range 50 {
		working.Go(func() {
			for i := range 40 {
				k.Keep(order(uint64(n+1), "pay"), fmt.Append(nil, i), func(error) {})
			}
		})
	}
	working.Wait()
	k.Close(t.Context())
	require.Len(t, stored, 50)
	for id, data := range stored {
		require.Equal(t, "39", data, id)
	}
}

// A close waits for what is to be stored; when its time is over the rest is given up, and nothing is
// left running.
func TestKeeperCloses(t *testing.T) {
	js := natskit.Start(t).JetStream()
	s := New(js, DefaultConfig())
	k := NewKeeper(s)
	for n := range uint64(100) {
		k.Keep(order(n+1, "pay"), []byte("x"), func(err error) {
			if err != nil {
				t.Error(err)
			}
		})
	}
	k.Close(t.Context())
	k.Close(t.Context())
	runs, _, err := s.Find(t.Context(), Query{})
	require.NoError(t, err)
	require.Len(t, runs, 100)

	never := newSlow()
	k = newKeeper(waiting(1<<20), never.put)
	for range 5 {
		k.Keep(order(1, "pay"), []byte("x"), never.after)
	}
	<-never.begun
	k.Close(ended(t.Context()))
	all := never.all()
	require.Len(t, all, 5)
	require.ErrorIs(t, all[0], context.Canceled)
	for _, err := range all[1:] {
		require.ErrorIs(t, err, ErrClosed)
	}
}
