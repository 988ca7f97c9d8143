package function_test

import (
	"net/netip"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestAllowsNet(t *testing.T) {
	for name, tc := range map[string]struct {
		pattern string
		host    string
		port    int
		want    bool
	}{
		"name":                     {"example.com", "example.com", 443, true},
		"name, http":               {"example.com", "example.com", 80, true},
		"name, other port":         {"example.com", "example.com", 8080, false},
		"port":                     {"example.com:8080", "example.com", 8080, true},
		"port alone":               {"example.com:8080", "example.com", 443, false},
		"every port":               {"example.com:*", "example.com", 1, true},
		"port zero":                {"example.com:*", "example.com", 0, false},
		"port too large":           {"example.com:*", "example.com", 65536, false},
		"case":                     {"Example.COM", "eXample.com", 443, true},
		"point at the end":         {"example.com", "example.com.", 443, true},
		"point in pattern":         {"example.com.", "example.com", 443, true},
		"two points":               {"example.com", "example.com..", 443, false},
		"longer":                   {"example.com", "example.com.evil", 443, false},
		"suffix":                   {"example.com", "evil-example.com", 443, false},
		"below":                    {"example.com", "a.example.com", 443, false},
		"wildcard":                 {"*.example.com", "a.example.com", 443, true},
		"wildcard, deep":           {"*.example.com", "a.b.example.com", 443, true},
		"wildcard itself":          {"*.example.com", "example.com", 443, false},
		"wildcard, suffix":         {"*.example.com", "evilexample.com", 443, false},
		"wildcard, empty label":    {"*.example.com", ".example.com", 443, false},
		"wildcard and port":        {"*.example.com:8443", "a.example.com", 8443, true},
		"wildcard and other port":  {"*.example.com:8443", "a.example.com", 443, false},
		"wildcard grants no other": {"*.1", "10.0.0.1", 443, false},
		"star":                     {"*", "example.com", 443, false},
		"ipv4":                     {"127.0.0.1:*", "127.0.0.1", 9000, true},
		"ipv4 as name":             {"localhost:*", "127.0.0.1", 9000, false},
		"ipv4 short":               {"127.0.0.1:*", "127.1", 9000, false},
		"ipv4 hex":                 {"127.0.0.1:*", "0x7f000001", 9000, false},
		"ipv4 number":              {"127.0.0.1:*", "2130706433", 9000, false},
		"ipv4 octal":               {"127.0.0.1:*", "0177.0.0.1", 9000, false},
		"ipv6":                     {"[::1]:8080", "[::1]", 8080, true},
		"ipv6 without brackets":    {"[::1]:8080", "::1", 8080, true},
		"ipv6 written out":         {"[::1]:8080", "[0:0:0:0:0:0:0:1]", 8080, true},
		"ipv6 default ports":       {"[2001:DB8::1]", "[2001:db8::1]", 443, true},
		"ipv6 with zone":           {"[fe80::1]:*", "[fe80::1%eth0]", 443, false},
		"mapped":                   {"127.0.0.1:*", "[::ffff:127.0.0.1]", 443, true},
		"brackets around ipv4":     {"127.0.0.1:*", "[127.0.0.1]", 443, false},
		"underscore":               {"my_service:8080", "my_service", 8080, true},
		"empty host":               {"example.com", "", 443, false},
		"nul":                      {"example.com", "example.com\x00", 443, false},
		"space":                    {"example.com", "example.com ", 443, false},
		"at":                       {"example.com", "x@example.com", 443, false},
		"other digits":             {"example.com:*", "ｅxample.com", 443, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := function.Permissions{Net: []string{"unrelated.test", tc.pattern}}
			require.Equal(t, tc.want, p.AllowsNet(tc.host, tc.port))
			require.False(t, function.Permissions{}.AllowsNet(tc.host, tc.port))
		})
	}
}

func TestValidateNetPattern(t *testing.T) {
	for _, good := range []string{"localhost", "localhost:8080", "a:*", "*.example.com", "*.com:1", "[::1]", "[::1]:*", "10.0.0.1:65535", "xn--bcher-kva.example", "A.b"} {
		require.NoError(t, function.ValidateNetPattern(good), good)
	}
	for bad, want := range map[string]string{
		"":                        "names no host",
		":80":                     "names no host",
		"*":                       "name the hosts",
		"*:443":                   "name the hosts",
		"a.*.com":                 "nowhere else",
		"*a.com":                  "nowhere else",
		"*.*.com":                 "nowhere else",
		"https://example.com":     "without scheme and path",
		"example.com/a":           "without scheme and path",
		"u@example.com":           "without scheme and path",
		"example.com:http":        "from 1 to 65535",
		"example.com:":            "from 1 to 65535",
		"example.com:0":           "from 1 to 65535",
		"example.com:080":         "from 1 to 65535",
		"example.com:70000":       "from 1 to 65535",
		"example.com:+1":          "from 1 to 65535",
		"::1":                     "stands in brackets",
		"::1:8080":                "stands in brackets",
		"[::1":                    "not closed",
		"[::1]8080":               "comes nothing or :port",
		"[::1%lo]:80":             "neither a name nor an address",
		"[1.2.3.4]":               "neither a name nor an address",
		"1.2.3":                   "neither a name nor an address",
		"10.0.0.0/8":              "without scheme and path",
		"*.0.0.1":                 "neither a name nor an address",
		"*.10.0.0.1":              "no wildcard",
		"8080":                    "neither a name nor an address",
		"bücher.example":          "xn--",
		"a b":                     "neither a name nor an address",
		"a..b":                    "neither a name nor an address",
		strings.Repeat("a.", 200): "neither a name nor an address",
	} {
		err := function.ValidateNetPattern(bad)
		require.ErrorIs(t, err, function.ErrInvalidPattern, bad)
		require.ErrorContains(t, err, want, bad)
	}
}

func TestAllowsAddress(t *testing.T) {
	for name, tc := range map[string]struct {
		net  string // patterns, separated by spaces
		host string
		addr string
		want bool
	}{
		"public":                    {"a.test", "a.test", "93.184.216.34:443", true},
		"not granted":               {"b.test", "a.test", "93.184.216.34:443", false},
		"port not granted":          {"a.test", "a.test", "93.184.216.34:22", false},
		"private":                   {"a.test", "a.test", "10.1.2.3:443", true},
		"private 192":               {"a.test", "a.test", "192.168.0.1:443", true},
		"unique local":              {"a.test", "a.test", "[fd00::1]:443", true},
		"loopback by name":          {"a.test", "a.test", "127.0.0.1:443", false},
		"loopback6 by name":         {"a.test", "a.test", "[::1]:443", false},
		"loopback by wildcard":      {"*.test", "a.test", "127.0.0.1:443", false},
		"loopback named too":        {"a.test 127.0.0.1", "a.test", "127.0.0.1:443", true},
		"loopback named elsewhere":  {"a.test 127.0.0.1:8080", "a.test", "127.0.0.1:443", false},
		"localhost":                 {"localhost:8080", "localhost", "127.0.0.1:8080", true},
		"localhost6":                {"localhost:8080", "LOCALHOST.", "[::1]:8080", true},
		"localhost, 127.9":          {"localhost:8080", "localhost", "127.9.9.9:8080", true},
		"localhost, port":           {"localhost:8080", "localhost", "127.0.0.1:22", false},
		"localhost, mapped":         {"localhost:8080", "localhost", "[::ffff:127.0.0.1]:8080", true},
		"localhost to metadata":     {"localhost:*", "localhost", "169.254.169.254:80", false},
		"granted localhost, other":  {"localhost:* a.test:*", "a.test", "127.0.0.1:80", false},
		"literal loopback":          {"127.0.0.1:*", "127.0.0.1", "127.0.0.1:22", true},
		"literal loopback6":         {"[::1]:*", "[::1]", "[::1]:22", true},
		"literal to another":        {"127.0.0.1:*", "127.0.0.1", "127.0.0.2:22", false},
		"metadata":                  {"a.test", "a.test", "169.254.169.254:80", false},
		"metadata named":            {"169.254.169.254", "169.254.169.254", "169.254.169.254:80", true},
		"metadata mapped":           {"a.test", "a.test", "[::ffff:169.254.169.254]:80", false},
		"metadata compatible":       {"a.test", "a.test", "[::169.254.169.254]:80", false},
		"metadata nat64":            {"a.test", "a.test", "[64:ff9b::169.254.169.254]:80", false},
		"metadata local nat64":      {"a.test", "a.test", "[64:ff9b:1::169.254.169.254]:80", false},
		"loopback nat64":            {"a.test", "a.test", "[64:ff9b::127.0.0.1]:80", false},
		"loopback nat64, localhost": {"localhost", "localhost", "[64:ff9b::127.0.0.1]:80", false},
		"public nat64":              {"a.test", "a.test", "[64:ff9b::93.184.216.34]:80", true},
		"metadata 6to4":             {"a.test", "a.test", "[2002:a9fe:a9fe::1]:80", false},
		"metadata aws6":             {"a.test", "a.test", "[fd00:ec2::254]:80", false},
		"metadata azure":            {"a.test", "a.test", "168.63.129.16:80", false},
		"metadata alibaba":          {"a.test", "a.test", "100.100.100.200:80", false},
		"link-local6":               {"a.test", "a.test", "[fe80::1]:80", false},
		"link-local6 zone":          {"a.test", "a.test", "[fe80::1%eth0]:80", false},
		"link-local6 named":         {"[fe80::1]", "[fe80::1]", "[fe80::1%eth0]:80", true},
		"unspecified":               {"a.test", "a.test", "0.0.0.0:80", false},
		"unspecified6":              {"a.test", "a.test", "[::]:80", false},
		"this network":              {"a.test", "a.test", "0.1.2.3:80", false},
		"unspecified named":         {"0.0.0.0", "0.0.0.0", "0.0.0.0:80", true},
		"multicast":                 {"a.test", "a.test", "224.0.0.1:80", false},
		"private multicast":         {"a.test", "a.test", "239.1.1.1:80", false},
		"multicast6":                {"a.test", "a.test", "[ff02::1]:80", false},
		"broadcast":                 {"a.test", "a.test", "255.255.255.255:80", false},
	} {
		t.Run(name, func(t *testing.T) {
			p := function.Permissions{Net: strings.Fields(tc.net)}
			require.Equal(t, tc.want, p.AllowsAddress(tc.host, netip.MustParseAddrPort(tc.addr)))
		})
	}
	require.False(t, function.Permissions{Net: []string{"a.test:*"}}.AllowsAddress("a.test", netip.AddrPort{}))
}

func TestNetHint(t *testing.T) {
	require.Equal(t, `permissions: { net: ["localhost:8080"] }`, function.NetHint("LOCALHOST.", 8080))
	require.Equal(t, `permissions: { net: ["example.com"] }`, function.NetHint("example.com", 443))
	require.Equal(t, `permissions: { net: ["[::1]:9"] }`, function.NetHint("::1", 9))
	require.Equal(t, `permissions: { net: ["127.0.0.1:9"] }`, function.NetHint("[::ffff:127.0.0.1]", 9))
	require.Empty(t, function.NetHint("a\"b", 9))
	require.Empty(t, function.NetHint("a", 0))
}

// A hint that is pasted into a manifest grants what was asked for.
func FuzzAllowsNet(f *testing.F) {
	f.Add("example.com", "*.example.com", 443)
	f.Add("[::1]", "[::1]:*", 80)
	f.Add("127.1", "127.0.0.1", 80)
	f.Add("::ffff:1.2.3.4", "1.2.3.4:5", 5)
	f.Fuzz(func(t *testing.T, host, pattern string, port int) {
		granted := function.Permissions{Net: []string{pattern}}.AllowsNet(host, port)
		if function.ValidateNetPattern(pattern) != nil && granted {
			t.Fatalf("%q is no pattern and granted %q", pattern, host)
		}
		hint := function.NetHint(host, port)
		if granted && hint == "" {
			t.Fatalf("%q grants %q, for which there is no hint", pattern, host)
		}
		if hint == "" {
			return
		}
		m, err := function.ParseManifest("f", []byte(hint))
		if err != nil || !m.Permissions.AllowsNet(host, port) {
			t.Fatalf("hint %s does not grant %q:%d: %v", hint, host, port, err)
		}
	})
}
