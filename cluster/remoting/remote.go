package remoting

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"
	"golang.org/x/net/netutil"
	"golang.org/x/time/rate"
	"google.golang.org/grpc"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/keepalive"
)

// slack is how many bytes a batch may take beside its bodies.
const slack = 1 << 20

// maxConnections bounds what peers, or others, may hold open.
const maxConnections = 4096

// Remote listens for peers, and knows how to reach them.
type Remote struct {
	cfg     Config
	log     *slog.Logger
	limit   *rate.Limiter // of warnings about what peers send
	address string
	server  *grpc.Server
	dial    []grpc.DialOption
	stats   counters
	certs   *certificates  // nil without TLS
	running sync.WaitGroup // the server, and who reads the certificates again
	cancel  context.CancelFunc
	closing sync.Once

	mu      sync.Mutex
	session *Session // guarded by mu; nil: nobody is attached
	closed  bool     // guarded by mu
}

// counters are what Stats shows.
type counters struct {
	handshakes, unknown, malformed, panics, reloads atomic.Uint64
}

// Stats counts what was refused since Listen.
type Stats struct {
	Handshakes uint64 // connections without a certificate of ours
	Unknown    uint64 // messages of a type that does not cross
	Malformed  uint64 // batches that broke the protocol
	Panics     uint64 // panics while a stream was served; each ended that stream alone
	Reloads    uint64 // times that new certificates were taken in
}

// Listen binds, reads the certificates and serves. Streams are refused until an actor
// system is attached. Its errors name the address or the file at fault; a port that is
// taken can be told by errors.Is(err, syscall.EADDRINUSE).
func Listen(ctx context.Context, cfg Config, log *slog.Logger) (*Remote, error) {
	if err := cfg.Validate(); err != nil {
		return nil, err
	}
	cfg = cfg.withDefaults()
	r := &Remote{cfg: cfg, log: log, limit: rate.NewLimiter(rate.Every(10*time.Second), 3)}
	creds, err := r.credentials() //nolint:contextcheck // what it logs outlives the start
	if err != nil {
		return nil, err
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return nil, fmt.Errorf("remoting: listen on %s: %w", cfg.Listen, err)
	}
	if r.address, err = advertised(cfg.Advertise, listener.Addr()); err != nil {
		return nil, errors.Join(err, listener.Close())
	}
	r.dial = []grpc.DialOption{
		grpc.WithTransportCredentials(creds),
		grpc.WithNoProxy(),
		grpc.WithDisableRetry(), // a message that may have arrived is not sent again
		grpc.WithKeepaliveParams(keepalive.ClientParameters{Time: 10 * time.Second, Timeout: 5 * time.Second}),
		grpc.WithDefaultCallOptions(grpc.MaxCallSendMsgSize(cfg.MaxMessage+slack), grpc.MaxCallRecvMsgSize(slack)),
	}
	if cfg.Dial != nil {
		r.dial = append(r.dial, grpc.WithContextDialer(cfg.Dial))
	}
	r.server = grpc.NewServer(
		grpc.Creds(creds),
		grpc.MaxRecvMsgSize(cfg.MaxMessage+slack),
		grpc.MaxSendMsgSize(slack),
		grpc.MaxConcurrentStreams(8),
		grpc.MaxHeaderListSize(16<<10),
		grpc.ConnectionTimeout(5*time.Second),
		grpc.KeepaliveParams(keepalive.ServerParameters{Time: 10 * time.Second, Timeout: 5 * time.Second}),
		grpc.KeepaliveEnforcementPolicy(keepalive.EnforcementPolicy{MinTime: 5 * time.Second, PermitWithoutStream: true}),
		grpc.WaitForHandlers(true),
		grpc.UnaryInterceptor(refuseUnary),
		grpc.StreamInterceptor(r.recoverStream),
	)
	remote.RegisterRemotingServer(r.server, &service{remote: r})
	running, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r.cancel = cancel
	if r.certs != nil {
		r.running.Go(func() { r.certs.watch(running) })
	}
	r.running.Go(func() {
		if err := r.server.Serve(netutil.LimitListener(listener, maxConnections)); err != nil && !errors.Is(err, grpc.ErrServerStopped) {
			r.log.LogAttrs(ctx, slog.LevelError, "the remote port is not served any more", slog.Any("error", err))
		}
	})
	return r, nil
}

// credentials are those of both sides, as many as TLS needs.
func (r *Remote) credentials() (credentials.TransportCredentials, error) {
	if r.cfg.TLS == nil {
		return insecure.NewCredentials(), nil
	}
	certs, err := newCertificates(r.cfg.TLS, r.log, &r.stats)
	if err != nil {
		return nil, err
	}
	r.certs = certs
	return newGate(certs, r.log, &r.stats), nil
}

// Address is the host:port that peers are told.
func (r *Remote) Address() string { return r.address }

// DialTimeout is Config.DialTimeout, or its default.
func (r *Remote) DialTimeout() time.Duration { return r.cfg.DialTimeout }

// MaxMessage is Config.MaxMessage, or its default.
func (r *Remote) MaxMessage() int { return r.cfg.MaxMessage }

// Stats returns what was refused so far.
func (r *Remote) Stats() Stats {
	return Stats{
		Handshakes: r.stats.handshakes.Load(), Unknown: r.stats.unknown.Load(),
		Malformed: r.stats.malformed.Load(), Panics: r.stats.panics.Load(), Reloads: r.stats.reloads.Load(),
	}
}

// Attach ties system to the address. It must be new, with no actor of its own yet: its
// address is set, and PIDs elsewhere resolve here from now on. A session that is still
// open is closed first.
func (r *Remote) Attach(system *actor.ActorSystem, events Events) (*Session, error) {
	s := newSession(r, system, events)
	system.ProcessRegistry.Address = r.address
	system.ProcessRegistry.RegisterAddressResolver(s.resolve)
	r.mu.Lock()
	if r.closed {
		r.mu.Unlock()
		return nil, ErrClosed
	}
	old := r.session
	r.session = s
	r.mu.Unlock()
	if old != nil {
		old.Close()
	}
	return s, nil
}

func (r *Remote) current() *Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.session
}

func (r *Remote) detach(s *Session) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.session == s {
		r.session = nil
	}
}

// Close closes the session, then the port. Idempotent; blocks until every goroutine of
// the package that belongs to this Remote has ended.
func (r *Remote) Close() {
	r.mu.Lock()
	r.closed = true
	s := r.session
	r.mu.Unlock()
	if s != nil {
		s.Close()
	}
	r.closing.Do(func() {
		r.cancel()
		r.server.Stop()
	})
	r.running.Wait()
}

// complain logs what a peer did wrong, at most a few times in ten seconds.
func (r *Remote) complain(text string, attrs ...slog.Attr) {
	if r.limit.Allow() {
		r.log.LogAttrs(context.Background(), slog.LevelWarn, text, attrs...) //nolint:sloglint // each caller gives a constant
	}
}
