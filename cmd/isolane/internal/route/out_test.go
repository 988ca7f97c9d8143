package route

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/cluster"
	"github.com/isolane/isolane/cmd/isolane/internal/wire"
	"github.com/isolane/isolane/jsruntime/function"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// here is a pool that runs everything, and counts it.
type here struct {
	idempotent bool
	ran        int
}

func (h *here) Submit(inv *function.Invocation, done func(*function.Result)) {
	h.SubmitHere(inv, done)
}

func (h *here) SubmitHere(inv *function.Invocation, done func(*function.Result)) {
	h.ran++
	done(&function.Result{Outcome: function.OK, Body: fmt.Appendf(nil, "here, attempt %d", inv.Attempt)})
}

func (h *here) Manifest(string) (function.Manifest, bool) {
	m := function.DefaultManifest()
	m.Limits, m.Idempotent = function.DefaultLimits(), h.idempotent
	return m, true
}

// peers end every call in the same way.
type peers struct {
	reply []byte
	err   error
	calls int
}

func (p *peers) Spill(_ context.Context, _ string, _ []byte, done func([]byte, error)) bool {
	p.calls++
	done(p.reply, p.err)
	return true
}

func (p *peers) Ask(_ context.Context, _, _ string, _ []byte, done func([]byte, error)) {
	p.calls++
	done(p.reply, p.err)
}

func (p *peers) Call(_ context.Context, _, _ string, _ []byte, done func([]byte, error)) {
	p.calls++
	done(p.reply, p.err)
}

func (p *peers) Worker(_, _ string, except []string) (member string, here bool) {
	return "n2", len(except) > 0
}

// What comes back from a peer is one result, and what surely never ran there runs here,
// or is told why not.
func TestEndsOfACall(t *testing.T) {
	answered, err := wire.EncodeResult(&function.Result{Outcome: function.OK, Body: []byte("there")})
	require.NoError(t, err)
	for name, c := range map[string]struct {
		reply      []byte
		err        error
		idempotent bool
		// spilled and asked are the results of a call that is handed on as the queue is
		// long, and of a dedicated function's.
		spilled, asked function.Outcome
		text           string // in the one that was asked
		ran            int    // here, of both
	}{
		"answered":      {reply: answered, spilled: function.OK, asked: function.OK},
		"garbage":       {reply: []byte("garbage"), spilled: function.Crashed, asked: function.Crashed, text: "cannot be read"},
		"not delivered": {err: cluster.ErrNotDelivered, spilled: function.OK, asked: function.Overloaded, ran: 1},
		"refused":       {err: &cluster.RefusedError{Message: "full", RetryAfter: time.Second}, spilled: function.OK, asked: function.Overloaded, text: "full", ran: 1},
		"too large to send": {
			err:     fmt.Errorf("sent: %w", &cluster.TooLargeError{Size: 9000, Limit: 8000}),
			spilled: function.OK, asked: function.TooLarge, text: "9000 bytes on the way there, limit 8000", ran: 1,
		},
		"deadline":              {err: context.DeadlineExceeded, spilled: function.Timeout, asked: function.Timeout},
		"no answer":             {err: cluster.ErrNoAnswer, spilled: function.Crashed, asked: function.Crashed, text: "may have run"},
		"no answer, idempotent": {err: cluster.ErrNoAnswer, idempotent: true, spilled: function.OK, asked: function.Crashed, ran: 1, text: "may have run"},
		"a reply that is too large": {
			err:     &cluster.RemoteError{Message: "the reply has 9 bytes, over the limit of 8"},
			spilled: function.Crashed, asked: function.Crashed, text: "could not say what came of it: cluster: the reply has 9 bytes",
		},
		"anything else": {err: errors.New("odd"), spilled: function.Crashed, asked: function.Crashed, text: "odd"},
	} {
		t.Run(name, func(t *testing.T) {
			pool, others := &here{idempotent: c.idempotent}, &peers{reply: c.reply, err: c.err}
			r := New(Config{RetryAfter: time.Second})
			defer r.Close()
			r.Bind(pool, others)
			var got []*function.Result
			done := func(res *function.Result) { got = append(got, res) }
			require.True(t, r.Overflow(&function.Invocation{ID: "1", Function: "f", Attempt: 1}, done))
			r.SetDedicated([]string{"d"})
			r.Submit(&function.Invocation{ID: "2", Function: "d", Attempt: 1}, done)
			require.Len(t, got, 2, "one result each")
			require.Equal(t, c.spilled, got[0].Outcome, got[0].Message)
			require.Equal(t, c.asked, got[1].Outcome, got[1].Message)
			require.Contains(t, got[1].Message, c.text)
			require.Equal(t, c.ran, pool.ran)
		})
	}
}
