package v8

import (
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/internal/conformance"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// endlessPages is a server of bodies that never end. gone says how much of one was sent
// when its reader was gone.
func endlessPages(t *testing.T) (server *httptest.Server, gone <-chan int) {
	t.Helper()
	left := make(chan int, 64)
	server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		chunk, sent := make([]byte, 64<<10), 0
		for r.Context().Err() == nil {
			n, err := w.Write(chunk)
			sent += n
			if err != nil {
				break
			}
			w.(http.Flusher).Flush()
		}
		left <- sent
	}))
	t.Cleanup(server.Close)
	return server, left
}

func streamLoop(t *testing.T) *conformance.Loop {
	t.Helper()
	shared, err := webapi.NewHTTP(webapi.DefaultHTTPConfig())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, shared.Close()) })
	return newLoop(t, func(c *jsruntime.Config) { c.HTTP = shared })
}

func streamFunction(t *testing.T, server *httptest.Server, source string) *bundle.Function {
	t.Helper()
	target, err := url.Parse(server.URL)
	require.NoError(t, err)
	return module(t, "stream", fmt.Sprintf("const PAGE = %q;\n%s", server.URL, source), func(m *function.Manifest) {
		m.Permissions.Net = []string{target.Host}
		m.Limits.CPU, m.Limits.Wall = 2*time.Second, 20*time.Second
	})
}

// A body that nobody reads, or not to its end, is closed when its invocation ends, however
// it ends, and the server was held up by its reader until then.
func TestUnreadBodiesEndWithTheirInvocation(t *testing.T) {
	for name, source := range map[string]string{
		"not touched":   `export default async () => { await fetch(PAGE); return "ok" }`,
		"touched":       `export default async () => { (await fetch(PAGE)).body; return "ok" }`,
		"read a little": `export default async () => { const r = (await fetch(PAGE)).body.getReader(); await r.read(); return "ok" }`,
		"being read":    `export default async () => { (await fetch(PAGE)).body.getReader().read(); return "ok" }`,
		"thrown":        `export default async () => { await fetch(PAGE); throw new Error("ok") }`,
		"cloned":        `export default async () => { const r = await fetch(PAGE); r.clone().body.getReader().read(); return "ok" }`,
		"in waitUntil":  `export default (m, c) => { c.waitUntil(fetch(PAGE).then((r) => r.body.getReader().read())); return "ok" }`,
	} {
		t.Run(name, func(t *testing.T) {
			server, gone := endlessPages(t)
			l := streamLoop(t)
			result, err := l.Call(streamFunction(t, server, source), nil)
			require.NoError(t, err)
			require.Contains(t, string(result.Body)+result.Message, "ok")
			select {
			case sent := <-gone:
				require.Less(t, sent, 64<<20, "the server must have been held up")
			case <-time.After(patience):
				t.Fatal("the body is still open")
			}
		})
	}
}

func TestStreamReplies(t *testing.T) {
	server, _ := endlessPages(t)
	l := streamLoop(t)
	for name, tc := range map[string]struct{ source, outcome, says string }{
		"whole":  {`export default () => new Response(ReadableStream.from(["a", "b"]).pipeThrough(new TextEncoderStream()), { status: 201, headers: { "x-a": "1" } })`, "ok", "ab"},
		"failed": {`export default () => new Response(new ReadableStream({ pull() { throw new RangeError("mine") } }))`, "exception", "RangeError: mine"},
		"read":   {`export default async () => { const r = new Response(ReadableStream.from([])); await r.text(); return r }`, "exception", "read already"},
	} {
		t.Run(name, func(t *testing.T) {
			result, err := l.Call(streamFunction(t, server, tc.source), nil)
			require.NoError(t, err)
			require.Equal(t, tc.outcome, result.Outcome.String(), result.Message)
			require.Contains(t, string(result.Body)+result.Message, tc.says)
			if tc.outcome == "ok" {
				require.Equal(t, 201, result.Status)
				require.Equal(t, []string{"1"}, result.Header["x-a"])
			}
		})
	}
}

// What Go computes for an invocation counts for its CPU limit, and costs no isolate, unless the
// limit is reached in JavaScript between two pieces.
func TestCompressionIsCharged(t *testing.T) {
	for range 10 {
		l := newLoop(t, nil)
		fn := module(t, "pack", `export default async () => {
  const bytes = crypto.getRandomValues(new Uint8Array(65536));
  const c = new CompressionStream("gzip"), w = c.writable.getWriter();
  c.readable.pipeTo(new WritableStream());
  for (;;) await w.write(bytes);
}`, func(m *function.Manifest) { m.Limits.Wall = 60 * time.Second })
		result, err := l.Call(fn, nil)
		if condemned := (*jsruntime.CondemnedError)(nil); errors.As(err, &condemned) {
			require.Equal(t, function.ExceededCPU, condemned.Outcome)
			continue
		}
		require.NoError(t, err)
		require.Equal(t, function.ExceededCPU, result.Outcome, result.Message)
		l.ServesHello(t)
		return
	}
	t.Fatal("the limit was reached in JavaScript each time")
}

// A function that replaces what the streams use breaks its own, and nothing of the host's.
func TestTamperedStreamsHarmTheirFunctionAlone(t *testing.T) {
	for name, tamper := range conformance.Tampering() {
		t.Run(name, func(t *testing.T) {
			l := newLoop(t, nil)
			fn := module(t, "tampered", `const read = async () => new Response(new Response("body").body).text();
export default async (m) => { const f = new Function(m.text()); f(); return read() }`, func(m *function.Manifest) {
				m.Limits.Wall, m.Limits.CPU = time.Second, time.Second
			})
			_, err := l.Call(fn, []byte(tamper))
			require.NoError(t, err)
			l.ServesHello(t)
		})
	}
}
