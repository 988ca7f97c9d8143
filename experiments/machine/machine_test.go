package machine

import (
	"os"
	"testing"
	"time"

	"github.com/prometheus/procfs"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
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
	require.GreaterOrEqual(t, use.Busy, use.Cores, "this process is a part of it")
	require.Equal(t, Use{}, Reading{}.Since(Reading{}))
}

// TestBusyIsOfWhatMayBeUsed: the other processors' time is no time that could have been had.
func TestBusyIsOfWhatMayBeUsed(t *testing.T) {
	var usable unix.CPUSet
	require.NoError(t, unix.SchedGetaffinity(0, &usable))
	stat := procfs.Stat{CPU: map[int64]procfs.CPUStat{}}
	for i := range int64(1024) {
		stat.CPU[i] = procfs.CPUStat{User: 1, Nice: 2, System: 4, IRQ: 8, SoftIRQ: 16, Idle: 32, Iowait: 64, Steal: 128, Guest: 256}
	}
	require.InDelta(t, 31*usable.Count(), busyOf(stat), 1e-9)
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
