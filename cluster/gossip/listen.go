package gossip

import (
	"context"
	"errors"
	"fmt"
	"log"
	"net"
	"strconv"

	"github.com/hashicorp/memberlist"
)

// bindTries is how often a port that the kernel picked for TCP is tried for UDP too.
const bindTries = 10

// listen gives the transport, and writes the addresses to c.
func (g *Gossip) listen(ctx context.Context, c *memberlist.Config) (memberlist.Transport, error) {
	host, port, _ := splitPort(g.cfg.Listen)
	g.port = strconv.Itoa(port)
	c.BindPort, c.AdvertiseAddr, c.AdvertisePort = port, "", 0
	if g.cfg.Transport != nil {
		return g.cfg.Transport, nil
	}
	ip, err := g.address(ctx, host)
	if err != nil {
		return nil, fmt.Errorf("gossip: listen %q: %w", g.cfg.Listen, err)
	}
	if g.cfg.Advertise == "" && ip.IsUnspecified() && ip.To4() == nil {
		return nil, fmt.Errorf("gossip: listen %q is every IPv6 address; say which one to advertise", g.cfg.Listen)
	}
	advertise, advertisePort := "", 0
	if g.cfg.Advertise != "" {
		h, p, _ := splitPort(g.cfg.Advertise)
		a, err := g.address(ctx, h)
		if err != nil {
			return nil, fmt.Errorf("gossip: advertise %q: %w", g.cfg.Advertise, err)
		}
		if a.IsUnspecified() {
			return nil, fmt.Errorf("gossip: advertise %q: nobody can reach that address; name one of the machine's", g.cfg.Advertise)
		}
		advertise, advertisePort = a.String(), p
	}
	transport, err := bind(ctx, ip.String(), port, c.Logger)
	if err != nil {
		return nil, err
	}
	bound := transport.GetAutoBindPort()
	g.port = strconv.Itoa(bound)
	c.BindAddr, c.BindPort = ip.String(), bound
	c.AdvertiseAddr, c.AdvertisePort = advertise, advertisePort
	if advertisePort == 0 {
		c.AdvertisePort = bound
	}
	return transport, nil
}

func bind(ctx context.Context, ip string, port int, logger *log.Logger) (*memberlist.NetTransport, error) {
	var err error
	for range bindTries {
		var t *memberlist.NetTransport
		t, err = memberlist.NewNetTransport(&memberlist.NetTransportConfig{
			BindAddrs: []string{ip}, BindPort: port, Logger: logger,
		})
		if err == nil {
			return t, nil
		}
		if port != 0 {
			break
		}
	}
	if typed := cannotBind(ctx, net.JoinHostPort(ip, strconv.Itoa(port))); typed != nil {
		err = typed
	}
	return nil, fmt.Errorf("gossip: listen on %s port %d, TCP and UDP: %w", ip, port, err)
}

// cannotBind is why an address cannot be had, as an error that can be told by its type:
// memberlist's is a text.
func cannotBind(ctx context.Context, address string) error {
	var config net.ListenConfig
	tcp, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	udp, err := config.ListenPacket(ctx, "udp", address)
	if err != nil {
		return errors.Join(err, tcp.Close())
	}
	return errors.Join(tcp.Close(), udp.Close())
}

// address is the first of a host's; the empty host is every IPv4 address.
func (g *Gossip) address(ctx context.Context, host string) (net.IP, error) {
	if host == "" {
		return net.IPv4zero, nil
	}
	if ip := net.ParseIP(host); ip != nil {
		return ip, nil
	}
	found, err := g.resolver.LookupHost(ctx, host)
	if err != nil {
		return nil, err
	}
	for _, a := range found {
		if ip := net.ParseIP(a); ip != nil {
			return ip, nil
		}
	}
	return nil, errors.New("the name has no address")
}
