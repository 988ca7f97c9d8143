package web

import (
	"errors"
	"time"
)

// ErrListen is wrapped by the error of an address that cannot be listened on.
var ErrListen = errors.New("web: cannot listen")

// Config says where to listen and whom to let in.
type Config struct {
	// Listen is host:port; port 0 picks one.
	Listen string
	// Elsewhere has it pick a free port of the same host where another process has this one.
	Elsewhere bool
	// Token lets in who has it; "" is none.
	Token string
	// Cert and Key are PEM files; with them it is HTTPS. CA, with both, lets in who shows a
	// certificate of that authority.
	Cert, Key, CA string
}

// guarded reports whether coming from this machine is not enough.
func (c Config) guarded() bool { return c.Token != "" || c.CA != "" }

// Bounds of the server.
const (
	maxConnections    = 256
	readHeaderTimeout = 5 * time.Second
	formTimeout       = 10 * time.Second
	idleTimeout       = time.Minute
	maxHeaderBytes    = 16 << 10
	closePatience     = 2 * time.Second
)
