package openloop

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAsManyAsWereAsked(t *testing.T) {
	for _, rate := range []int{1, 7, 100, 1000, 10000} {
		synctest.Test(t, func(t *testing.T) {
			var sent []int
			began := time.Now()
			Pace(t.Context(), rate, 3*time.Second, func(n int) { sent = append(sent, n) })
			require.Len(t, sent, 3*rate)
			require.Equal(t, 3*rate-1, sent[len(sent)-1])
			require.Equal(t, 3*time.Second, time.Since(began))
		})
	}
}

func TestSlowSendsAreMadeUpFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		n := 0
		Pace(t.Context(), 100, time.Second, func(i int) {
			n++
			if i == 10 {
				timer := time.NewTimer(500 * time.Millisecond)
				<-timer.C
			}
		})
		require.Equal(t, 100, n)
	})
}

func TestItEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		n := 0
		Pace(ctx, 10, time.Hour, func(int) { n++ })
		require.InDelta(t, 10, n, 1)
	})
}
