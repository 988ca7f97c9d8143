package webapi_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
	"github.com/isolane/isolane/jsruntime/webapi/internal/v8test"
)

// patience bounds what must happen at some time.
const patience = 2 * time.Minute

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestJavaScript runs each file of testdata but assert.js in a context of its own.
func TestJavaScript(t *testing.T) {
	files, err := filepath.Glob("testdata/*.js")
	require.NoError(t, err)
	for _, file := range files {
		name := strings.TrimSuffix(filepath.Base(file), ".js")
		if name == "assert" {
			continue
		}
		t.Run(name, func(t *testing.T) {
			server := newPages(t)
			h := v8test.New(t, newAPI(t, server))
			result := h.Run(testScript(t, file, server.URL), file)
			require.Truef(t, result.OK, "%s\nlogs: %q\nunhandled: %q", result.Value, result.Logs, result.Unhandled)
			require.Equal(t, "ok", result.Value)
			checkExpected(t, file, "logs", result.Logs)
			checkExpected(t, file, "unhandled", result.Unhandled)
		})
	}
}

// checkExpected compares what a test reported with the lines of its "// logs: " or
// "// unhandled: " comments. Stacks are compared by their first line.
func checkExpected(t *testing.T, file, kind string, got []string) {
	t.Helper()
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var want []string
	for line := range strings.Lines(string(text)) {
		if rest, ok := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "// "+kind+": "); ok {
			want = append(want, strings.ReplaceAll(rest, `\n`, "\n"))
		}
	}
	if kind == "unhandled" {
		for i, s := range got {
			got[i], _, _ = strings.Cut(s, "\n")
		}
	}
	require.Equal(t, want, got, kind)
}

// testScript wraps a test file: its text is the body of an async function (internals,
// SERVER), with the asserts in scope. Lines keep their numbers.
func testScript(t *testing.T, file, server string) string {
	t.Helper()
	asserts, err := os.ReadFile("testdata/assert.js")
	require.NoError(t, err)
	body, err := os.ReadFile(file)
	require.NoError(t, err)
	return "(() => { const SERVER = '" + server + "';" + oneLine(string(asserts)) + "return async (internals, start) => {" +
		string(body) + "\nreturn 'ok'; }; })()"
}

func oneLine(source string) string {
	var b strings.Builder
	for line := range strings.Lines(source) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "//") {
			b.WriteString(line + " ")
		}
	}
	return b.String()
}

func newHTTP(tb testing.TB) *webapi.HTTP {
	tb.Helper()
	shared, err := webapi.NewHTTP(webapi.DefaultHTTPConfig())
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, shared.Close()) })
	return shared
}

// newAPI makes an API that may reach the server, as localhost and as 127.0.0.1.
func newAPI(tb testing.TB, server *pages) *webapi.API {
	tb.Helper()
	host := newFakeHost()
	return webapi.New(webapi.Config{
		HTTP: newHTTP(tb), Messenger: host, Buckets: host,
		Permissions: function.Permissions{
			Net: []string{"127.0.0.1:" + server.port, "localhost:" + server.port},
			NATS: function.NATSPermissions{
				Publish: []string{"a.*", "away", "slow"},
				Request: []string{"chain", "echo", "empty", "fails", "last", "nobody", "odd", "slow"},
			},
			KV: []string{"carts"},
		},
		MaxBody: 1 << 20,
	})
}
