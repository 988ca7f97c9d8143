package kvstore_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/kvstore"
)

func TestAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		asked := 0
		ask := func(ctx context.Context) (int, error) {
			if asked++; asked < 3 {
				<-ctx.Done() // the answer is lost
				return 0, ctx.Err()
			}
			return asked, nil
		}
		began := time.Now()
		got, err := kvstore.Again(t.Context(), ask)
		require.NoError(t, err)
		require.Equal(t, 3, got)
		require.Equal(t, 10*time.Second, time.Since(began))

		refused := errors.New("refused")
		asked = 0
		_, err = kvstore.Again(t.Context(), func(context.Context) (int, error) { asked++; return 0, refused })
		require.ErrorIs(t, err, refused)
		require.Equal(t, 1, asked, "an answer is an answer")

		ctx, cancel := context.WithTimeout(t.Context(), 12*time.Second)
		defer cancel()
		asked = 0
		_, err = kvstore.Again(ctx, func(ctx context.Context) (int, error) {
			asked++
			<-ctx.Done()
			return 0, nats.ErrTimeout
		})
		require.ErrorIs(t, err, nats.ErrTimeout)
		require.Equal(t, 3, asked)
	})
}
