package function

import (
	"fmt"
	"net/netip"
	"strconv"
)

// AllowsNet reports whether fetch may ask for this host and port. host is what
// stands in the URL: a name, an IPv4 address, or an IPv6 address with or without
// its brackets; case and one point at the end do not count.
//
// A name matches a pattern of the same name; an address matches a pattern that
// names the same address, however it is written. "*.example.com" matches every
// name below example.com, at any depth, but not example.com itself, and never an
// address. A pattern without a port grants 80 and 443, one with ":*" every port.
// A pattern that is not valid grants nothing.
//
// AllowsNet looks at names alone: where the name leads is for AllowsAddress, which
// must be asked about each address before it is connected to.
func (p Permissions) AllowsNet(host string, port int) bool {
	h, ok := parseHost(host)
	return ok && p.grants(h, port)
}

// AllowsAddress reports whether a connection for host may be made to addr, one of
// the addresses that host was resolved to. It must be asked with the very address
// that is then connected to: a name may resolve differently a second time.
//
// First, AllowsNet must grant host at addr's port, and where host is itself an
// address, addr must be that one. Then:
//
//   - An address that a pattern names literally, at this port, is allowed.
//   - Loopback (127.0.0.0/8, ::1) is allowed where host is "localhost".
//   - Closed otherwise, whatever name leads there: loopback; link-local
//     (169.254.0.0/16, fe80::/10) and the metadata services of clouds that live
//     elsewhere; the unspecified address and 0.0.0.0/8; multicast; broadcast and
//     240.0.0.0/4. An IPv4 address inside an IPv6 one (mapped, compatible, NAT64,
//     6to4) counts as the IPv4 address.
//   - All others are allowed, the private ones too (10.0.0.0/8, 172.16.0.0/12,
//     192.168.0.0/16, fc00::/7): services inside a cluster live there, and their
//     name was granted.
func (p Permissions) AllowsAddress(host string, addr netip.AddrPort) bool {
	port := int(addr.Port())
	ip := addr.Addr().WithZone("").Unmap()
	h, ok := parseHost(host)
	if !ok || !ip.IsValid() || !p.grants(h, port) {
		return false
	}
	if h.addr.IsValid() && h.addr != ip {
		return false
	}
	if p.grants(netHost{addr: ip}, port) {
		return true
	}
	if ip.IsLoopback() {
		return h.name == "localhost"
	}
	return !isClosed(ip)
}

func (p Permissions) grants(h netHost, port int) bool {
	if port < 1 || port > 65535 {
		return false
	}
	for _, text := range p.Net {
		if pattern, err := parseNetPattern(text); err == nil && pattern.matches(h, port) {
			return true
		}
	}
	return false
}

// NetHint returns the line of a manifest that grants host and port:
//
//	permissions: { net: ["localhost:8080"] }
//
// It is "" where no manifest can grant them, because host is no valid name or
// address.
func NetHint(host string, port int) string {
	h, ok := parseHost(host)
	if !ok || port < 1 || port > 65535 {
		return ""
	}
	text := h.name
	switch {
	case h.addr.Is6():
		text = "[" + h.addr.String() + "]"
	case h.addr.IsValid():
		text = h.addr.String()
	}
	if port != 80 && port != 443 {
		text += ":" + strconv.Itoa(port)
	}
	return fmt.Sprintf("permissions: { net: [%q] }", text)
}
