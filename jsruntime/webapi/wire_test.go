package webapi_test

import (
	"bufio"
	"context"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// wire is a server that keeps what each request looks like on the wire, up to its
// end, and answers each connection with the same text. Its channel closes when the
// listener does.
func wire(t *testing.T, answer string) (port string, requests <-chan string) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	seen := make(chan string, 16)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			var text strings.Builder
			request, err := http.ReadRequest(bufio.NewReader(io.TeeReader(conn, &text)))
			if err == nil {
				_, err = io.Copy(io.Discard, request.Body)
			}
			if err == nil {
				_, err = io.WriteString(conn, answer)
			}
			seen <- text.String()
			_ = conn.Close()
			if err != nil {
				continue // the client gave up
			}
		}
	}()
	t.Cleanup(func() {
		_ = listener.Close()
		<-done
	})
	_, port, err = net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return port, seen
}

// What a function sets of the headers that frame a message is left out, whatever
// their case; nothing that it sets can begin another header or request.
func TestFetchFramesItsRequestsItself(t *testing.T) {
	port, requests := wire(t, "HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
	api := granted(newHTTP(t), port, "127.0.0.1:PORT")
	headers := [][2]string{
		{"Host", "evil.test"},
		{"hOST", "evil.test"},
		{"Content-Length", "3"},
		{"content-length", "0"},
		{"Transfer-Encoding", "chunked"},
		{"TRANSFER-ENCODING", "identity"},
		{"TE", "trailers"},
		{"Trailer", "X-End"},
		{"Connection", "X-Keep"},
		{"Keep-Alive", "9"},
		{"Proxy-Connection", "keep-alive"},
		{"Proxy-Authorization", "Basic x"},
		{"Upgrade", "h2c"},
		{"Expect", "100-continue"},
		{"Accept-Encoding", "br"},
		{"X-Keep", "1"},
		{"X-Latin", "caf\u00e9"},
	}
	_, err := ask(t.Context(), t, api, map[string]any{
		"url": "http://127.0.0.1:" + port + "/a%0d%0aX-Evil:%201?b=%0a#c", "method": "POST", "headers": headers,
	}, []byte("0123456789"))
	require.NoError(t, err)
	head, body, ok := strings.Cut(<-requests, "\r\n\r\n")
	require.True(t, ok)
	require.Equal(t, "0123456789", body)
	lines := strings.Split(head, "\r\n")
	slices.Sort(lines[1:])
	require.Equal(t, []string{
		"POST /a%0d%0aX-Evil:%201?b=%0a HTTP/1.1",
		"Accept-Encoding: gzip", "Accept: */*", "Content-Length: 10", "Host: 127.0.0.1:" + port,
		"User-Agent: Isolane", "X-Keep: 1", "X-Latin: caf\xe9",
	}, lines)

	for name, request := range map[string]map[string]any{
		"line break in a value": {"headers": [][2]string{{"X-A", "b\r\nX-Evil: 1"}}},
		"line feed in a value":  {"headers": [][2]string{{"X-A", "b\nX-Evil: 1"}}},
		"nul in a value":        {"headers": [][2]string{{"X-A", "b\x00"}}},
		"line break in a name":  {"headers": [][2]string{{"X-A: b\r\nX-Evil", "1"}}},
		"space after a name":    {"headers": [][2]string{{"Content-Length ", "0"}}},
		"line break in method":  {"method": "GET / HTTP/1.1\r\nX-Evil: 1\r\n\r\nGET"},
		"space in method":       {"method": "GET /evil HTTP/1.1"},
	} {
		t.Run(name, func(t *testing.T) {
			request["url"] = "http://127.0.0.1:" + port + "/"
			_, err := ask(t.Context(), t, api, request, nil)
			requireError(t, err, "TypeError")
			require.Empty(t, requests, "nothing was sent")
		})
	}
}

// Without a body a request has no length but where its method means one.
func TestFetchWithoutABody(t *testing.T) {
	port, requests := wire(t, "HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n")
	api := granted(newHTTP(t), port, "127.0.0.1:PORT")
	for method, want := range map[string]bool{"GET": false, "HEAD": false, "POST": true, "PUT": true, "DELETE": false} {
		_, err := ask(t.Context(), t, api, map[string]any{"url": "http://127.0.0.1:" + port + "/", "method": method}, nil)
		require.NoError(t, err)
		require.Equal(t, want, strings.Contains(<-requests, "Content-Length: 0"), method)
	}
}

// What a server can do to a client that reads it.
func TestFetchIsBoundedWhateverAServerSends(t *testing.T) {
	endless := func(w http.ResponseWriter, r *http.Request) {
		chunk := make([]byte, 32<<10)
		for r.Context().Err() == nil {
			if _, err := w.Write(chunk); err != nil {
				return
			}
		}
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/endless":
			endless(w, r)
		case "/lying": // announces more than it may, with a status that has no body to read
			w.Header().Set("Content-Length", "4294967296")
		case "/redirect":
			w.Header().Set("Location", "/ok")
			w.WriteHeader(http.StatusFound)
			endless(w, r)
		case "/stalled": // its body begins, and never ends
			w.Header().Set("Location", "/ok")
			w.WriteHeader(http.StatusFound)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		case "/headers":
			for i := range 400 {
				w.Header().Set(fmt.Sprintf("X-%d", i), strings.Repeat("x", 1000))
			}
		case "/ok":
			_, _ = io.WriteString(w, "ok")
		}
	}))
	defer server.Close()
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	api := webapi.New(webapi.Config{
		HTTP: newHTTP(t), MaxBody: function.MiB, Permissions: function.Permissions{Net: []string{"127.0.0.1:" + port}},
	})
	for path, want := range map[string]string{
		"/endless": "/endless is too large: body limit of 1MiB reached (used more than that): ask for less at a time, for instance with a Range header",
		"/lying":   "/lying is too large: body limit of 1MiB reached (used 4GiB): ask for less",
		"/headers": "headers exceeded 262144 bytes",
	} {
		_, err := ask(t.Context(), t, api, map[string]any{"url": server.URL + path}, nil)
		requireError(t, err, "TypeError", want)
	}
	for _, path := range []string{"/redirect", "/stalled"} {
		a, err := ask(t.Context(), t, api, map[string]any{"url": server.URL + path}, nil)
		require.NoError(t, err)
		require.Equal(t, "ok", string(a.body), path)
	}
}

// The bodies that one function fetches at the same time are bounded together: each
// waits in memory for the others.
func TestFetchBoundsBodiesTogether(t *testing.T) {
	server := newPages(t)
	api := webapi.New(webapi.Config{
		HTTP: newHTTP(t), Permissions: function.Permissions{Net: []string{"127.0.0.1:" + server.port}},
		Limits: function.Limits{Buffers: 100 * function.KiB},
	})
	text := requestText(map[string]any{"method": "GET", "redirect": "follow", "url": server.URL + "/big/70000"})
	within := scope(t)
	fetched := operate(t.Context(), t, api, within, "fetch", text, nil)
	require.NoError(t, fetched.err)
	known := readAnswer(t, fetched)
	first, release := make(chan error, 1), make(chan struct{})
	api.Start(t.Context(), hostcap.Caller{}, within, "body.all", known.Body, nil, func(_ string, out []byte, err error) {
		if err == nil && len(out) != 70000 {
			err = fmt.Errorf("%d bytes", len(out))
		}
		first <- err
		<-release
	})
	require.NoError(t, <-first)
	_, err := ask(t.Context(), t, api, map[string]any{"url": server.URL + "/big/70000"}, nil)
	requireError(t, err, "TypeError", "buffers limit of 100KiB reached (used more than that, by what is being fetched together): read one body before the next is fetched")
	var limit *function.LimitError
	require.ErrorAs(t, err, &limit)
	// It is given back when the callback has returned, which nothing here sees.
	fits := func(path string) {
		for deadline := time.Now().Add(patience); ; {
			_, err := ask(t.Context(), t, api, map[string]any{"url": server.URL + path}, nil)
			if err == nil {
				return
			}
			require.True(t, time.Now().Before(deadline), err)
		}
	}
	fits("/big/20000") // beside the first
	close(release)
	fits("/big/70000")
}

func TestFetchDoesNotGoFromHTTPSToHTTP(t *testing.T) {
	plain := newPages(t)
	server := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", r.URL.Query().Get("to"))
		w.WriteHeader(http.StatusTemporaryRedirect)
	}))
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	shared := resolving(t, constant("127.0.0.1"), roots)
	api := granted(shared, plain.port, "127.0.0.1:*")
	from := server.URL + "/?to=" + url.QueryEscape(plain.URL+"/echo?secret=1")
	_, err := ask(t.Context(), t, api, map[string]any{"url": from, "method": "POST"}, []byte("x"))
	requireError(t, err, "TypeError", "redirects from https to http, to "+plain.URL+"/echo", `redirect to "manual"`)
	a, err := ask(t.Context(), t, api, map[string]any{"url": from, "redirect": "manual"}, nil)
	require.NoError(t, err)
	require.Equal(t, http.StatusTemporaryRedirect, a.Status)
	_, err = ask(t.Context(), t, api, map[string]any{"url": plain.URL + "/to/302?url=" + url.QueryEscape(server.URL+"/none"), "redirect": "follow"}, nil)
	require.NoError(t, err, "the other way is open")
}

// An error of fetch may end in a log: it names the URL without user, password, query
// and fragment.
func TestFetchErrorsHoldNoSecrets(t *testing.T) {
	server := newPages(t)
	api := webapi.New(webapi.Config{
		HTTP: newHTTP(t), MaxBody: 1000, Permissions: function.Permissions{Net: []string{"127.0.0.1:" + server.port, "127.0.0.1:1"}},
	})
	canceled, cancel := context.WithCancel(t.Context())
	cancel()
	to := func(target string) string {
		return server.URL + "/to/302?key=sesame&url=" + url.QueryEscape(target)
	}
	for name, tc := range map[string]struct {
		ctx      context.Context //nolint:containedctx // that of one case
		url      string
		redirect string
		says     string
	}{
		"denied":                  {t.Context(), "http://other.test/?key=sesame#sesame", "", "other.test:80 is not permitted"},
		"credentials":             {t.Context(), "http://ada:sesame@127.0.0.1:" + server.port + "/", "", "must not include credentials"},
		"credentials, denied":     {t.Context(), "http://ada:sesame@other.test/", "", "other.test:80"},
		"refused":                 {t.Context(), "http://127.0.0.1:1/path?key=sesame#sesame", "", "http://127.0.0.1:1/path?…: "},
		"broken":                  {t.Context(), server.URL + "/broken?key=sesame", "", "/broken?…"},
		"too large":               {t.Context(), server.URL + "/big/2000?key=sesame", "", "/big/2000?…"},
		"aborted":                 {canceled, server.URL + "/hello?key=sesame", "", "/hello?… was aborted"},
		"redirect not wanted":     {t.Context(), to("/echo?key=sesame"), "error", "was redirected"},
		"redirect denied":         {t.Context(), to("http://other.test/?key=sesame"), "", "other.test:80"},
		"redirect to credentials": {t.Context(), to("http://ada:sesame@127.0.0.1:1/"), "", "with credentials"},
		"redirect to no URL":      {t.Context(), to("http://[sesame"), "", "invalid URL"},
		"redirects without end":   {t.Context(), server.URL + "/redirect/50?key=sesame", "", "more than 20"},
		"no URL":                  {t.Context(), "http://[?key=sesame", "", "invalid URL"},
		"scheme":                  {t.Context(), "ftp://ada:sesame@a.test/?sesame", "", "ftp"},
		"very long":               {t.Context(), "http://127.0.0.1:1/" + strings.Repeat("x", 1000) + "sesame", "", "xxx…"},
	} {
		t.Run(name, func(t *testing.T) {
			request := map[string]any{"url": tc.url}
			if tc.redirect != "" {
				request["redirect"] = tc.redirect
			}
			_, err := ask(tc.ctx, t, api, request, nil)
			var e *webapi.Error
			require.ErrorAs(t, err, &e)
			require.Contains(t, e.Message, tc.says)
			text, err := json.Marshal(e.Message)
			require.NoError(t, err)
			require.NotContains(t, string(text), "sesame")
			require.NotContains(t, string(text), "ada:")
		})
	}
}
