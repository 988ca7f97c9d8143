package bridge

import (
	"math/rand/v2"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// TestCallsAgainstASet holds the linked table to a plain map on random input.
func TestCallsAgainstASet(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	table := &calls{maxCount: 8, maxBytes: 100}
	oracle := map[*call]bool{}
	sum := func() (n int64) {
		for c := range oracle {
			n += c.size
		}
		return n
	}
	for range 20_000 {
		if rng.IntN(2) == 0 {
			c := &call{size: rng.Int64N(40)}
			want := admitted
			if len(oracle) >= 8 || sum()+c.size > 100 {
				want = full
			}
			require.Equal(t, want, table.admit(c))
			if want == admitted {
				oracle[c] = true
			} else {
				table.release(c) // must be harmless
			}
		} else {
			for c := range oracle {
				table.release(c)
				table.release(c) // must be harmless
				delete(oracle, c)
				break
			}
		}
		count, bytes := table.pending()
		require.Equal(t, len(oracle), count)
		require.Equal(t, sum(), bytes)
	}
	rest := table.close()
	require.Len(t, rest, len(oracle))
	for _, c := range rest {
		require.True(t, oracle[c])
	}
	require.Equal(t, refused, table.admit(new(call)))
}

// TestCallsHaveBytesForWhatOthersWaitFor: payloads of callers that wait leave room for those
// of what they wait for.
func TestCallsHaveBytesForWhatOthersWaitFor(t *testing.T) {
	table := &calls{maxCount: 100, maxBytes: 64}
	admit := func(size int64, depth int) (*call, admission) {
		c := &call{size: size}
		c.inv.Depth = depth
		return c, table.admit(c)
	}
	for n, step := range []struct {
		size  int64
		depth int
		want  admission
	}{
		{64, 0, admitted},
		{1, 0, full}, // what comes from outside has filled it
		{32, 1, admitted},
		{1, 1, full},
		{1, 0, full},
		{17, 2, full},
		{16, 2, admitted},
		{1, 1, full},
		{8, 3, admitted},
	} {
		_, got := admit(step.size, step.depth)
		require.Equal(t, step.want, got, "step %d", n)
	}
	_, bytes := table.pending()
	require.EqualValues(t, 64+32+16+8, bytes)
}

func TestCallsCloseReturnsTheOldestFirst(t *testing.T) {
	table := &calls{maxCount: 10, maxBytes: 10}
	a, b, c := new(call), new(call), new(call)
	for _, each := range []*call{a, b, c} {
		require.Equal(t, admitted, table.admit(each))
	}
	table.release(b)
	require.Equal(t, []*call{a, c}, table.close())
}

// TestCallsHaveRoomForWhatOthersWaitFor: where those that wait fill the table.
func TestCallsHaveRoomForWhatOthersWaitFor(t *testing.T) {
	table := &calls{maxCount: 2, maxBytes: 10}
	nested := func(depth int) *call { return &call{inv: function.Invocation{Depth: depth}} }
	for range 2 {
		require.Equal(t, admitted, table.admit(nested(0)))
	}
	require.Equal(t, full, table.admit(nested(0)))
	require.Equal(t, admitted, table.admit(nested(1)))
	require.Equal(t, full, table.admit(nested(1)))
	require.Equal(t, admitted, table.admit(nested(2)))
	require.Equal(t, full, table.admit(nested(0)))
}

func TestCallsEmpty(t *testing.T) {
	table := &calls{maxCount: 10, maxBytes: 10}
	<-table.empty()
	a, b := new(call), new(call)
	table.admit(a)
	table.admit(b)
	first, second := table.empty(), table.empty()
	table.release(a)
	select {
	case <-first:
		t.Fatal("empty with a call inside")
	default:
	}
	table.release(b)
	<-first
	<-second
	<-table.empty()
}

func TestCallsHammer(t *testing.T) {
	table := &calls{maxCount: 64, maxBytes: 1 << 20}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 2000 {
				c := &call{size: 10}
				table.admit(c)
				table.release(c)
			}
		})
	}
	wg.Wait()
	count, bytes := table.pending()
	require.Zero(t, count)
	require.Zero(t, bytes)
}
