package gossip

import (
	"context"
	"fmt"
	"net"
	"strings"
	"time"
)

// Resolver finds the addresses of a name; *net.Resolver is one.
type Resolver interface {
	LookupHost(ctx context.Context, host string) ([]string, error)
}

func systemResolver() Resolver { return net.DefaultResolver }

// resolveTimeout bounds the look-up of one seed.
const resolveTimeout = 5 * time.Second

// splitSeed takes apart host:port, host, [v6]:port or v6; port is for those without one.
func splitSeed(seed, port string) (host, p string, err error) {
	s := strings.TrimSpace(seed)
	switch {
	case s == "":
		return "", "", fmt.Errorf("%q is empty", seed)
	case net.ParseIP(s) != nil:
		return s, port, nil
	case !strings.Contains(s, ":"):
		host, p = s, port
	default:
		h, n, err := splitPort(s)
		if err != nil {
			return "", "", err
		}
		if h == "" || n == 0 {
			return "", "", fmt.Errorf("%q must be host or host:port", seed)
		}
		host, p = h, fmt.Sprint(n)
	}
	if strings.ContainsAny(host, "/ \t") {
		return "", "", fmt.Errorf("%q must be host or host:port", seed)
	}
	return host, p, nil
}

// resolveSeeds gives the addresses of the seeds, each once, and what could not be
// resolved.
func (g *Gossip) resolveSeeds(ctx context.Context) (addrs []string, errs []error) {
	seen := map[string]bool{}
	for _, s := range g.cfg.Seeds {
		host, port, err := splitSeed(s, g.port)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		hosts := []string{host}
		if net.ParseIP(host) == nil {
			if hosts, err = g.lookUp(ctx, host); err != nil {
				errs = append(errs, fmt.Errorf("seed %s: %w", s, err))
				continue
			}
		}
		for _, h := range hosts {
			ip := net.ParseIP(h)
			if ip == nil {
				continue
			}
			if a := net.JoinHostPort(ip.String(), port); !seen[a] {
				seen[a] = true
				addrs = append(addrs, a)
			}
		}
	}
	return addrs, errs
}

func (g *Gossip) lookUp(ctx context.Context, host string) ([]string, error) {
	ctx, cancel := context.WithTimeout(ctx, resolveTimeout)
	defer cancel()
	return g.resolver.LookupHost(ctx, host)
}
