package config

import (
	"net"
	"strings"
)

const (
	// DefaultHTTP is where the node's page, metrics and health are.
	DefaultHTTP = "127.0.0.1:8484"
	// HTTPOff is the HTTP.Listen of a node without them.
	HTTPOff = "off"
	// minHTTPToken is the length of the shortest token, in bytes: one that is not guessed.
	minHTTPToken = 16
)

// HTTP says where a node shows itself: its page, metrics, health and profiles.
type HTTP struct {
	// Listen is host:port; "" is DefaultHTTP, or any free port of that host where another
	// process has it; HTTPOff is nowhere. Port 0 picks one.
	Listen string `yaml:"listen"`
	// Token is demanded of who has no client certificate; "" demands none of who comes from
	// this machine, and lets nobody else in.
	Token string `yaml:"token"`
	// TLS makes it HTTPS, with Cert and Key; a client that shows a certificate of CA needs no
	// token.
	TLS TLS `yaml:"tls"`
	// Functions is how many functions have metrics of their own; 0 is none.
	Functions int `yaml:"functions"`
	// Reports is the folder of the experiments' reports, to be shown; "" for none.
	Reports string `yaml:"reports"`
}

// Open reports whether the address can be reached from other machines.
func (h HTTP) Open() bool {
	host, _, err := net.SplitHostPort(h.Listen)
	return h.Listen != "" && h.Listen != HTTPOff && err == nil && !isLoopback(host)
}

func (c *checker) http(h HTTP) {
	c.within("http.functions", h.Functions, 0, 10_000)
	if (h.TLS.Cert == "") != (h.TLS.Key == "") {
		c.fault([]string{"http.tls.cert", "http.tls.key"}, "http.tls.cert and http.tls.key go together: give both or none")
	}
	if h.TLS.CA != "" && h.TLS.Cert == "" {
		c.fault([]string{"http.tls.ca", "http.tls.cert"}, "http.tls.ca is to check clients' certificates against, which needs a certificate of the node's: give http.tls.cert and http.tls.key too")
	}
	if h.Token != "" && len(h.Token) < minHTTPToken {
		c.fault([]string{"http.token"}, "is shorter than %d bytes, and could be guessed: make one, for instance with openssl rand -hex 16", minHTTPToken)
	}
	if h.Listen == "" || h.Listen == HTTPOff {
		return
	}
	if err := checkListen(h.Listen); err != nil {
		c.fault([]string{"http.listen"}, "%s", strings.Replace(err.Error(), DefaultListen, DefaultHTTP+", or off", 1))
		return
	}
	if h.Open() && h.Token == "" && h.TLS.CA == "" {
		c.fault([]string{"http.listen", "http.token", "http.tls.ca"}, "%s can be reached from other machines, and whoever reaches it sees everything and calls functions: set http.token or http.tls.ca, or listen on %s", h.Listen, DefaultHTTP)
	}
}
