package remoting

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"log/slog"
	"net"
	"time"

	"golang.org/x/time/rate"
	"google.golang.org/grpc/credentials"
)

// gate is TLS on both sides of connections, with the certificates of the moment. It says in
// the log who was refused, and by whom this member was, at most a few times in ten
// seconds.
type gate struct {
	certs *certificates
	log   *slog.Logger
	limit *rate.Limiter
	stats *counters
}

var _ credentials.TransportCredentials = (*gate)(nil)

func newGate(certs *certificates, log *slog.Logger, stats *counters) *gate {
	return &gate{certs, log, rate.NewLimiter(rate.Every(10*time.Second), 3), stats}
}

// ServerHandshake implements credentials.TransportCredentials.
func (g *gate) ServerHandshake(conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	secured, info, err := credentials.NewTLS(g.certs.current.Load().server).ServerHandshake(conn)
	if err != nil {
		g.stats.handshakes.Add(1)
		g.say("a connection was refused: no certificate of ours", conn, err)
	}
	return secured, info, err
}

// ClientHandshake implements credentials.TransportCredentials.
func (g *gate) ClientHandshake(ctx context.Context, authority string, conn net.Conn) (net.Conn, credentials.AuthInfo, error) {
	secured, info, err := credentials.NewTLS(g.certs.current.Load().client).ClientHandshake(ctx, authority, conn)
	if err != nil && ctx.Err() == nil {
		g.say("a member was not believed, or did not believe this one", conn, err) //nolint:contextcheck // a log line is nobody's call
	}
	return secured, info, err
}

func (g *gate) say(text string, conn net.Conn, err error) {
	if !g.limit.Allow() {
		return
	}
	attrs := []slog.Attr{slog.String("peer", conn.RemoteAddr().String()), slog.Any("error", err)}
	if do := advice(err); do != "" {
		attrs = append(attrs, slog.String("do", do))
	}
	g.log.LogAttrs(context.Background(), slog.LevelWarn, text, attrs...) //nolint:sloglint // each caller gives a constant
}

// advice says what to do about a handshake that failed; empty where that is not known.
func advice(err error) string {
	var invalid x509.CertificateInvalidError
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var alert *net.OpError
	switch {
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		return "the peer's certificate is outside of its time: renew it there, or compare the clocks"
	case errors.As(err, &invalid):
		return "make the peer's certificate for server and client use"
	case errors.As(err, &unknown):
		return "the peer's certificate is of another authority: give all members certificates of one, or a cluster.tls.ca that holds both"
	case errors.As(err, &host):
		return "the peer's certificate does not name the address it is reached by: make one that does, or advertise a name that it holds (cluster.remoteAdvertise)"
	case errors.As(err, &alert) && alert.Op == "remote error": // as crypto/tls marks what the peer said
		return "the peer does not believe this member: its log says why"
	case errors.As(err, new(tls.RecordHeaderError)):
		return "the peer speaks no TLS: give cluster.tls to all members, or to none"
	}
	return ""
}

// Info implements credentials.TransportCredentials.
func (g *gate) Info() credentials.ProtocolInfo {
	return credentials.NewTLS(g.certs.current.Load().client).Info()
}

// Clone implements credentials.TransportCredentials: there is nothing in it that a
// connection would change.
func (g *gate) Clone() credentials.TransportCredentials { return g }

// OverrideServerName implements credentials.TransportCredentials; TLS.ServerName is how
// that is done here.
func (g *gate) OverrideServerName(string) error {
	return errors.New("remoting: the server name is that of Config.TLS")
}
