package process_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/tools/jscost/internal/process"
)

func TestSampleSeesWhatIsHeld(t *testing.T) {
	before, err := process.Take()
	require.NoError(t, err)
	require.Positive(t, before.Threads)
	require.Less(t, before.GoHeap, before.Resident)

	const held = 64 << 20
	memory := make([]byte, held)
	for n := range memory {
		memory[n] = 1
	}
	file, err := os.Open(os.DevNull)
	require.NoError(t, err)
	end := make(chan struct{})
	go func() { <-end }()
	now, err := process.Look()
	require.NoError(t, err)
	require.GreaterOrEqual(t, now.Resident-before.Resident, int64(held/2))
	require.GreaterOrEqual(t, now.GoHeap-before.GoHeap, int64(held/2))
	require.Equal(t, before.Goroutines+1, now.Goroutines)
	require.Equal(t, before.Files+1, now.Files)
	require.Len(t, memory, held, "it is alive until here")

	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	var kept *process.SettleError
	require.ErrorAs(t, process.Settle(ctx, before), &kept)
	require.Equal(t, before.Files+1, kept.Now.Files)

	close(end)
	require.NoError(t, file.Close())
	ctx, cancel = context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	require.NoError(t, process.Settle(ctx, before))
}
