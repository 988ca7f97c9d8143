package ackpolicy

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// What ended an isolate is delivered again, and that counts, whatever its outcome is and
// whoever shared the run.
func TestSuspect(t *testing.T) {
	p := Default()
	for _, outcome := range []function.Outcome{function.ExceededCPU, function.ExceededMemory, function.Timeout, function.Crashed} {
		for _, shared := range []bool{false, true} {
			d := Delivery{Outcome: outcome, Deliveries: 2, Suspect: true, Shared: shared}
			require.Equal(t, Decision{Verdict: Nak, Delay: 2 * time.Second}, p.Settle(d, never), "%s, shared %v", outcome, shared)
			d.Deliveries = 5
			got := p.Settle(d, never)
			require.Equal(t, DeadLetter, got.Verdict)
			require.Equal(t, outcome, got.Outcome)
			d.Forgiven = 1
			require.Equal(t, Nak, p.Settle(d, never).Verdict)
		}
	}
}
