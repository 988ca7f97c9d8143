package node

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestPressure(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		used, asked := uint64(899), 0
		p := newPressure(0.9, 1000, func() uint64 { asked++; return used })
		require.False(t, p.pressed())
		used = 900
		require.False(t, p.pressed(), "an answer holds for a second")
		require.Equal(t, 1, asked)
		<-time.After(pressureAge)
		require.True(t, p.pressed())
		used = 0
		<-time.After(pressureAge)
		require.False(t, p.pressed())
		require.False(t, newPressure(0, 1000, func() uint64 { return 1 << 40 }).pressed(), "switched off")
		require.False(t, newPressure(0.9, 0, func() uint64 { return 1 << 40 }).pressed(), "the system does not tell")
	})
	require.Greater(t, resident(), uint64(1<<20))
}
