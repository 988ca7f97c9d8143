package webapi

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"syscall"

	"github.com/isolane/isolane/jsruntime/function"
)

// HTTP carries the requests of all functions of a process; safe for concurrent use.
// No proxy is taken from the environment: it would resolve names in the node's stead,
// and reach what no manifest grants. There are no cookies.
type HTTP struct {
	cfg HTTPConfig

	mu     sync.Mutex
	pools  map[string]*pool // by poolKey; guarded by mu
	tick   uint64           // guarded by mu
	closed bool             // guarded by mu
}

// pool holds the connections made under one list of grants.
type pool struct {
	transport *http.Transport
	plain     *plain
	used      uint64 // the tick of its last use; guarded by HTTP.mu
}

// NewHTTP makes an HTTP, or reports everything that is wrong with cfg.
func NewHTTP(cfg HTTPConfig) (*HTTP, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	return &HTTP{cfg: cfg, pools: make(map[string]*pool)}, nil
}

// Close closes the idle connections; those in use end with their requests' contexts.
// A fetch begun later fails. It is idempotent.
func (h *HTTP) Close() error {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.closed = true
	for key, p := range h.pools {
		p.close()
		delete(h.pools, key)
	}
	return nil
}

// poolKey is the same for grants that answer every question alike.
func poolKey(p function.Permissions) string {
	patterns := slices.Clone(p.Net)
	slices.Sort(patterns)
	return strings.Join(slices.Compact(patterns), "\n")
}

// pool returns the connections that were made under p's grants, of which key is poolKey.
func (h *HTTP) pool(key string, p function.Permissions) (*pool, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.closed {
		return nil, http.ErrServerClosed
	}
	h.tick++
	found := h.pools[key]
	if found == nil {
		h.makeRoom()
		found = &pool{transport: h.newTransport(p), plain: h.newPlain(p)}
		h.pools[key] = found
	}
	found.used = h.tick
	return found, nil
}

// close closes the idle connections.
func (p *pool) close() {
	p.transport.CloseIdleConnections()
	p.plain.close()
}

// makeRoom drops the least recently used pool where there are too many. Requests
// that use it go on. The caller holds mu.
func (h *HTTP) makeRoom() {
	if len(h.pools) < h.cfg.MaxPools {
		return
	}
	oldest := ""
	for key, p := range h.pools {
		if o := h.pools[oldest]; o == nil || p.used < o.used {
			oldest = key
		}
	}
	h.pools[oldest].close()
	delete(h.pools, oldest)
}

func (h *HTTP) newTransport(p function.Permissions) *http.Transport {
	return &http.Transport{
		Proxy: nil,
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			return dial(ctx, network, addr, p, h.cfg)
		},
		ForceAttemptHTTP2:      true,
		TLSClientConfig:        &tls.Config{RootCAs: h.cfg.RootCAs, MinVersion: tls.VersionTLS12},
		TLSHandshakeTimeout:    h.cfg.TLSTimeout,
		IdleConnTimeout:        h.cfg.IdleTimeout,
		MaxIdleConns:           h.cfg.MaxIdle,
		MaxIdleConnsPerHost:    h.cfg.MaxIdlePerHost,
		MaxResponseHeaderBytes: h.cfg.MaxHeader,
	}
}

// deniedAddressError says that a host resolved to an address that may not be reached.
type deniedAddressError struct {
	host string
	addr netip.AddrPort
}

func (e *deniedAddressError) Error() string {
	return e.host + " resolved to " + e.addr.Addr().String() + ", which the permissions do not grant"
}

// dial connects to one of the addresses that addr's host resolves to. Each is asked
// for after it was resolved and before the connection is made, so that no name can
// be bound to another address in between.
func dial(ctx context.Context, network, addr string, p function.Permissions, cfg HTTPConfig) (net.Conn, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, err
	}
	d := net.Dialer{
		Timeout:  cfg.DialTimeout,
		Resolver: cfg.Resolver,
		ControlContext: func(_ context.Context, _, address string, _ syscall.RawConn) error {
			to, err := netip.ParseAddrPort(address)
			if err != nil {
				return err
			}
			to = netip.AddrPortFrom(to.Addr().Unmap(), to.Port())
			if !p.AllowsAddress(host, to) {
				return &deniedAddressError{host: host, addr: to}
			}
			return nil
		},
	}
	return d.DialContext(ctx, network, addr)
}
