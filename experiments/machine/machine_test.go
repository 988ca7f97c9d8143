package machine

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestDescribe(t *testing.T) {
	info := Describe()
	require.Positive(t, info.Processors)
	require.NotEmpty(t, info.Go)
}

func TestReadingsAdd(t *testing.T) {
	before := Read()
	require.False(t, before.IsZero())
	for sum, began := 0, time.Now(); time.Since(began) < 20*time.Millisecond; sum++ { // work
	}
	use := Read().Since(before)
	require.Positive(t, use.Elapsed)
	require.Positive(t, use.CPU)
	require.GreaterOrEqual(t, use.Steal, 0.0)
	require.LessOrEqual(t, use.Steal, 1.0)
	require.Equal(t, Use{}, Reading{}.Since(Reading{}))
}

func TestCalibration(t *testing.T) {
	c := summarize([]time.Duration{50, 10, 20, 40, 30})
	require.Equal(t, Calibration{Median: 30, Spread: 20.0 / 30}, c)
	require.InDelta(t, 0.5, c.Drift(Calibration{Median: 45}), 1e-9)
	require.Zero(t, Calibration{}.Drift(c))
	require.Positive(t, Calibrate(0).Median)
}

func TestReadProcess(t *testing.T) {
	p, err := ReadProcess(os.Getpid())
	require.NoError(t, err)
	require.Positive(t, p.CPU)
	require.Positive(t, p.Resident)
	require.GreaterOrEqual(t, p.Peak, p.Resident)
	_, err = ReadProcess(1 << 22) // over every process id
	require.Error(t, err)
}
