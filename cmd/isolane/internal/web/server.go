package web

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"sync"
	"syscall"

	"golang.org/x/net/netutil"
)

// Server serves until Close. Make one with Start.
type Server struct {
	mux    *http.ServeMux
	http   *http.Server
	url    string
	cancel context.CancelFunc // ends what requests do
	served sync.WaitGroup
}

// Handlers are what a node answers with; each is called from other goroutines.
type Handlers struct {
	// Health says what is not ready; nothing is that all is.
	Health func() []string
}

// Start listens, and serves health and profiles from then on. The error wraps ErrListen, or
// says what is wrong with a certificate.
func Start(ctx context.Context, cfg Config, h Handlers, log *slog.Logger) (*Server, error) {
	secured, err := cfg.tls()
	if err != nil {
		return nil, err
	}
	listener, err := listen(ctx, cfg)
	if err != nil {
		return nil, err
	}
	s := &Server{mux: http.NewServeMux(), url: "http://" + listener.Addr().String()}
	serving, cancel := context.WithCancel(context.WithoutCancel(ctx))
	s.cancel = cancel
	listener = netutil.LimitListener(listener, maxConnections)
	if secured != nil {
		s.url = "https://" + listener.Addr().String()
		listener = tls.NewListener(listener, secured)
	}
	gate := newGate(cfg, s.mux)
	outer := http.NewServeMux()
	health(outer, h.Health)
	gate.routes(outer)
	profiles(s.mux)
	s.http = &http.Server{
		Handler: outer, ReadHeaderTimeout: readHeaderTimeout,
		IdleTimeout: idleTimeout, MaxHeaderBytes: maxHeaderBytes,
		BaseContext: func(net.Listener) context.Context { return serving },
		ErrorLog:    slog.NewLogLogger(log.Handler(), slog.LevelDebug),
	}
	s.served.Go(func() {
		if err := s.http.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
			log.Error("the HTTP server ended; the node serves functions all the same", slog.Any("error", err))
		}
	})
	return s, nil
}

// Handle adds what is for those who are let in; see http.ServeMux. Safe while it serves.
func (s *Server) Handle(pattern string, h http.Handler) { s.mux.Handle(pattern, h) }

// URL is where it is reached, without a path.
func (s *Server) URL() string { return s.url }

// Close takes no more requests, ends those that stay open by themselves, and waits for the
// others, for a while or until ctx is done; then it cuts them off. It is idempotent.
func (s *Server) Close(ctx context.Context) error {
	s.cancel()
	ending, cancel := context.WithTimeout(ctx, closePatience)
	defer cancel()
	var err error
	if s.http.Shutdown(ending) != nil {
		if err = s.http.Close(); err != nil {
			err = fmt.Errorf("web: close: %w", err)
		}
	}
	s.served.Wait()
	return err
}

// listen opens the port.
func listen(ctx context.Context, cfg Config) (net.Listener, error) {
	var lc net.ListenConfig
	l, err := lc.Listen(ctx, "tcp", cfg.Listen)
	if cfg.Elsewhere && errors.Is(err, syscall.EADDRINUSE) {
		host, _, split := net.SplitHostPort(cfg.Listen)
		if split != nil {
			return nil, fmt.Errorf("%w: %w", ErrListen, split)
		}
		l, err = lc.Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	}
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("%w: %w; end the process that has the port, or choose another with --http, off for none", ErrListen, err)
	case errors.Is(err, syscall.EACCES):
		return nil, fmt.Errorf("%w: %w; ports under 1024 need a privilege: choose another with --http", ErrListen, err)
	case err != nil:
		return nil, fmt.Errorf("%w: %w; choose an address of this machine with --http", ErrListen, err)
	}
	return l, nil
}

// tls reads the certificates; nil where there are none.
func (c Config) tls() (*tls.Config, error) {
	if c.Cert == "" {
		return nil, nil //nolint:nilnil // plain HTTP
	}
	cert, err := tls.LoadX509KeyPair(c.Cert, c.Key)
	if err != nil {
		return nil, fmt.Errorf("web: http.tls.cert and http.tls.key: %w", err)
	}
	out := &tls.Config{Certificates: []tls.Certificate{cert}, MinVersion: tls.VersionTLS12, NextProtos: []string{"h2", "http/1.1"}}
	if c.CA == "" {
		return out, nil
	}
	pem, err := os.ReadFile(c.CA)
	if err != nil {
		return nil, fmt.Errorf("web: http.tls.ca: %w", err)
	}
	out.ClientCAs = x509.NewCertPool()
	if !out.ClientCAs.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("web: http.tls.ca: %s has no certificate in PEM", c.CA)
	}
	// Health is for who shows none; the gate keeps the others out.
	out.ClientAuth = tls.VerifyClientCertIfGiven
	return out, nil
}
