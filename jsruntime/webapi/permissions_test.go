package webapi_test

import (
	"crypto/x509"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// counted is a server on one loopback address that counts connections.
type counted struct {
	*httptest.Server
	conns atomic.Int32
	port  string
}

func newCounted(t *testing.T, address string) *counted {
	t.Helper()
	c := &counted{}
	listener, err := net.Listen("tcp", address)
	require.NoError(t, err)
	c.Server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = fmt.Fprint(w, r.Host)
	}))
	require.NoError(t, c.Listener.Close())
	c.Listener = listener
	c.Config.ConnState = func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			c.conns.Add(1)
		}
	}
	c.Start()
	t.Cleanup(c.Close)
	_, c.port, err = net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return c
}

// granted makes an API with these grants; PORT in a grant is the server's.
func granted(shared *webapi.HTTP, port string, grants ...string) *webapi.API {
	net := make([]string, len(grants))
	for i, g := range grants {
		net[i] = strings.ReplaceAll(g, "PORT", port)
	}
	return webapi.New(webapi.Config{HTTP: shared, Permissions: function.Permissions{Net: net}})
}

// resolving makes an HTTP with names of its own.
func resolving(t *testing.T, z zone, roots *x509.CertPool) *webapi.HTTP {
	t.Helper()
	cfg := webapi.DefaultHTTPConfig()
	cfg.Resolver, cfg.RootCAs = resolver(t, z), roots
	shared, err := webapi.NewHTTP(cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, shared.Close()) })
	return shared
}

// Every way of writing an address or a name is the address or name that it stands for,
// and is judged as that; nothing is connected to before.
func TestFetchJudgesWhatAHostStandsFor(t *testing.T) {
	server := newCounted(t, "127.0.0.1:0")
	shared := resolving(t, func(string, int) []string { return []string{"127.0.0.1"} }, nil)
	for name, tc := range map[string]struct {
		grant, url string
		denied     string // what the error says; "" where it is answered
	}{
		"the address":              {"127.0.0.1:PORT", "http://127.0.0.1:PORT/", ""},
		"decimal":                  {"127.0.0.1:PORT", "http://2130706433:PORT/", ""},
		"hexadecimal":              {"127.0.0.1:PORT", "http://0x7f.0.0.1:PORT/", ""},
		"octal":                    {"127.0.0.1:PORT", "http://0177.0.0.01:PORT/", ""},
		"short":                    {"127.0.0.1:PORT", "http://127.1:PORT/", ""},
		"full width digits":        {"127.0.0.1:PORT", "http://１２７.0.0.1:PORT/", ""},
		"percent-encoded":          {"127.0.0.1:PORT", "http://%31%32%37.0.0.1:PORT/", ""},
		"address, point at end":    {"127.0.0.1:PORT", "http://127.0.0.1.:PORT/", ""},
		"mapped":                   {"127.0.0.1:PORT", "http://[::ffff:127.0.0.1]:PORT/", ""},
		"decimal, other grant":     {"example.com:*", "http://2130706433:PORT/", `permissions: { net: ["127.0.0.1:PORT"] }`},
		"hexadecimal, other grant": {"localhost:*", "http://0x7f000001:PORT/", `permissions: { net: ["127.0.0.1:PORT"] }`},
		"octal, other grant":       {"localhost:*", "http://017700000001:PORT/", `permissions: { net: ["127.0.0.1:PORT"] }`},
		"mapped, other grant":      {"localhost:*", "http://[::ffff:7f00:1]:PORT/", `permissions: { net: ["127.0.0.1:PORT"] }`},
		"compatible":               {"127.0.0.1:*", "http://[::127.0.0.1]:PORT/", "is not permitted"},
		"unspecified":              {"127.0.0.1:* localhost:*", "http://0.0.0.0:PORT/", `permissions: { net: ["0.0.0.0:PORT"] }`},
		"unspecified, short":       {"127.0.0.1:* localhost:*", "http://0:PORT/", `permissions: { net: ["0.0.0.0:PORT"] }`},
		"unspecified6":             {"127.0.0.1:* localhost:*", "http://[::]:PORT/", `permissions: { net: ["[::]:PORT"] }`},
		"loopback6":                {"127.0.0.1:* localhost:*", "http://[::1]:PORT/", `permissions: { net: ["[::1]:PORT"] }`},
		"other loopback":           {"127.0.0.1:* localhost:*", "http://127.0.0.2:PORT/", `permissions: { net: ["127.0.0.2:PORT"] }`},
		"metadata":                 {"*.internal:*", "http://169.254.169.254/latest/meta-data", `permissions: { net: ["169.254.169.254"] }`},
		"metadata, decimal":        {"*.internal:*", "http://2852039166/", `permissions: { net: ["169.254.169.254"] }`},
		"metadata, aws ipv6":       {"*.internal:*", "http://[fd00:ec2::254]/", `permissions: { net: ["[fd00:ec2::254]"] }`},
		"link-local":               {"*.test:*", "http://[fe80::1]/", `permissions: { net: ["[fe80::1]"] }`},
		"zone":                     {"[fe80::1]:*", "http://[fe80::1%25lo]:PORT/", "invalid URL"},
		"multicast":                {"*.test:*", "http://224.0.0.1/", `permissions: { net: ["224.0.0.1"] }`},
		"shared address space":     {"*.test:*", "http://100.64.0.1/", `permissions: { net: ["100.64.0.1"] }`},

		"name":                 {"a.test:PORT 127.0.0.1:PORT", "http://a.test:PORT/", ""},
		"case":                 {"a.test:PORT 127.0.0.1:PORT", "http://A.TeST:PORT/", ""},
		"point at the end":     {"a.test:PORT 127.0.0.1:PORT", "http://a.test.:PORT/", ""},
		"full width":           {"a.test:PORT 127.0.0.1:PORT", "http://ａ。test:PORT/", ""},
		"homograph":            {"a.test:PORT 127.0.0.1:PORT", "http://\u0430.test:PORT/", `net: ["xn--80a.test:PORT"]`},
		"punycode, granted":    {"xn--80a.test:PORT 127.0.0.1:PORT", "http://\u0430.test:PORT/", ""},
		"below a wildcard":     {"*.a.test:PORT 127.0.0.1:PORT", "http://b.c.a.test:PORT/", ""},
		"wildcard's own name":  {"*.a.test:PORT 127.0.0.1:PORT", "http://a.test:PORT/", `net: ["a.test:PORT"]`},
		"like a wildcard":      {"*.a.test:PORT 127.0.0.1:PORT", "http://evil-a.test:PORT/", `net: ["evil-a.test:PORT"]`},
		"ends like a name":     {"a.test:PORT 127.0.0.1:PORT", "http://evil-a.test:PORT/", "is not permitted"},
		"begins like a name":   {"a.test:PORT 127.0.0.1:PORT", "http://a.test.evil.example:PORT/", "is not permitted"},
		"another port":         {"a.test:1 127.0.0.1:PORT", "http://a.test:PORT/", "is not permitted"},
		"default ports":        {"a.test 127.0.0.1:PORT", "http://a.test:PORT/", "is not permitted"},
		"user for a name":      {"a.test:PORT 127.0.0.1:PORT", "http://a.test:PORT@evil.test:PORT/", "is not permitted"},
		"credentials":          {"a.test:PORT 127.0.0.1:PORT", "http://u:p@a.test:PORT/", "credentials"},
		"back slash":           {"a.test:PORT 127.0.0.1:PORT", `http:\\evil.test:PORT\@a.test:PORT/`, "evil.test:PORT is not permitted"},
		"tab and line break":   {"a.test:PORT 127.0.0.1:PORT", "ht\ttp://ev\nil.test:PORT/", "evil.test:PORT is not permitted"},
		"loopback by name":     {"a.test:PORT", "http://a.test:PORT/", "resolved to it"},
		"a name, not its own":  {"localhost:PORT", "http://localhost.test:PORT/", "is not permitted"},
		"localhost by another": {"b.localhost:PORT", "http://b.localhost:PORT/", "resolved to it"},

		"file":       {"a.test", "file:///etc/passwd", `scheme "file" is not supported: use http or https`},
		"data":       {"a.test", "data:text/plain,x", `scheme "data"`},
		"blob":       {"a.test", "blob:http://a.test/1", `scheme "blob"`},
		"ftp":        {"a.test", "ftp://a.test/", `scheme "ftp"`},
		"web socket": {"a.test", "ws://a.test/", `scheme "ws"`},
		"javascript": {"a.test", "javascript:1", `scheme "javascript"`},
		"about":      {"a.test", "about:blank", `scheme "about"`},
	} {
		t.Run(name, func(t *testing.T) {
			before := server.conns.Load()
			api := granted(shared, server.port, strings.Fields(tc.grant)...)
			a, err := ask(t.Context(), t, api, map[string]any{"url": strings.ReplaceAll(tc.url, "PORT", server.port)}, nil)
			if tc.denied == "" {
				require.NoError(t, err)
				require.Equal(t, 200, a.Status)
				return
			}
			requireError(t, err, "TypeError", strings.ReplaceAll(tc.denied, "PORT", server.port))
			require.Equal(t, before, server.conns.Load(), "nothing was connected to")
		})
	}
}

// What a name resolves to is judged address by address, when it is dialled.
func TestFetchJudgesEachResolvedAddress(t *testing.T) {
	open := newCounted(t, "127.0.0.2:0")
	shut := newCounted(t, "127.0.0.1:"+open.port)
	for name, tc := range map[string]struct {
		zone   zone
		denied []string // by fetch; "" where it is answered
	}{
		"several, one granted":         {constant("127.0.0.1", "127.0.0.2"), []string{""}},
		"several, the last is not":     {constant("127.0.0.2", "127.0.0.1"), []string{""}},
		"several, none granted":        {constant("127.0.0.1", "169.254.169.254"), []string{"not permitted"}},
		"an alias of localhost":        {constant("localhost.", "127.0.0.1"), []string{"127.0.0.1:PORT is not permitted"}},
		"an alias of a granted one":    {constant("other.test.", "127.0.0.2"), []string{""}},
		"mapped":                       {constant("::ffff:127.0.0.1"), []string{"127.0.0.1:PORT is not permitted"}},
		"unspecified":                  {constant("0.0.0.0"), []string{"0.0.0.0:PORT is not permitted"}},
		"unspecified6":                 {constant("::"), []string{"[::]:PORT is not permitted"}},
		"metadata":                     {constant("169.254.169.254"), []string{"169.254.169.254:PORT is not permitted"}},
		"metadata, aws ipv6":           {constant("fd00:ec2::254"), []string{"[fd00:ec2::254]:PORT is not permitted"}},
		"link-local6":                  {constant("fe80::1"), []string{"[fe80::1]:PORT is not permitted"}},
		"translated":                   {constant("64:ff9b::127.0.0.1"), []string{"[64:ff9b::7f00:1]:PORT is not permitted"}},
		"bound anew after a good one":  {rebound("127.0.0.2", "127.0.0.1"), []string{"", "127.0.0.1:PORT is not permitted"}},
		"bound anew after a bad one":   {rebound("127.0.0.1", "127.0.0.2"), []string{"127.0.0.1:PORT is not permitted", ""}},
		"resolves to nothing that is":  {constant(), []string{"no such host"}},
		"a different one every lookup": {rebound("169.254.169.254", "0.0.0.0", "127.0.0.2"), []string{"not permitted", "not permitted", ""}},
	} {
		t.Run(name, func(t *testing.T) {
			for _, denied := range tc.denied {
				// A connection that is kept is not resolved again.
				cfg := webapi.DefaultHTTPConfig()
				cfg.Resolver = resolver(t, tc.zone)
				shared, err := webapi.NewHTTP(cfg)
				require.NoError(t, err)
				api := granted(shared, open.port, "a.test:PORT", "127.0.0.2:PORT")
				_, err = ask(t.Context(), t, api, map[string]any{"url": "http://a.test.:" + open.port + "/"}, nil)
				require.NoError(t, shared.Close())
				if denied == "" {
					require.NoError(t, err)
					continue
				}
				requireError(t, err, "TypeError", strings.ReplaceAll(denied, "PORT", open.port))
			}
		})
	}
	require.Zero(t, shut.conns.Load(), "what is not granted is not connected to")
}

func constant(targets ...string) zone { return func(string, int) []string { return targets } }

// rebound gives each lookup of an address the next target, whoever asks.
func rebound(targets ...string) zone {
	var n atomic.Int32
	return func(_ string, _ int) []string {
		// Each lookup asks for two types of record.
		i := int(n.Add(1)-1) / 2
		return targets[min(i, len(targets)-1) : min(i, len(targets)-1)+1]
	}
}

// A proxy from the environment would go where the manifest does not allow it.
func TestFetchTakesNoProxyFromTheEnvironment(t *testing.T) {
	proxy, server := newCounted(t, "127.0.0.1:0"), newCounted(t, "127.0.0.1:0")
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"} {
		t.Setenv(name, proxy.URL)
	}
	for _, name := range []string{"NO_PROXY", "no_proxy"} {
		t.Setenv(name, "")
	}
	// The standard library never sends what is for localhost to a proxy.
	shared := resolving(t, constant("127.0.0.1"), nil)
	api := granted(shared, server.port, "a.test:PORT", "127.0.0.1:PORT")
	a, err := ask(t.Context(), t, api, map[string]any{"url": "http://a.test:" + server.port + "/"}, nil)
	require.NoError(t, err)
	require.Equal(t, "a.test:"+server.port, string(a.body))
	require.Zero(t, proxy.conns.Load())
}

// A connection of HTTP/2 serves one name, even where the certificate has several.
func TestFetchSharesNoConnectionBetweenNames(t *testing.T) {
	var remotes atomic.Value
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		remotes.Store(r.RemoteAddr)
		_, _ = fmt.Fprint(w, r.Proto)
	}))
	server.EnableHTTP2 = true
	server.Config.ErrorLog = log.New(io.Discard, "", 0) // a certificate is refused below
	server.StartTLS()
	defer server.Close()
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	_, port, err := net.SplitHostPort(server.Listener.Addr().String())
	require.NoError(t, err)
	shared := resolving(t, constant("127.0.0.1"), roots)
	get := func(host string, grants ...string) (string, error) {
		a, err := ask(t.Context(), t, granted(shared, port, grants...), map[string]any{"url": "https://" + host + ":" + port + "/"}, nil)
		if err != nil {
			return "", err
		}
		require.Equal(t, "HTTP/2.0", string(a.body))
		return remotes.Load().(string), nil
	}
	both := []string{"example.com:PORT", "www.example.com:PORT", "127.0.0.1:PORT"}
	first, err := get("example.com", both...)
	require.NoError(t, err)
	again, err := get("example.com", both...)
	require.NoError(t, err)
	require.Equal(t, first, again, "the connection is kept")
	second, err := get("www.example.com", both...)
	require.NoError(t, err)
	require.NotEqual(t, first, second, "another name has a connection of its own")
	_, err = get("www.example.com", "example.com:PORT", "127.0.0.1:PORT")
	requireError(t, err, "TypeError", "not permitted")
	_, err = get("example.com", "example.com:PORT")
	requireError(t, err, "TypeError", "resolved to it")
	_, err = get("other.test", "other.test:PORT", "127.0.0.1:PORT")
	requireError(t, err, "TypeError", "certificate")
}
