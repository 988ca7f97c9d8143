package webapi_test

import (
	"context"
	"net"
	"net/netip"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/net/dns/dnsmessage"
)

// zone says what names resolve to: addresses, or one name to look up in its stead. It
// is given how often the name was asked for before.
type zone func(name string, before int) []string

// namesTo returns a resolver for which every name has this address.
func namesTo(t *testing.T, addr [4]byte) *net.Resolver {
	t.Helper()
	return resolver(t, func(string, int) []string { return []string{netip.AddrFrom4(addr).String()} })
}

// resolver answers from a zone, over UDP.
func resolver(t *testing.T, z zone) *net.Resolver {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	require.NoError(t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		serveNames(conn, z)
	}()
	t.Cleanup(func() {
		_ = conn.Close()
		<-done
	})
	return &net.Resolver{PreferGo: true, Dial: func(ctx context.Context, _, _ string) (net.Conn, error) {
		var d net.Dialer
		return d.DialContext(ctx, "udp4", conn.LocalAddr().String())
	}}
}

func serveNames(conn net.PacketConn, z zone) {
	var mu sync.Mutex
	asked := map[dnsmessage.Question]int{} // guarded by mu
	buf := make([]byte, 1500)
	for {
		n, from, err := conn.ReadFrom(buf)
		if err != nil {
			return
		}
		var m dnsmessage.Message
		if m.Unpack(buf[:n]) != nil || len(m.Questions) == 0 {
			continue
		}
		q := m.Questions[0]
		m.Response, m.Authoritative = true, true
		m.Additionals = nil
		mu.Lock()
		m.Answers = answers(q, z(q.Name.String(), asked[q]))
		asked[q]++
		mu.Unlock()
		if out, err := m.Pack(); err == nil {
			_, _ = conn.WriteTo(out, from)
		}
	}
}

// answers makes the resource records of the question's type.
func answers(q dnsmessage.Question, targets []string) []dnsmessage.Resource {
	var all []dnsmessage.Resource
	name := q.Name
	add := func(typ dnsmessage.Type, body dnsmessage.ResourceBody) {
		all = append(all, dnsmessage.Resource{
			Header: dnsmessage.ResourceHeader{Name: name, Type: typ, Class: q.Class, TTL: 1}, Body: body,
		})
	}
	for _, target := range targets {
		addr, err := netip.ParseAddr(target)
		switch {
		case err != nil: // an alias; what follows are its addresses
			alias := dnsmessage.MustNewName(target)
			add(dnsmessage.TypeCNAME, &dnsmessage.CNAMEResource{CNAME: alias})
			name = alias
		case addr.Is4() && q.Type == dnsmessage.TypeA:
			add(dnsmessage.TypeA, &dnsmessage.AResource{A: addr.As4()})
		case addr.Is6() && q.Type == dnsmessage.TypeAAAA:
			add(dnsmessage.TypeAAAA, &dnsmessage.AAAAResource{AAAA: addr.As16()})
		}
	}
	return all
}
