package loadgen

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

func quick(targets ...Target) Config {
	c := DefaultConfig()
	c.Targets, c.Warmup, c.Slice, c.Timeout = targets, 0, 50*time.Millisecond, 20*time.Second
	return c
}

func total(s StepResult) (n uint64) {
	for _, count := range s.Ends {
		n += count
	}
	return n
}

func TestOpenLoopSendsWhatIsDue(t *testing.T) {
	_, dial := server(t)
	var got atomic.Int64
	responder(t, dial, "a", func(m *nats.Msg) { got.Add(1); _ = m.Respond([]byte("yes")) })
	responder(t, dial, "b", func(m *nats.Msg) {
		_ = m.RespondMsg(&nats.Msg{Header: nats.Header{"Isolane-Outcome": {"exception"}, "Nats-Service-Error-Code": {"500"}}})
	})
	cfg := quick(Target{Subject: "a", Weight: 3, Payload: []byte("x")}, Target{Subject: "b", Weight: 1})
	cfg.Steps = []Step{{Rate: 1000, Duration: 300 * time.Millisecond}, {Rate: 500, Duration: 200 * time.Millisecond}}
	cfg.Arrivals, cfg.Connections, cfg.Warmup = Even, 2, 100*time.Millisecond
	result, err := Run(t.Context(), dial, cfg, nil)
	require.NoError(t, err)
	require.Len(t, result.Steps, 2)
	for i, want := range []uint64{300, 100} {
		s := result.Steps[i]
		require.Equal(t, want, total(s), "what is due is sent, whatever the machine does")
		require.Equal(t, want, s.Ends[EndOK]+s.Ends["exception"])
		require.Greater(t, s.Ends[EndOK], s.Ends["exception"])
		require.EqualValues(t, want, s.Latency.Count)
		require.EqualValues(t, s.Ends[EndOK], s.OK.Count)
		require.EqualValues(t, s.Ends["exception"], s.Others["exception"].Count)
		require.Len(t, s.Others, 1)
		var due uint64
		for _, part := range s.Slices {
			due += part.Due
		}
		require.Equal(t, want, due)
	}
	require.Greater(t, got.Load(), int64(result.Steps[0].Ends[EndOK]+result.Steps[1].Ends[EndOK]), "the warm-up was sent, and not counted") //nolint:gosec // small
}

// TestRepliesAreChecked: what is not expected ends as wrong, and only where something is
// expected and nothing else went wrong.
func TestRepliesAreChecked(t *testing.T) {
	_, dial := server(t)
	responder(t, dial, "yes", func(m *nats.Msg) { _ = m.Respond([]byte("yes")) })
	responder(t, dial, "fails", func(m *nats.Msg) {
		_ = m.RespondMsg(&nats.Msg{Header: nats.Header{"Isolane-Outcome": {"timeout"}, "Nats-Service-Error": {"too late"}}})
	})
	for _, of := range []struct{ subject, expect, end string }{
		{"yes", "yes", EndOK}, {"yes", "", EndOK}, {"yes", "no", EndWrong}, {"fails", "yes", "timeout"},
	} {
		cfg := quick(Target{Subject: of.subject, Weight: 1, Expect: []byte(of.expect)})
		cfg.Steps = []Step{{Rate: 200, Duration: 100 * time.Millisecond}}
		cfg.Arrivals = Even
		result, err := Run(t.Context(), dial, cfg, nil)
		require.NoError(t, err)
		require.Equal(t, map[string]uint64{of.end: 20}, result.Steps[0].Ends, of)
		require.Equal(t, of.end == "timeout", result.Steps[0].Why["timeout"] == "too late")
	}
}

// TestStallIsChargedToAll: a server that answers nothing before it has the 60th request
// has kept the first one waiting until then, as far as the schedule goes; a generator
// that waits for replies would have sent one.
func TestStallIsChargedToAll(t *testing.T) {
	_, dial := server(t)
	var mu sync.Mutex
	var held []*nats.Msg
	responder(t, dial, "stall", func(m *nats.Msg) {
		mu.Lock()
		defer mu.Unlock()
		held = append(held, m)
		if len(held) < 60 {
			return
		}
		for _, m := range held {
			_ = m.Respond(nil)
		}
		held = held[:59] // later ones are answered as they come
	})
	cfg := quick(Target{Subject: "stall", Weight: 1})
	cfg.Arrivals, cfg.Steps = Even, []Step{{Rate: 200, Duration: 500 * time.Millisecond}}
	result, err := Run(t.Context(), dial, cfg, nil)
	require.NoError(t, err)
	s := result.Steps[0]
	require.EqualValues(t, 100, s.Latency.Count)
	require.Positive(t, s.Sending)
	// The i-th of the first sixty waits (60-i)/200 s at least: the median of all hundred is
	// that of those behind the tenth.
	require.GreaterOrEqual(t, s.Latency.Max, int64(59*5000-1000))
	require.GreaterOrEqual(t, s.Latency.P50, int64(9*5000-1000))
}

func TestWhatHasNoReply(t *testing.T) {
	_, dial := server(t)
	responder(t, dial, "mute", func(*nats.Msg) {})
	cfg := quick(Target{Subject: "mute", Weight: 1})
	cfg.Timeout, cfg.MaxOutstanding = 400*time.Millisecond, 10
	cfg.Arrivals, cfg.Steps = Even, []Step{{Rate: 100, Duration: 300 * time.Millisecond}}
	result, err := Run(t.Context(), dial, cfg, nil)
	require.NoError(t, err)
	s := result.Steps[0]
	require.Equal(t, map[string]uint64{EndNoReply: 10, EndNotSent: 20}, s.Ends)
	require.EqualValues(t, 10, s.Latency.Count)
	require.GreaterOrEqual(t, s.Latency.P50, int64(399_000), "waiting in vain counts with the whole wait")
	require.NotEmpty(t, s.Limits)
}

func TestNobodyListens(t *testing.T) {
	_, dial := server(t)
	cfg := quick(Target{Subject: "nobody", Weight: 1})
	cfg.Arrivals, cfg.Steps = Even, []Step{{Rate: 100, Duration: 100 * time.Millisecond}}
	result, err := Run(t.Context(), dial, cfg, nil)
	require.NoError(t, err)
	require.Equal(t, map[string]uint64{EndNoNode: 10}, result.Steps[0].Ends)
}

func TestClosedLoopKeepsItsCallers(t *testing.T) {
	_, dial := server(t)
	var now, most atomic.Int64
	replies := make(chan *nats.Msg, 100)
	responder(t, dial, "slow", func(m *nats.Msg) {
		if n := now.Add(1); n > most.Load() {
			most.Store(n)
		}
		replies <- m
	})
	done := make(chan struct{})
	go func() {
		defer close(done)
		for m := range replies {
			now.Add(-1)
			_ = m.Respond(nil)
		}
	}()
	cfg := quick(Target{Subject: "slow", Weight: 1})
	cfg.Connections, cfg.Steps = 3, []Step{{Callers: 7, Duration: 200 * time.Millisecond}}
	result, err := Run(t.Context(), dial, cfg, nil)
	close(replies)
	<-done
	require.NoError(t, err)
	s := result.Steps[0]
	require.Equal(t, total(s), s.Ends[EndOK])
	require.Greater(t, s.Ends[EndOK], uint64(7))
	require.LessOrEqual(t, most.Load(), int64(7))
	var out bytes.Buffer
	require.NoError(t, result.Table(&out))
	require.Contains(t, out.String(), "a closed loop asks a slow server less")
}

func TestStreamCountsStored(t *testing.T) {
	_, dial := server(t)
	conn, err := dial(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	stream, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"orders.>"}, MaxMsgs: 30, Discard: jetstream.DiscardNew})
	require.NoError(t, err)
	cfg := quick(Target{Subject: "orders.new", Weight: 1})
	cfg.Via, cfg.Arrivals, cfg.Steps = ViaStream, Even, []Step{{Rate: 200, Duration: 200 * time.Millisecond}}
	result, err := Run(t.Context(), dial, cfg, nil)
	require.NoError(t, err)
	info, err := stream.Info(t.Context())
	require.NoError(t, err)
	s := result.Steps[0]
	require.Equal(t, info.State.Msgs, s.Ends[EndOK])
	require.EqualValues(t, 30, s.Ends[EndOK])
	require.EqualValues(t, 10, s.Ends["error-503"], "a full stream is no success: %v", s.Ends)
}

func TestEndsEarly(t *testing.T) {
	_, dial := server(t)
	responder(t, dial, "x", func(m *nats.Msg) { _ = m.Respond(nil) })
	cfg := quick(Target{Subject: "x", Weight: 1})
	cfg.Steps = []Step{{Rate: 1000, Duration: 50 * time.Millisecond}, {Rate: 1000, Duration: time.Hour}}
	cfg.Slice = time.Second
	stop := errors.New("enough")
	ctx, cancel := context.WithCancelCause(t.Context())
	result, err := Run(ctx, dial, cfg, func(p Progress) {
		if p.Step == 1 && p.OK > 0 {
			cancel(stop)
		}
	})
	require.ErrorIs(t, err, stop)
	require.Len(t, result.Steps, 1, "what was over is there")
}

func TestConnectionEnds(t *testing.T) {
	s, dial := server(t)
	responder(t, dial, "x", func(m *nats.Msg) { _ = m.Respond(nil) })
	cfg := quick(Target{Subject: "x", Weight: 1})
	cfg.Slice, cfg.Steps = time.Second, []Step{{Rate: 100, Duration: time.Hour}}
	result, err := Run(t.Context(), dial, cfg, func(Progress) {
		_ = s.Shutdown(context.Background())
	})
	require.ErrorIs(t, err, ErrConnection)
	require.Empty(t, result.Steps)
}

func TestResultSurvivesJSON(t *testing.T) {
	_, dial := server(t)
	responder(t, dial, "x", func(m *nats.Msg) { _ = m.Respond(nil) })
	cfg := quick(Target{Subject: "x", Weight: 1, Payload: []byte{0, 255}})
	cfg.Steps = []Step{{Rate: 500, Duration: 100 * time.Millisecond}}
	result, err := Run(t.Context(), dial, cfg, nil)
	require.NoError(t, err)
	text, err := json.Marshal(result)
	require.NoError(t, err)
	again, err := Read(bytes.NewReader(text))
	require.NoError(t, err)
	second, err := json.Marshal(again)
	require.NoError(t, err)
	require.JSONEq(t, string(text), string(second))
	h, err := hdrhistogram.Decode([]byte(again.Steps[0].Latency.Histogram))
	require.NoError(t, err)
	require.Equal(t, again.Steps[0].Latency.Count, h.TotalCount())
	require.Equal(t, again.Steps[0].Latency.P99, h.ValueAtQuantile(99))

	for _, text := range []string{"", "{}", "[]", `{"format":"isolane-bench/9"}`, `{"format":"isolane-bench/1","steps":[{}]}`} {
		_, err := Read(bytes.NewReader([]byte(text)))
		require.ErrorIs(t, err, ErrResult, text)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"format":"isolane-bench/1","config":{"slice":1},"steps":[{"step":{"rate":1,"duration":5},"slices":[{"due":1}]}]}`))
	f.Fuzz(func(_ *testing.T, text []byte) {
		r, err := Read(bytes.NewReader(text))
		if err != nil {
			return
		}
		_ = r.Table(&bytes.Buffer{})
		if c, err := Compare(r, r); err == nil {
			_ = c.Table(&bytes.Buffer{})
		}
	})
}
