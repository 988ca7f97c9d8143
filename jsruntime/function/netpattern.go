package function

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// The ports of a netPattern that are no number.
const (
	anyPort  = -1
	webPorts = 0 // 80 and 443
)

// netHost is a host in its one canonical form: either an address, without an IPv4
// address in IPv6 clothes, or a name in lower case without a point at its end.
type netHost struct {
	addr netip.Addr
	name string
}

// netPattern is a parsed entry of Permissions.Net.
type netPattern struct {
	host netHost
	// wildcard means every name that ends in "." and host.name.
	wildcard bool
	port     int
}

// ValidateNetPattern reports whether pattern may stand in Permissions.Net: "host",
// "host:port", "host:*" and the same with "*." before a name. A host is a name, an
// IPv4 address, or an IPv6 address in brackets. The error wraps ErrInvalidPattern
// and says what to write.
func ValidateNetPattern(pattern string) error {
	_, err := parseNetPattern(pattern)
	return err
}

func parseNetPattern(pattern string) (netPattern, error) {
	fail := func(format string, args ...any) (netPattern, error) {
		return netPattern{}, fmt.Errorf("%w: %s: %s", ErrInvalidPattern, clip(pattern), fmt.Sprintf(format, args...))
	}
	if strings.Contains(pattern, "://") || strings.ContainsAny(pattern, "/?#@") {
		return fail("write the host and its port, without scheme and path")
	}
	host, port, problem := splitPort(pattern)
	if problem != "" {
		return fail("%s", problem)
	}
	p := netPattern{port: port}
	name, wildcard := strings.CutPrefix(host, "*.")
	p.wildcard = wildcard
	switch {
	case host == "":
		return fail("names no host")
	case host == "*":
		return fail("name the hosts; * stands for the first words of a name, as in *.example.com")
	case strings.Contains(name, "*"):
		return fail("* stands for the first words of a name and nowhere else, as in *.example.com")
	case strings.ContainsFunc(name, func(r rune) bool { return r > 0x7f }):
		return fail("write the name in its ASCII form, which begins with xn--")
	}
	var ok bool
	if p.host, ok = parseHost(name); !ok {
		return fail("%s is neither a name nor an address", clip(name))
	}
	if p.host.addr.IsValid() && p.wildcard {
		return fail("an address has no wildcard: name the addresses")
	}
	return p, nil
}

// splitPort cuts the port off a pattern.
func splitPort(pattern string) (host string, port int, problem string) {
	var text string
	colon := strings.LastIndexByte(pattern, ':')
	switch {
	case strings.HasPrefix(pattern, "["):
		end := strings.IndexByte(pattern, ']')
		if end < 0 {
			return "", 0, "the bracket of the IPv6 address is not closed"
		}
		host, text = pattern[:end+1], pattern[end+1:]
		if text == "" {
			return host, webPorts, ""
		}
		if text[0] != ':' {
			return "", 0, "after the bracket comes nothing or :port"
		}
		text = text[1:]
	case strings.Count(pattern, ":") > 1:
		return "", 0, "an IPv6 address stands in brackets, as in [::1]:8080"
	case colon < 0:
		return pattern, webPorts, ""
	default:
		host, text = pattern[:colon], pattern[colon+1:]
	}
	if text == "*" {
		return host, anyPort, ""
	}
	n, err := strconv.ParseUint(text, 10, 16)
	if err != nil || n == 0 || text[0] == '0' {
		return "", 0, "the port is a number from 1 to 65535, or *"
	}
	return host, int(n), ""
}

// parseHost brings a host, as it stands in a URL or a pattern, into canonical form.
// It refuses what resolvers read in more than one way: "127.1", "0x7f000001".
func parseHost(s string) (netHost, bool) {
	if inner, found := strings.CutPrefix(s, "["); found {
		inner, found = strings.CutSuffix(inner, "]")
		addr, err := netip.ParseAddr(inner)
		if !found || err != nil || !addr.Is6() || addr.Zone() != "" {
			return netHost{}, false
		}
		return netHost{addr: addr.Unmap()}, true
	}
	if addr, err := netip.ParseAddr(s); err == nil {
		return netHost{addr: addr.Unmap()}, addr.Zone() == ""
	}
	const longestName, longestLabel = 253, 63
	s = strings.ToLower(strings.TrimSuffix(s, "."))
	if s == "" || len(s) > longestName {
		return netHost{}, false
	}
	labels := strings.Split(s, ".")
	for _, label := range labels {
		if label == "" || len(label) > longestLabel || strings.ContainsFunc(label, notNameRune) {
			return netHost{}, false
		}
	}
	last := labels[len(labels)-1]
	if isDigits(last) || strings.HasPrefix(last, "0x") {
		return netHost{}, false
	}
	return netHost{name: s}, true
}

func notNameRune(r rune) bool {
	return (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' && r != '_'
}

// matches reports whether the pattern grants host and port.
func (p netPattern) matches(host netHost, port int) bool {
	switch p.port {
	case anyPort:
	case webPorts:
		if port != 80 && port != 443 {
			return false
		}
	default:
		if port != p.port {
			return false
		}
	}
	if p.wildcard {
		return strings.HasSuffix(host.name, "."+p.host.name)
	}
	return host == p.host
}
