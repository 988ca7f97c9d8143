package workload

import (
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/folder"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/v8"
	"github.com/isolane/isolane/jsruntime/webapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestReplies runs each function in an isolate, and checks its reply against Go's.
func TestReplies(t *testing.T) {
	origin := httptest.NewServer(Pages())
	t.Cleanup(origin.Close)
	dir := t.TempDir()
	require.NoError(t, Write(dir, "isolation: context\n"))
	client, err := webapi.NewHTTP(webapi.DefaultHTTPConfig())
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, client.Close()) })
	events := make(chan jsruntime.Event, 100)
	cfg := jsruntime.DefaultConfig()
	cfg.Node, cfg.HTTP, cfg.Logger = "test", client, slog.New(slog.DiscardHandler)
	cfg.Post = func(e jsruntime.Event) { events <- e }
	rt, err := jsruntime.New(cfg, v8.NewEngine(v8.Config{WebAPI: webapi.Script()}))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, rt.Close()) })

	computing := 0
	for _, f := range Functions() {
		if f.Computes {
			computing++
		}
		b, err := bundle.Build(t.Context(), bundle.Options{Name: f.Name, Entry: filepath.Join(dir, f.Name+".js")})
		require.NoError(t, err)
		m := function.DefaultManifest()
		m.Permissions.Net = []string{"127.0.0.1:*"}
		fn, err := bundle.NewFunction(f.Name, m, function.DefaultLimits(), b)
		require.NoError(t, err)
		var got *function.Result
		inv := &function.Invocation{ID: f.Name, Function: f.Name, Subject: "fn." + f.Name, Payload: f.Payload(origin.URL), Attempt: 1, Received: time.Now()}
		require.NoError(t, rt.Invoke(inv, fn, func(r *function.Result) { got = r }))
		for got == nil {
			require.NoError(t, rt.Handle(<-events))
		}
		require.Equal(t, function.OK, got.Outcome, "%s: %s %s", f.Name, got.Message, got.Stack)
		require.NoError(t, f.Check(got.Body), f.Name)
		require.ErrorIs(t, f.Check([]byte(`{"n":1}`)), ErrReply, f.Name)
		require.ErrorIs(t, f.Check([]byte(`no`)), ErrReply, f.Name)
	}
	require.Equal(t, 5, computing)
	require.Len(t, Functions(), 10)
}

// TestWriteIsAFolderOfFunctions scans it as a node does.
func TestWriteIsAFolderOfFunctions(t *testing.T) {
	dir := t.TempDir()
	require.NoError(t, Write(filepath.Join(dir, "new"), ""))
	entries, err := os.ReadDir(filepath.Join(dir, "new"))
	require.NoError(t, err)
	require.Len(t, entries, 2*len(Functions()))
	found, faults, err := folder.Scan(t.Context(), filepath.Join(dir, "new"), function.DefaultLimits())
	require.NoError(t, err)
	require.Empty(t, faults)
	require.Len(t, found, len(Functions()))
	require.Error(t, Write(filepath.Join(dir, "new", "sort.js"), ""), "a file is in the way")
}

func TestPages(t *testing.T) {
	origin := httptest.NewServer(Pages())
	t.Cleanup(origin.Close)
	for path, status := range map[string]int{
		"/page": 200, "/page?ms=1": 200, "/page?ms=-1": 400, "/page?ms=60001": 400, "/page?ms=x": 400, "/": 404,
	} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, origin.URL+path, nil)
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		require.Equal(t, status, response.StatusCode, path)
		if status == 200 {
			require.EqualValues(t, pageBytes, response.ContentLength, path)
		}
	}
	http.DefaultClient.CloseIdleConnections()
}
