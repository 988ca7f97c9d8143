package node

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// flooded is an HTTP server that answers nobody before as many requests have come as are
// to come, and counts.
type flooded struct {
	*httptest.Server
	requests, open, peak atomic.Int64
	all                  chan struct{}
}

func newFlooded(t *testing.T, wanted int64) *flooded {
	t.Helper()
	f := &flooded{all: make(chan struct{})}
	f.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		if f.requests.Add(1) == wanted {
			close(f.all)
		}
		select {
		case <-f.all:
		case <-r.Context().Done():
		}
	}))
	f.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			n := f.open.Add(1)
			for peak := f.peak.Load(); n > peak && !f.peak.CompareAndSwap(peak, n); peak = f.peak.Load() {
			}
		case http.StateClosed, http.StateHijacked:
			f.open.Add(-1)
		case http.StateActive, http.StateIdle:
		}
	}
	f.Start()
	t.Cleanup(f.Close)
	return f
}

const floodSource = `export default async (msg, ctx) => {
	const { url, n, late } = msg.json();
	const flood = async (n) => {
		const all = await Promise.allSettled(Array.from({ length: n }, (_, i) => fetch(url + "/" + i).then((r) => r.text())));
		return all.filter((r) => r.status === "rejected").map((r) => String(r.reason));
	};
	const first = flood(n);
	if (late) ctx.waitUntil(first.then(() => flood(n)));
	const why = await first;
	return { refused: why.length, why: [...new Set(why)] };
}`

// TestSubrequestFlood has several calls at a time ask for ten times the requests that
// they may make of a real server, and again after their answer: each makes its share, and
// there are no more connections than that.
func TestSubrequestFlood(t *testing.T) {
	const limit, calls, asked = 16, 6, 160
	server := newFlooded(t, calls*limit)
	n, nc := serve(t, map[string]string{
		"flood.js":   floodSource,
		"flood.yaml": fmt.Sprintf("limits: { subrequests: %d }\npermissions: { net: [\"127.0.0.1:*\"] }", limit),
	}, nil)
	payload, err := json.Marshal(map[string]any{"url": server.URL, "n": asked, "late": true})
	require.NoError(t, err)
	replies := make([]*nats.Msg, calls)
	var wg sync.WaitGroup
	for i := range calls {
		wg.Go(func() {
			var err error
			if replies[i], err = nc.Request("fn.flood", payload, patience); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
	for _, m := range replies {
		require.NotNil(t, m)
		require.Equal(t, function.OK, outcomeOf(t, m), "%s", m.Header)
		var got struct {
			Refused int
			Why     []string
		}
		require.NoError(t, json.Unmarshal(m.Data, &got))
		require.Equal(t, asked-limit, got.Refused)
		require.Len(t, got.Why, 1)
		require.Regexp(t, fmt.Sprintf(`subrequests?.*limit of %d\b`, limit), got.Why[0])
	}
	// What ctx.waitUntil does is the same invocation's: nothing is left of its share.
	for end := time.After(patience); ; {
		inflight := 0
		for _, r := range n.pool.Stats().Runtimes {
			inflight += r.Inflight
		}
		if inflight == 0 {
			break
		}
		select {
		case <-end:
			t.Fatalf("the calls do not end: %+v", n.pool.Stats())
		case <-time.After(time.Millisecond):
		}
	}
	require.EqualValues(t, calls*limit, server.requests.Load())
	require.LessOrEqual(t, server.peak.Load(), int64(calls*limit))
	kept := int64(webapi.DefaultHTTPConfig().MaxIdlePerHost)
	for end := time.Now().Add(patience); server.open.Load() > kept; {
		require.Less(t, time.Now(), end, "%d connections are kept, at most %d should be", server.open.Load(), kept)
		ask(t, nc, "fn.flood", `{"url": "`+server.URL+`", "n": 1}`)
	}
}
