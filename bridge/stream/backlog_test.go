package stream

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// What waits in a consumer is told, and where the server says nothing of it, nothing is.
func TestBacklogs(t *testing.T) {
	r := newRig(t)
	held := make(chan func(*function.Result), 8)
	m := member{
		run:  func(_ *function.Invocation, done func(*function.Result)) { held <- done },
		room: func() int { return 1 },
	}
	triggers := r.join(t, m, Trigger{Function: "pay", Stream: function.Stream{Name: "ORDERS"}.WithDefaults("pay")})
	for i := range 5 {
		_, err := r.js.Publish(t.Context(), fmt.Sprint("orders.", i), []byte("x"))
		require.NoError(t, err)
	}
	done := <-held
	key := [2]string{"ORDERS", triggers.Stats()[0].Consumer}
	require.Eventually(t, func() bool {
		b := triggers.Backlogs(t.Context())[key]
		return b.Unacknowledged > 0 && b.Waiting+uint64(b.Unacknowledged) == 5 && b.Redelivered == 0 //nolint:gosec // a count
	}, patience, 10*time.Millisecond)
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.Empty(t, triggers.Backlogs(ended))
	done(&function.Result{Outcome: function.OK})
}
