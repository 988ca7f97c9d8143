package webapi_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
	"github.com/isolane/isolane/jsruntime/webapi"
)

type answer struct {
	Status     int         `json:"status"`
	StatusText string      `json:"statusText"`
	URL        string      `json:"url"`
	Redirected bool        `json:"redirected"`
	Headers    [][2]string `json:"headers"`
	Body       string      `json:"body"`
	body       []byte
}

// scope is one for a test, and what hands it out.
func scope(t *testing.T) func() *webapi.Scope {
	t.Helper()
	var running sync.WaitGroup
	s := webapi.NewScope(context.WithoutCancel(t.Context()), running.Go)
	t.Cleanup(func() {
		s.Close()
		running.Wait()
	})
	return func() *webapi.Scope { return s }
}

// result is what an operation ended in.
type result struct {
	text string
	out  []byte
	err  error
}

// operate starts an operation and waits for it.
func operate(ctx context.Context, t *testing.T, api *webapi.API, within func() *webapi.Scope, op, text string, in []byte) result {
	t.Helper()
	done := make(chan result, 2)
	api.Start(ctx, hostcap.Caller{}, within, op, text, in, func(text string, out []byte, err error) { done <- result{text, out, err} })
	r := <-done
	require.Empty(t, done, "done was called twice")
	return r
}

// requestText writes a request as 54_fetch.js does.
func requestText(request map[string]any) string {
	headers, _ := request["headers"].([][2]string)
	upload, _ := request["upload"].(string)
	text := fmt.Sprintf("%s\n%s\n%s\n%d\n", request["method"], request["redirect"], upload, len(headers))
	for _, h := range headers {
		text += h[0] + ":" + h[1] + "\n"
	}
	return text + request["url"].(string) //nolint:forcetypeassert // each has one
}

// readAnswer reads an answer as 52_response.js does, with the body where it has it.
func readAnswer(t *testing.T, r result) (a answer) {
	t.Helper()
	first, rest, _ := strings.Cut(r.text, "\n")
	var redirected, size int
	_, err := fmt.Sscanf(first+".", "%d %d %d %s", &a.Status, &redirected, &size, &a.Body)
	require.NoError(t, err, r.text)
	a.Body, a.Redirected, a.body = strings.TrimSuffix(a.Body, "."), redirected == 1, []byte{}
	units := []rune(rest) // those of the head are below 256
	head := strings.Split(string(units[:size]), "\n")
	a.StatusText, a.URL = head[0], head[1]
	for _, line := range head[2 : len(head)-1] {
		name, value, _ := strings.Cut(line, ":")
		a.Headers = append(a.Headers, [2]string{name, value})
	}
	switch a.Body {
	case "t":
		a.body = []byte(string(units[size:]))
	case "b":
		a.body = r.out
	}
	return a
}

// ask fetches, reads the whole body, and waits.
func ask(ctx context.Context, t *testing.T, api *webapi.API, request map[string]any, body []byte) (*answer, error) {
	t.Helper()
	for key, value := range map[string]any{"method": "GET", "redirect": "follow", "headers": [][2]string{}} {
		if _, ok := request[key]; !ok {
			request[key] = value
		}
	}
	within := scope(t) //nolint:contextcheck // a scope outlives what a test aborts
	r := operate(ctx, t, api, within, "fetch", requestText(request), body)
	if r.err != nil {
		return nil, r.err
	}
	a := readAnswer(t, r)
	if _, err := strconv.Atoi(a.Body); err == nil && a.Body != "0" {
		read := operate(ctx, t, api, within, "body.all", a.Body, nil)
		if read.err != nil {
			return nil, read.err
		}
		a.body = read.out
	}
	return &a, nil
}

func requireError(t *testing.T, err error, name string, has ...string) {
	t.Helper()
	var e *webapi.Error
	require.ErrorAs(t, err, &e)
	require.Equal(t, name, e.Name)
	for _, h := range has {
		require.Contains(t, e.Message, h)
	}
}

func TestFetchIsDeniedWithoutAGrant(t *testing.T) {
	var asked atomic.Int32
	server := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { asked.Add(1) }))
	defer server.Close()
	port := server.Listener.Addr().String()[strings.LastIndex(server.Listener.Addr().String(), ":")+1:]
	shared := newHTTP(t)
	for name, tc := range map[string]struct {
		net  []string
		url  string
		want string
	}{
		"nothing granted":      {nil, server.URL, `permissions: { net: ["127.0.0.1:` + port + `"] }`},
		"another port":         {[]string{"127.0.0.1:1"}, server.URL, `permissions: { net: ["127.0.0.1:` + port + `"] }`},
		"loopback by name":     {[]string{"x.localhost.test:" + port}, "http://localhost:" + port, "permissions: { net:"},
		"unusual address":      {[]string{"*.test:*"}, "http://0x7f000001:" + port, "127.0.0.1:" + port},
		"scheme":               {[]string{"*.test:*"}, "file:///etc/passwd", "scheme"},
		"credentials":          {[]string{"127.0.0.1:" + port}, "http://a:b@127.0.0.1:" + port, "credentials"},
		"unreadable":           {nil, "http://[", "invalid URL"},
		"metadata not implied": {[]string{"*.example.com"}, "http://169.254.169.254/", "169.254.169.254"},
	} {
		t.Run(name, func(t *testing.T) {
			api := webapi.New(webapi.Config{HTTP: shared, Permissions: function.Permissions{Net: tc.net}})
			_, err := ask(t.Context(), t, api, map[string]any{"url": tc.url}, nil)
			requireError(t, err, "TypeError", tc.want)
		})
	}
	require.Zero(t, asked.Load())
}

// A name that is granted must not lead to an address that is not, and neither must a
// connection that another function's grants have opened.
func TestFetchChecksTheResolvedAddress(t *testing.T) {
	server := newPages(t)
	cfg := webapi.DefaultHTTPConfig()
	cfg.Resolver = namesTo(t, [4]byte{127, 0, 0, 1})
	shared, err := webapi.NewHTTP(cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, shared.Close()) }()
	get := func(net ...string) (*answer, error) {
		api := webapi.New(webapi.Config{HTTP: shared, Permissions: function.Permissions{Net: net}})
		return ask(t.Context(), t, api, map[string]any{"url": "http://rebound.test:" + server.port + "/hello"}, nil)
	}
	byName := "rebound.test:" + server.port
	_, err = get(byName)
	requireError(t, err, "TypeError", "127.0.0.1:"+server.port+" is not permitted", "rebound.test resolved to it")
	a, err := get(byName, "127.0.0.1:"+server.port)
	require.NoError(t, err)
	require.Equal(t, 200, a.Status)
	_, err = get(byName)
	requireError(t, err, "TypeError", "not permitted")
}

func TestFetchSharesConnectionsOfEqualGrantsAlone(t *testing.T) {
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, r.RemoteAddr)
	}))
	server.Start()
	defer server.Close()
	shared := newHTTP(t)
	port := server.Listener.Addr().String()[strings.LastIndex(server.Listener.Addr().String(), ":")+1:]
	get := func(net ...string) string {
		a, err := ask(t.Context(), t, webapi.New(webapi.Config{HTTP: shared, Permissions: function.Permissions{Net: net}}),
			map[string]any{"url": server.URL}, nil)
		require.NoError(t, err)
		return string(a.body)
	}
	first := get("127.0.0.1:"+port, "x.test")
	require.Equal(t, first, get("x.test", "127.0.0.1:"+port, "x.test"), "the same grants share")
	require.NotEqual(t, first, get("127.0.0.1:"+port), "other grants do not")
}

func TestFetchRedirects(t *testing.T) {
	server := newPages(t)
	other := newPages(t)
	api := webapi.New(webapi.Config{HTTP: newHTTP(t), Permissions: function.Permissions{
		Net: []string{"127.0.0.1:" + server.port, "127.0.0.1:" + other.port},
	}})
	to := func(code int, target string) string {
		return fmt.Sprintf("%s/to/%d?url=%s", server.URL, code, url.QueryEscape(target))
	}
	type echoed struct {
		Method  string            `json:"method"`
		Body    string            `json:"body"`
		URL     string            `json:"url"`
		Headers map[string]string `json:"headers"`
	}
	secret := [][2]string{{"Authorization", "Bearer s"}, {"Cookie", "c=1"}, {"X-Keep", "1"}, {"Content-Type", "text/x"}}
	for name, tc := range map[string]struct {
		method, url      string
		wantMethod, body string
		auth             bool
	}{
		"same origin keeps secrets":    {"GET", to(302, "/echo"), "GET", "", true},
		"other origin drops secrets":   {"GET", to(302, other.URL+"/echo"), "GET", "", false},
		"post becomes get":             {"POST", to(302, "/echo"), "GET", "", true},
		"put stays put":                {"PUT", to(302, "/echo"), "PUT", "payload", true},
		"303 makes put a get":          {"PUT", to(303, "/echo"), "GET", "", true},
		"307 keeps everything":         {"POST", to(307, "/echo"), "POST", "payload", true},
		"308 to another origin":        {"POST", to(308, other.URL+"/echo"), "POST", "payload", false},
		"relative with dots and query": {"GET", to(301, "./../echo?x=ü"), "GET", "", true},
	} {
		t.Run(name, func(t *testing.T) {
			var body []byte
			if tc.method != http.MethodGet {
				body = []byte("payload")
			}
			a, err := ask(t.Context(), t, api, map[string]any{"url": tc.url, "method": tc.method, "headers": secret}, body)
			require.NoError(t, err)
			require.Equal(t, 200, a.Status)
			require.True(t, a.Redirected)
			var e echoed
			require.NoError(t, json.Unmarshal(a.body, &e))
			require.Equal(t, tc.wantMethod, e.Method)
			require.Equal(t, tc.body, e.Body)
			require.Equal(t, "1", e.Headers["x-keep"])
			require.Equal(t, tc.auth, e.Headers["authorization"] != "")
			require.Equal(t, tc.auth, e.Headers["cookie"] != "")
			require.Equal(t, tc.body != "" || tc.method == http.MethodGet, e.Headers["content-type"] != "")
		})
	}
	for name, tc := range map[string]struct{ target, want string }{
		"to what is denied":    {"http://127.0.0.1:1/", "not permitted"},
		"to another scheme":    {"file:///etc/passwd", "scheme"},
		"to credentials":       {"http://a:b@127.0.0.1:" + server.port + "/echo", "credentials"},
		"to an invalid URL":    {"http://[", "invalid URL"},
		"round and round":      {"/redirect/50", "more than 20 redirects"},
		"to a metadata server": {"http://169.254.169.254/latest", "not permitted"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := ask(t.Context(), t, api, map[string]any{"url": to(302, tc.target)}, nil)
			requireError(t, err, "TypeError", tc.want)
		})
	}
}

func TestFetchEndsWithItsContext(t *testing.T) {
	server := newPages(t)
	api := newAPI(t, server)
	for _, path := range []string{"/hang", "/hang?body"} {
		ctx, cancel := context.WithCancel(t.Context())
		go func() {
			<-server.reached
			cancel()
		}()
		_, err := ask(ctx, t, api, map[string]any{"url": server.URL + path}, nil)
		requireError(t, err, "AbortError", "aborted")
		require.ErrorIs(t, err, context.Canceled)
		cancel()
	}
}

func TestFetchBodies(t *testing.T) {
	server := newPages(t)
	api := newAPI(t, server)
	for name, tc := range map[string]struct {
		path string
		size int
		err  string
	}{
		"empty":              {"/big/0", 0, ""},
		"at the limit":       {"/big/1048576", 1 << 20, ""},
		"over by one":        {"/big/1048577", 0, "body limit of 1MiB reached"},
		"announced too long": {"/big/1048577?length", 0, "body limit of 1MiB reached (used 1048577B)"},
		"a bomb":             {"/gzip/100000000", 0, "body limit of 1MiB reached"},
		"gzip":               {"/gzip/1000", 1000, ""},
		"cut off":            {"/broken", 0, "EOF"},
	} {
		t.Run(name, func(t *testing.T) {
			a, err := ask(t.Context(), t, api, map[string]any{"url": server.URL + tc.path}, nil)
			if tc.err != "" {
				requireError(t, err, "TypeError", tc.err)
				return
			}
			require.NoError(t, err)
			require.NotNil(t, a.body)
			require.Len(t, a.body, tc.size)
		})
	}
	var limit *function.LimitError
	_, err := ask(t.Context(), t, api, map[string]any{"url": server.URL + "/big/2000000"}, nil)
	require.ErrorAs(t, err, &limit)
	require.Equal(t, function.LimitBody, limit.Kind)
}

func TestFetchBodyLimitIsTheBuffersLimitWhereThatIsLower(t *testing.T) {
	server := newPages(t)
	api := webapi.New(webapi.Config{
		HTTP: newHTTP(t), Permissions: function.Permissions{Net: []string{"127.0.0.1:" + server.port}},
		Limits: function.Limits{Buffers: 4 * function.KiB},
	})
	_, err := ask(t.Context(), t, api, map[string]any{"url": server.URL + "/big/5000"}, nil)
	requireError(t, err, "TypeError", "4KiB")
}

func TestFetchAfterClose(t *testing.T) {
	shared, err := webapi.NewHTTP(webapi.DefaultHTTPConfig())
	require.NoError(t, err)
	require.NoError(t, shared.Close())
	require.NoError(t, shared.Close())
	api := webapi.New(webapi.Config{HTTP: shared, Permissions: function.Permissions{Net: []string{"127.0.0.1:*"}}})
	_, err = ask(t.Context(), t, api, map[string]any{"url": "http://127.0.0.1:1/"}, nil)
	requireError(t, err, "TypeError", "shutting down")
}

func TestFetchConnectionRefused(t *testing.T) {
	server := httptest.NewServer(http.NotFoundHandler())
	target := server.URL
	server.Close()
	api := webapi.New(webapi.Config{HTTP: newHTTP(t), Permissions: function.Permissions{Net: []string{"127.0.0.1:*"}}})
	_, err := ask(t.Context(), t, api, map[string]any{"url": target}, nil)
	requireError(t, err, "TypeError", "refused")
}

func TestPoolsAreBounded(t *testing.T) {
	server := newPages(t)
	cfg := webapi.DefaultHTTPConfig()
	cfg.MaxPools = 2
	shared, err := webapi.NewHTTP(cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, shared.Close()) }()
	for i := range 8 {
		api := webapi.New(webapi.Config{HTTP: shared, Permissions: function.Permissions{
			Net: []string{"127.0.0.1:" + server.port, fmt.Sprintf("n%d.test", i)},
		}})
		_, err := ask(t.Context(), t, api, map[string]any{"url": server.URL + "/hello"}, nil)
		require.NoError(t, err)
	}
}
