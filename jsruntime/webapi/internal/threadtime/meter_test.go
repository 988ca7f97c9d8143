package threadtime_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/webapi/internal/threadtime"
)

func TestLapsGrowWithWork(t *testing.T) {
	meter := threadtime.Start()
	defer meter.Stop()
	var sum time.Duration
	for range 1000 {
		lap := meter.Lap()
		require.GreaterOrEqual(t, lap, time.Duration(0))
		sum += lap
	}
	require.Positive(t, sum)
}
