package web

import (
	"crypto/tls"
	"crypto/x509"
	"io"
	"log/slog"
	"maps"
	"net"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/authority"
)

const token = "0123456789abcdef0123456789abcdef"

// start starts a server with one page, /page, which GET sees and POST changes.
func start(t *testing.T, cfg Config) *Server {
	t.Helper()
	if cfg.Listen == "" {
		cfg.Listen = "127.0.0.1:0"
	}
	s, err := Start(t.Context(), cfg, Handlers{Health: func() []string { return nil }}, slog.New(slog.DiscardHandler))
	require.NoError(t, err)
	t.Cleanup(func() {
		require.NoError(t, s.Close(t.Context()))
		require.NoError(t, s.Close(t.Context()))
	})
	s.Handle("/page", http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "the page") }))
	return s
}

func TestWhoIsLetIn(t *testing.T) {
	const here, away = "127.0.0.1:1000", "192.0.2.1:1000"
	bearer := func(value string) http.Header { return http.Header{"Authorization": {"Bearer " + value}} }
	for name, tc := range map[string]struct {
		cfg          Config
		method       string
		remote, host string
		header       http.Header
		want         int
	}{
		"here":                      {Config{}, "GET", here, "127.0.0.1:8484", nil, 200},
		"here by name":              {Config{}, "GET", here, "localhost", nil, 200},
		"here by IPv6":              {Config{}, "GET", "[::1]:1000", "[::1]:8484", nil, 200},
		"here, bare IPv6":           {Config{}, "GET", "[::1]:1000", "[::1]", nil, 200},
		"here by a name of others":  {Config{}, "GET", here, "evil.example:8484", nil, 403},
		"here by a near name":       {Config{}, "GET", here, "127.0.0.1.evil.example", nil, 403},
		"away":                      {Config{}, "GET", away, "127.0.0.1:8484", nil, 403},
		"away with a token of none": {Config{}, "GET", away, "127.0.0.1:8484", bearer(token), 403},
		"a change from here":        {Config{}, "POST", here, "127.0.0.1:8484", nil, 200},
		"a change by our page":      {Config{}, "POST", here, "127.0.0.1:8484", http.Header{"Sec-Fetch-Site": {"same-origin"}}, 200},
		"a change by another page":  {Config{}, "POST", here, "127.0.0.1:8484", http.Header{"Sec-Fetch-Site": {"cross-site"}}, 403},
		"a change by an old one":    {Config{}, "POST", here, "127.0.0.1:8484", http.Header{"Origin": {"http://evil.example"}}, 403},
		"token":                     {Config{Token: token}, "GET", away, "node:8484", bearer(token), 200},
		"token, small bearer":       {Config{Token: token}, "GET", away, "node:8484", http.Header{"Authorization": {"bearer " + token}}, 200},
		"no token":                  {Config{Token: token}, "GET", away, "node:8484", nil, 401},
		"no token from here":        {Config{Token: token}, "GET", here, "127.0.0.1:8484", nil, 401},
		"wrong token":               {Config{Token: token}, "GET", here, "127.0.0.1:8484", bearer(token + "x"), 401},
		"token as password":         {Config{Token: token}, "GET", here, "127.0.0.1:8484", http.Header{"Authorization": {"Basic " + token}}, 401},
		"cookie that is the token":  {Config{Token: token}, "GET", here, "127.0.0.1:8484", http.Header{"Cookie": {"isolane=" + token}}, 401},
		"empty cookie":              {Config{Token: token}, "GET", here, "127.0.0.1:8484", http.Header{"Cookie": {"isolane="}}, 401},
		"browser without a token":   {Config{Token: token}, "GET", here, "127.0.0.1:8484", http.Header{"Accept": {"text/html,*/*"}}, 303},
		"authority, no certificate": {Config{CA: "ca"}, "GET", here, "127.0.0.1:8484", nil, 401},
		"authority, empty token":    {Config{CA: "ca"}, "GET", here, "127.0.0.1:8484", bearer(""), 401},
	} {
		t.Run(name, func(t *testing.T) {
			g := newGate(tc.cfg, http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "in") }))
			r := httptest.NewRequest(tc.method, "http://x/page", nil)
			r.RemoteAddr, r.Host, r.TLS = tc.remote, tc.host, nil
			maps.Copy(r.Header, tc.header)
			w := httptest.NewRecorder()
			g.ServeHTTP(w, r)
			require.Equal(t, tc.want, w.Code, w.Body.String())
			require.Equal(t, tc.want == 200, w.Body.String() == "in")
			require.Contains(t, w.Header().Get("Content-Security-Policy"), "default-src 'none'")
			require.NotContains(t, w.Header().Get("Content-Security-Policy"), "unsafe")
		})
	}
}

func TestWrongTokensAreBounded(t *testing.T) {
	g := newGate(Config{Token: token}, http.NotFoundHandler())
	codes := map[int]int{}
	for range 200 {
		r := httptest.NewRequest(http.MethodGet, "/", nil)
		r.Header.Set("Authorization", "Bearer guess")
		w := httptest.NewRecorder()
		g.ServeHTTP(w, r)
		codes[w.Code]++
	}
	require.Positive(t, codes[http.StatusUnauthorized])
	require.Greater(t, codes[http.StatusTooManyRequests], 100)
	// Who has the token gets in all the same.
	r := httptest.NewRequest(http.MethodGet, "/", nil)
	r.Header.Set("Authorization", "Bearer "+token)
	w := httptest.NewRecorder()
	g.ServeHTTP(w, r)
	require.Equal(t, http.StatusNotFound, w.Code)
}

func TestLogin(t *testing.T) {
	s := start(t, Config{Token: token})
	jar, err := cookiejar.New(nil)
	require.NoError(t, err)
	client := &http.Client{Jar: jar, Transport: &http.Transport{DisableKeepAlives: true}}
	get := func(path string) (int, string) {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, s.URL()+path, nil)
		require.NoError(t, err)
		req.Header.Set("Accept", "text/html")
		res, err := client.Do(req)
		require.NoError(t, err)
		defer func() { _ = res.Body.Close() }()
		body, err := io.ReadAll(res.Body)
		require.NoError(t, err)
		return res.StatusCode, string(body)
	}
	enter := func(with string) int {
		res, err := client.PostForm(s.URL()+"/login", url.Values{"token": {with}})
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	code, body := get("/page")
	require.Equal(t, http.StatusOK, code)
	require.Contains(t, body, `name="token"`, "the form")
	require.Equal(t, http.StatusUnauthorized, enter("wrong"))
	require.Equal(t, http.StatusUnauthorized, enter(""))
	require.Equal(t, http.StatusNotFound, enter(token), "the start page, which is not there")
	_, body = get("/page")
	require.Equal(t, "the page", body)
	u, err := url.Parse(s.URL())
	require.NoError(t, err)
	require.NotContains(t, jar.Cookies(u)[0].Value, token[:8])
}

// A real handshake: who shows a certificate of the authority needs no token; who shows none
// gets health alone.
func TestCertificates(t *testing.T) {
	dir := t.TempDir()
	ca, err := authority.New(dir, "ours")
	require.NoError(t, err)
	cert, key, err := ca.Issue("server", "127.0.0.1")
	require.NoError(t, err)
	s := start(t, Config{CA: ca.CA, Cert: cert, Key: key})
	require.True(t, strings.HasPrefix(s.URL(), "https://"))
	pem, err := os.ReadFile(ca.CA)
	require.NoError(t, err)
	roots := x509.NewCertPool()
	require.True(t, roots.AppendCertsFromPEM(pem))
	ask := func(path string, certs ...tls.Certificate) int {
		client := &http.Client{Transport: &http.Transport{
			DisableKeepAlives: true, TLSClientConfig: &tls.Config{RootCAs: roots, Certificates: certs, MinVersion: tls.VersionTLS12},
		}}
		res, err := client.Get(s.URL() + path)
		if err != nil {
			return 0
		}
		require.NoError(t, res.Body.Close())
		return res.StatusCode
	}
	cert, key, err = ca.Issue("client", "127.0.0.1")
	require.NoError(t, err)
	pair, err := tls.LoadX509KeyPair(cert, key)
	require.NoError(t, err)
	require.Equal(t, http.StatusOK, ask("/page", pair))
	require.Equal(t, http.StatusUnauthorized, ask("/page"))
	require.Equal(t, http.StatusOK, ask("/readyz"))

	other, err := authority.New(t.TempDir(), "theirs")
	require.NoError(t, err)
	cert, key, err = other.Issue("client", "127.0.0.1")
	require.NoError(t, err)
	pair, err = tls.LoadX509KeyPair(cert, key)
	require.NoError(t, err)
	require.NotEqual(t, http.StatusOK, ask("/page", pair))
}

func TestListen(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, l.Close()) }()
	_, err = Start(t.Context(), Config{Listen: l.Addr().String()}, Handlers{}, slog.New(slog.DiscardHandler))
	require.ErrorIs(t, err, ErrListen)
	require.ErrorContains(t, err, "--http")
	s := start(t, Config{Listen: l.Addr().String(), Elsewhere: true})
	require.NotContains(t, s.URL(), l.Addr().String())
	_, err = Start(t.Context(), Config{Listen: "192.0.2.1:0"}, Handlers{}, slog.New(slog.DiscardHandler))
	require.ErrorIs(t, err, ErrListen)
	_, err = Start(t.Context(), Config{Listen: "127.0.0.1:0", Cert: "none", Key: "none"}, Handlers{}, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "http.tls.cert")
}

func TestHealth(t *testing.T) {
	var not []string
	mux := http.NewServeMux()
	health(mux, func() []string { return not })
	ask := func(path, accept string) (int, string) {
		r := httptest.NewRequest(http.MethodGet, path, nil)
		r.Header.Set("Accept", accept)
		w := httptest.NewRecorder()
		mux.ServeHTTP(w, r)
		return w.Code, w.Body.String()
	}
	code, body := ask("/readyz", "")
	require.Equal(t, 200, code)
	require.Equal(t, "ready\n", body)
	not = []string{"a", "b"}
	code, body = ask("/readyz", "")
	require.Equal(t, 503, code)
	require.Equal(t, "not ready: a\nnot ready: b\n", body)
	code, body = ask("/readyz", "application/json")
	require.Equal(t, 503, code)
	require.JSONEq(t, `{"ready": false, "not_ready": ["a", "b"]}`, body)
	code, _ = ask("/livez", "")
	require.Equal(t, 200, code, "what is not ready is alive")
}

// Close ends what stays open by itself.
func TestCloseEndsStreams(t *testing.T) {
	s := start(t, Config{})
	begun := make(chan struct{})
	s.Handle("/stream", http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		close(begun)
		<-r.Context().Done()
	}))
	ended := make(chan error, 1)
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	go func() {
		res, err := client.Get(s.URL() + "/stream")
		if err == nil {
			err = res.Body.Close()
		}
		ended <- err
	}()
	<-begun
	require.NoError(t, s.Close(t.Context()))
	require.NoError(t, <-ended)
}
