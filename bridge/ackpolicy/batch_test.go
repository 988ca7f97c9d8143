package ackpolicy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestBatchSize(t *testing.T) {
	for _, c := range []struct {
		size, limit int
		want        []int // by delivery, from 1
	}{
		{100, 5, []int{100, 25, 6, 1, 1, 1}},
		{1000, 5, []int{1000, 250, 62, 15, 1, 1}},
		{1000, 10, []int{1000, 250, 62, 15, 3, 1, 1}},
		{100, 2, []int{100, 1, 1}},
		{100, 1, []int{1, 1}},
		{2, 5, []int{2, 1, 1}},
	} {
		p := Default()
		p.Limit = c.limit
		for i, want := range c.want {
			require.Equal(t, want, p.BatchSize(c.size, i+1), "size %d, limit %d, delivery %d", c.size, c.limit, i+1)
		}
	}
}

// Whatever a batch ends with, no message that shared it is given up for that, and all of it
// comes to an end: a message that ruins each batch that it is in is a dead letter after as
// many deliveries as count, and every other one has been acknowledged by then.
func TestPoisonInABatchHarmsItselfAlone(t *testing.T) {
	failures := []function.Outcome{
		function.BadRequest, function.TooLarge, function.Timeout, function.Exception, function.ExceededCPU, function.ExceededMemory, function.NotFound,
	}
	rapid.Check(t, func(t *rapid.T) {
		p := Default()
		p.Limit = rapid.IntRange(2, 12).Draw(t, "limit")
		size := rapid.IntRange(2, 1000).Draw(t, "size")
		outcome := rapid.SampledFrom(failures).Draw(t, "outcome")
		alive, poison := size, true // of size messages, one is poison
		for delivery := 1; alive > 0; delivery++ {
			together := p.BatchSize(size, delivery)
			// The batch of the poison, and the others, which are well.
			shared := min(together, alive) > 1
			d := p.Settle(Delivery{Outcome: outcome, Deliveries: delivery, Shared: shared}, func() float64 { return 0 })
			require.LessOrEqual(t, delivery, p.Limit)
			if d.Verdict == Nak {
				alive = min(together, alive) // the innocent beside it come again, the rest is done
				continue
			}
			require.Equal(t, DeadLetter, d.Verdict)
			require.False(t, shared, "an innocent message would be given up")
			alive, poison = 0, false
		}
		require.False(t, poison)
	})
}

func TestAskedForAgain(t *testing.T) {
	p := Default()
	half := func() float64 { return 0.5 }
	for _, outcome := range function.Outcomes() {
		for _, shared := range []bool{false, true} {
			d := Delivery{Outcome: outcome, Deliveries: 1, Asked: true, RetryAfter: time.Hour, Shared: shared}
			require.Equal(t, Decision{Verdict: Nak, Delay: time.Hour}, p.Settle(d, half), "the delay is the function's, to the second")
			d.RetryAfter = 0
			require.Equal(t, Decision{Verdict: Nak}, p.Settle(d, half))
			d.RetryAfter = -1
			require.Equal(t, Decision{Verdict: Nak, Delay: 1050 * time.Millisecond}, p.Settle(d, half))
			d.Deliveries = 5
			got := p.Settle(d, half)
			require.Equal(t, DeadLetter, got.Verdict)
			require.Equal(t, function.Exception, got.Outcome)
			require.Contains(t, got.Reason, "the function asked for another one")
			d.Forgiven = 1
			require.Equal(t, Nak, p.Settle(d, half).Verdict)
		}
	}
}
