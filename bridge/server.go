//go:build !noserver

package bridge

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"time"

	"github.com/nats-io/nats-server/v2/server"
)

const (
	// serverStartTimeout bounds StartServer, recovery of the streams included.
	serverStartTimeout = 30 * time.Second
	// serverStopGrace is what a start that failed waits for the end of what it
	// had begun, so that port and data are free again.
	serverStopGrace = 5 * time.Second
)

// ServerVersion is the version of the NATS server inside.
const ServerVersion = server.VERSION

// Server is an embedded NATS server. Its methods are safe for concurrent use.
type Server struct {
	ns   *server.Server
	lock *dirLock
	// started is closed when the server's own start has ended, well or not.
	started chan struct{}
	stop    sync.Once
	// down is closed when the server has ended and lockErr is written.
	down    chan struct{}
	lockErr error
}

// StartServer runs a NATS server in this process, and returns when it takes
// connections. ctx bounds the start, as do thirty seconds, and has no meaning
// afterwards.
//
// The error wraps ErrStartServer and, where somebody can act on it, ErrPortInUse,
// ErrDataDir, ErrDataDirInUse or ErrInvalidConfig. No server runs then.
func StartServer(ctx context.Context, cfg ServerConfig) (*Server, error) {
	s, err := startServer(ctx, cfg)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrStartServer, err)
	}
	return s, nil
}

func startServer(ctx context.Context, cfg ServerConfig) (*Server, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	options, err := cfg.options()
	if err != nil {
		return nil, err
	}
	s := &Server{started: make(chan struct{}), down: make(chan struct{})}
	if cfg.JetStream {
		if s.lock, err = prepareDataDir(options.StoreDir); err != nil {
			return nil, err
		}
	}
	if s.ns, err = server.NewServer(options); err != nil {
		return nil, errors.Join(err, s.lock.release())
	}
	logs := newServerLog(cfg.Logger)
	s.ns.SetLoggerV2(logs, false, false, false)
	if err := s.awaitReady(ctx, logs, cfg); err != nil {
		grace, cancel := context.WithTimeout(context.WithoutCancel(ctx), serverStopGrace)
		defer cancel()
		return nil, errors.Join(err, s.Shutdown(grace))
	}
	return s, nil
}

// awaitReady runs the server's start, which ends when it listens or has failed.
func (s *Server) awaitReady(ctx context.Context, logs *serverLog, cfg ServerConfig) error {
	ctx, cancel := context.WithTimeout(ctx, serverStartTimeout)
	defer cancel()
	go func() {
		defer close(s.started)
		s.ns.Start()
	}()
	select {
	case <-s.started:
	case <-ctx.Done():
		return fmt.Errorf("not ready in time: %w", context.Cause(ctx))
	}
	if fatal := logs.fatal(); fatal != nil {
		return explainFatal(fatal, cfg)
	}
	if !s.ns.ReadyForConnections(5 * time.Second) {
		return errors.New("it takes no connections")
	}
	return nil
}

// explainFatal turns what the server died of into something to act on.
func explainFatal(err error, cfg ServerConfig) error {
	if errors.Is(err, syscall.EADDRINUSE) {
		return fmt.Errorf("%w: port %d is in use: stop the other server, or choose --nats-listen %s",
			ErrPortInUse, cfg.Port, net.JoinHostPort(cfg.Host, "0"))
	}
	return err
}

// prepareDataDir makes the folder, proves that it can be written, and takes it.
func prepareDataDir(dir string) (*dirLock, error) {
	store := filepath.Join(dir, "jetstream")
	if err := os.MkdirAll(store, 0o750); err != nil {
		return nil, fmt.Errorf("%w: %w: make it writable, or choose another --data", ErrDataDir, err)
	}
	lock, err := lockDir(dir)
	if err != nil {
		return nil, err
	}
	probe, err := os.CreateTemp(store, ".probe-*")
	if err == nil {
		err = errors.Join(probe.Close(), os.Remove(probe.Name()))
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("%w: %w: make it writable, or choose another --data", ErrDataDir, err), lock.release())
	}
	return lock, nil
}

// ClientURL is where clients connect: nats://host:port with the port that is used.
func (s *Server) ClientURL() string { return s.ns.ClientURL() }

// Name is the server's name.
func (s *Server) Name() string { return s.ns.Name() }

// InProcessConn makes a Server a nats.InProcessConnProvider, for
// ConnectConfig.InProcess.
func (s *Server) InProcessConn() (net.Conn, error) { return s.ns.InProcessConn() }

// Shutdown closes every connection, writes what must be kept, and waits for the
// end of it, or of ctx: the server then goes on ending. Idempotent.
func (s *Server) Shutdown(ctx context.Context) error {
	s.stop.Do(func() {
		go func() {
			defer close(s.down)
			<-s.started // nats-server's Start and Shutdown race with each other
			s.ns.Shutdown()
			s.ns.WaitForShutdown()
			s.lockErr = s.lock.release()
		}()
	})
	select {
	case <-s.down:
		return s.lockErr
	case <-ctx.Done():
		return fmt.Errorf("bridge: shut the NATS server down: %w", context.Cause(ctx))
	}
}
