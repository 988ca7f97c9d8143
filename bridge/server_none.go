//go:build noserver

package bridge

import (
	"context"
	"fmt"
	"net"
)

// ServerVersion says that no NATS server is inside.
const ServerVersion = "none"

// Server is what a build without a NATS server has in its place: StartServer never
// gives one.
type Server struct{}

// StartServer refuses: the error wraps ErrStartServer and ErrNoServer.
func StartServer(context.Context, ServerConfig) (*Server, error) {
	return nil, fmt.Errorf("%w: %w", ErrStartServer, ErrNoServer)
}

// ClientURL is "".
func (*Server) ClientURL() string { return "" }

// Name is "".
func (*Server) Name() string { return "" }

// InProcessConn refuses with ErrNoServer.
func (*Server) InProcessConn() (net.Conn, error) { return nil, ErrNoServer }

// Shutdown has nothing to end.
func (*Server) Shutdown(context.Context) error { return nil }
