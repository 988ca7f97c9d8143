package function_test

import (
	"fmt"
	"testing"

	"github.com/nats-io/nuid"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestInPortion(t *testing.T) {
	const n = 100_000
	for _, percent := range []float64{0, 0.01, 1, 10, 33.33, 50, 99.99, 100} {
		in := 0
		for i := range n {
			if function.InPortion(fmt.Sprint("call-", i), percent) {
				in++
				require.True(t, function.InPortion(fmt.Sprint("call-", i), min(percent+5, 100)), "a larger part holds the smaller")
			}
		}
		require.InDelta(t, percent, 100*float64(in)/n, 0.6, percent)
	}
	// The ids that nodes make themselves differ in their last characters alone.
	in := 0
	for range n {
		if function.InPortion(nuid.Next(), 10) {
			in++
		}
	}
	require.InDelta(t, 10, 100*float64(in)/n, 0.6)
}
