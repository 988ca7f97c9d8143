package actors

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

func TestTempo(t *testing.T) {
	var a account
	took, traces := a.tempos()
	require.Nil(t, took)
	require.Empty(t, traces)

	at := time.Unix(1000, 0)
	note := func(queued, wall time.Duration, header function.Header) {
		tk := newTicket(&function.Invocation{Header: header, Received: at}, nil, nil, &bundle.Function{}, at)
		a.took(tk, &function.Result{Outcome: function.OK, Receipt: function.Receipt{Queued: queued, Wall: wall}})
	}
	const id = "0af7651916cd43dd8448eb211c80319c"
	note(2*time.Second, time.Second, nil)
	note(time.Millisecond, 0, function.Header{"traceparent": {"00-" + id + "-b7ad6b7169203331-01"}})
	note(time.Millisecond, 0, function.Header{"traceparent": {"not one"}})
	took, traces = a.tempos()
	require.EqualValues(t, 3, took.Total())
	require.Equal(t, 3*time.Second+2*time.Millisecond, took.Sum)
	require.Equal(t, []Traced{{ID: id, Took: time.Millisecond, At: at.Add(time.Millisecond)}}, traces)

	// Whatever comes, there is one of each bucket at the most, and the newest come to be seen.
	for i := range 10 * traceEvery {
		note(time.Millisecond, 0, function.Header{"traceparent": {fmt.Sprintf("00-%032x-b7ad6b7169203331-01", i+1)}})
	}
	_, traces = a.tempos()
	require.Len(t, traces, 1)
	require.NotEqual(t, id, traces[0].ID)
	require.Zero(t, testing.AllocsPerRun(100, func() { note(time.Second, 0, nil) })-testing.AllocsPerRun(100, func() {
		newTicket(&function.Invocation{Received: at}, nil, nil, &bundle.Function{}, at)
	}), "no trace, no cost")
}

// What a pool ran stands in its functions' tempos and its waits.
func TestTempoOfAPool(t *testing.T) {
	l := &lab{script: async}
	p := l.start(t, l.config(1))
	deploy(t, p, fn("f", "v1"))
	for range 5 {
		take(t, p, ask(t, p, call("f")))
	}
	infos := p.Functions()
	require.Len(t, infos, 1)
	require.EqualValues(t, 5, infos[0].Latency.Total())
	waits := p.Stats().Waits
	require.EqualValues(t, 5, waits.Total())
}
