package serve

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/experiments/workload"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// begun runs one of the processes in a goroutine, and returns what it says behind "ready ".
func begun(t *testing.T, serve func(ctx context.Context, out io.Writer) error) string {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	from, to := io.Pipe()
	ended := make(chan error, 1)
	go func() {
		err := serve(ctx, to)
		_ = to.CloseWithError(errors.Join(err, io.EOF))
		ended <- err
	}()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-ended)
	})
	line, err := bufio.NewReader(from).ReadString('\n')
	require.NoError(t, err)
	what, ok := strings.CutPrefix(strings.TrimSpace(line), "ready ")
	require.True(t, ok, line)
	return what
}

// TestGoDoesWhatTheFunctionsDo calls every function of the Go responder over NATS, with
// pages of the server of pages, and has the workload check the replies.
func TestGoDoesWhatTheFunctionsDo(t *testing.T) {
	url, origin := begun(t, NATS), begun(t, Pages)
	require.Equal(t, "go", begun(t, func(ctx context.Context, out io.Writer) error { return Go(ctx, url, "go", out) }))
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	defer conn.Close()
	for _, f := range workload.Functions() {
		reply, err := conn.Request("go."+f.Name, f.Payload(origin), time.Minute)
		require.NoError(t, err)
		require.Empty(t, reply.Header)
		require.NoError(t, f.Check(reply.Data), f.Name)
	}
	reply, err := conn.Request("go.echo", []byte("hello"), time.Minute)
	require.NoError(t, err)
	require.Equal(t, "hello", string(reply.Data))
	for _, name := range []string{"sort", "page-0", "nobody"} {
		reply, err = conn.Request("go."+name, []byte(`no`), time.Minute)
		require.NoError(t, err)
		require.Equal(t, "500", reply.Header.Get("Nats-Service-Error-Code"), name)
	}
}

func TestPost(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/echo" {
			http.Error(w, "no such thing", http.StatusNotFound)
			return
		}
		_, _ = io.Copy(w, r.Body)
	}))
	defer server.Close()
	web := client()
	defer web.CloseIdleConnections()
	body, err := post(t.Context(), web, server.URL+"/echo", []byte("hello"))
	require.NoError(t, err)
	require.Equal(t, "hello", string(body))
	_, err = post(t.Context(), web, server.URL+"/other", nil)
	require.ErrorContains(t, err, "404 Not Found: no such thing")
}

func TestWorkerdSaysWhereItListens(t *testing.T) {
	port, err := listening(strings.NewReader(`{"event":"listen-inspector","port":1}` + "\n" + `{"event":"listen","socket":"http","port":37867}` + "\n"))
	require.NoError(t, err)
	require.Equal(t, 37867, port)
	_, err = listening(strings.NewReader(""))
	require.ErrorContains(t, err, "ended before it listened")
	_, err = listening(strings.NewReader("error: no\n"))
	require.ErrorContains(t, err, `workerd says "error: no"`)
}

func TestNoWorkerd(t *testing.T) {
	require.ErrorContains(t, Workerd(t.Context(), "", "w", "/no/such/program", "x", io.Discard), "start workerd")
	require.ErrorContains(t, Workerd(t.Context(), "", "w", "false", "x", io.Discard), "ended before it listened")
}
