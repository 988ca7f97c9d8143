package function

import "net/netip"

// closedPrefixes are the addresses that no name may lead to; see AllowsAddress.
// Loopback is not among them: localhost may lead there.
func closedPrefixes() []netip.Prefix {
	return []netip.Prefix{
		netip.MustParsePrefix("0.0.0.0/8"),
		netip.MustParsePrefix("169.254.0.0/16"), // link-local; the metadata service of most clouds
		netip.MustParsePrefix("224.0.0.0/3"),    // multicast, reserved, broadcast
		netip.MustParsePrefix("::/128"),
		netip.MustParsePrefix("fe80::/10"), // link-local
		netip.MustParsePrefix("fec0::/10"), // site-local, deprecated
		netip.MustParsePrefix("ff00::/8"),  // multicast

		// Metadata services at addresses that are not link-local.
		netip.MustParsePrefix("100.100.100.200/32"), // Alibaba Cloud
		netip.MustParsePrefix("168.63.129.16/32"),   // Azure's host
		netip.MustParsePrefix("192.0.0.192/32"),     // Oracle Cloud, classic
		netip.MustParsePrefix("fd00:ec2::254/128"),  // AWS
		netip.MustParsePrefix("fd20:ce::254/128"),   // Google Cloud
	}
}

// isClosed reports whether an address, already unmapped and without a zone, may be
// reached only where a pattern names it. Loopback counts as closed only inside an
// IPv6 address.
func isClosed(ip netip.Addr) bool {
	if inner, ok := embedded(ip); ok && (inner.IsLoopback() || isClosed(inner)) {
		return true
	}
	for _, prefix := range closedPrefixes() {
		if prefix.Contains(ip) {
			return true
		}
	}
	return false
}

// embedded returns the IPv4 address that routers or hosts take out of an IPv6 one:
// compatible (RFC 4291, ::/96), NAT64 (RFC 6052, 64:ff9b::/96) and its local prefix
// (RFC 8215, 64:ff9b:1::/48, with the address in the last bits), 6to4 (RFC 3056,
// 2002::/16).
func embedded(ip netip.Addr) (netip.Addr, bool) {
	if !ip.Is6() {
		return netip.Addr{}, false
	}
	b := ip.As16()
	if netip.MustParsePrefix("2002::/16").Contains(ip) {
		return netip.AddrFrom4([4]byte(b[2:6])), true
	}
	for _, prefix := range []netip.Prefix{
		netip.MustParsePrefix("::/96"), netip.MustParsePrefix("64:ff9b::/96"), netip.MustParsePrefix("64:ff9b:1::/48"),
	} {
		if prefix.Contains(ip) {
			return netip.AddrFrom4([4]byte(b[12:16])), true
		}
	}
	return netip.Addr{}, false
}
