package remoting

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc/credentials"
)

// TLS names PEM files. Both sides of every connection show a certificate of the CA; a
// peer's must be valid for the host that it is reached by.
type TLS struct {
	CA, Cert, Key string
	// ServerName, if set, is what every member's certificate must be valid for,
	// whatever its address.
	ServerName string
}

// Validate reports files that are not named.
func (t *TLS) Validate() error {
	var errs []error
	for _, f := range []struct{ what, file string }{{"CA", t.CA}, {"certificate", t.Cert}, {"key", t.Key}} {
		if f.file == "" {
			errs = append(errs, fmt.Errorf("remote TLS: no file for the %s", f.what))
		}
	}
	return errors.Join(errs...)
}

// load reads the files, and says all that is wrong with them.
func (t *TLS) load() (server, client *tls.Config, err error) {
	pool := x509.NewCertPool()
	pem, caErr := os.ReadFile(t.CA)
	switch {
	case caErr != nil:
		caErr = fmt.Errorf("remote TLS: CA: %w", caErr)
	case !pool.AppendCertsFromPEM(pem):
		caErr = fmt.Errorf("remote TLS: CA %s holds no PEM certificate", t.CA)
	}
	cert, certErr := tls.LoadX509KeyPair(t.Cert, t.Key)
	if certErr != nil {
		certErr = fmt.Errorf("remote TLS: certificate %s with key %s: %w", t.Cert, t.Key, certErr)
	}
	if err := errors.Join(caErr, certErr); err != nil {
		return nil, nil, err
	}
	server = &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert},
		ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
	}
	client = &tls.Config{
		MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert},
		RootCAs: pool, ServerName: t.ServerName,
	}
	return server, client, nil
}

// gate is the server's side of TLS, and says in the log who was refused, at most a few
// times in ten seconds.
type gate struct {
	credentials.TransportCredentials
	log   *slog.Logger
	limit *rate.Limiter
	stats *counters
}

func newGate(cfg *tls.Config, log *slog.Logger, stats *counters) credentials.TransportCredentials {
	return &gate{credentials.NewTLS(cfg), log, rate.NewLimiter(rate.Every(10*time.Second), 3), stats}
}

// ServerHandshake implements credentials.TransportCredentials.
func (g *gate) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	secured, info, err := g.TransportCredentials.ServerHandshake(conn)
	if err != nil {
		g.stats.handshakes.Add(1)
		if g.limit.Allow() {
			g.log.LogAttrs(context.Background(), slog.LevelWarn, "a connection was refused: no certificate of ours",
				slog.String("from", conn.RemoteAddr().String()), slog.Any("error", err))
		}
	}
	return secured, info, err
}

// Clone implements credentials.TransportCredentials.
func (g *gate) Clone() credentials.TransportCredentials {
	return &gate{g.TransportCredentials.Clone(), g.log, g.limit, g.stats}
}
