package funcstore

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// Of many that would sweep one does, once in that time; and what was put a moment ago is left
// alone, since its record may be on its way.
func TestOneOfManySweeps(t *testing.T) {
	srv := startServer(t)
	s, ctx := srv.open(), t.Context()
	_, err := deploy(ctx, s, "f", '1', []byte("deployed"))
	require.NoError(t, err)
	v, err := s.Put(ctx, "f", "222222222222", []byte("on its way"))
	require.NoError(t, err)
	round := func(every time.Duration) (swept, did int) {
		var mu sync.Mutex
		var all sync.WaitGroup
		for range 6 {
			mine := srv.open() //nolint:contextcheck // of the test, as ctx is
			all.Go(func() {
				n, ran, err := mine.SweepIfDue(ctx, every)
				mu.Lock()
				defer mu.Unlock()
				if err != nil {
					t.Error(err)
				}
				swept += n
				if ran {
					did++
				}
			})
		}
		all.Wait()
		return swept, did
	}
	swept, did := round(time.Hour)
	require.Equal(t, 1, did, "nobody has ever")
	require.Zero(t, swept)
	_, did = round(time.Hour)
	require.Zero(t, did, "it is not due")
	_, did = round(0)
	require.Positive(t, did)
	old, err := s.Get(ctx, "f")
	require.NoError(t, err)
	next, err := old.Deploy(v, 0, stamp("late"))
	require.NoError(t, err)
	_, err = s.Commit(ctx, old, next)
	require.NoError(t, err)
	body, err := s.Object(ctx, v)
	require.NoError(t, err)
	require.Equal(t, "on its way", string(body))
	list, err := s.List(ctx)
	require.NoError(t, err)
	require.Len(t, list, 1, "the note is no function")
}
