package bridge

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
)

// Connect opens the connection that a Bridge works with. Where no server answers
// it tries again, with a growing pause and one log line for each attempt, until
// ctx is done; ctx has no meaning afterwards. A connection that is lost later is
// made again without end. The caller closes it, after the bridge has drained.
//
// What another attempt cannot mend ends Connect at once: credentials that the
// server refuses, files that cannot be read, a certificate that is not trusted.
// The error wraps ErrConnect, and ErrInvalidConfig where cfg has faults. A nil
// logger discards the lines.
func Connect(ctx context.Context, cfg ConnectConfig, logger *slog.Logger) (*nats.Conn, error) {
	if err := cfg.Validate(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConnect, err)
	}
	if logger == nil {
		logger = slog.New(slog.DiscardHandler)
	}
	options, err := connectOptions(cfg, logger)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrConnect, err)
	}
	for attempt := 0; ; attempt++ {
		conn, err := attemptConnect(ctx, strings.Join(cfg.URLs, ","), options)
		if err == nil {
			return conn, nil
		}
		if ctx.Err() != nil || hopeless(err) {
			return nil, fmt.Errorf("%w at %s: %w: %s", ErrConnect, cfg.shownURLs(), err, connectAdvice(err))
		}
		wait := backoff(attempt, cfg.RetryWait, cfg.RetryMax, rand.Float64())
		logger.Warn("cannot connect to NATS, will try again", slog.String("advice", connectAdvice(err)),
			slog.String("servers", cfg.shownURLs()), slog.Int("attempt", attempt+1),
			slog.Duration("wait", wait), slog.Any("error", err))
		if err := Pause(ctx, wait); err != nil {
			return nil, fmt.Errorf("%w at %s: %w, after %d attempts: %s", ErrConnect, cfg.shownURLs(), err, attempt+1, connectAdvice(nats.ErrNoServers))
		}
	}
}

// attemptConnect tries once. nats.go takes no context for that; when ctx ends
// first, the attempt goes on for its own timeout and its connection is closed.
func attemptConnect(ctx context.Context, urls string, options []nats.Option) (*nats.Conn, error) {
	type result struct {
		conn *nats.Conn
		err  error
	}
	results := make(chan result)
	go func() {
		conn, err := nats.Connect(urls, options...)
		select {
		case results <- result{conn, err}:
		case <-ctx.Done():
			if conn != nil {
				conn.Close()
			}
		}
	}()
	select {
	case r := <-results:
		return r.conn, r.err
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
}

// connectOptions turns cfg into nats.go's options.
func connectOptions(cfg ConnectConfig, logger *slog.Logger) ([]nats.Option, error) {
	options := []nats.Option{
		nats.Name(cfg.Name),
		nats.Timeout(cfg.AttemptTimeout),
		nats.RetryOnFailedConnect(false),
		nats.MaxReconnects(-1),
		// Credentials may be exchanged while the node runs.
		nats.IgnoreAuthErrorAbort(),
		nats.ReconnectWait(cfg.ReconnectWait),
		nats.ReconnectJitter(cfg.ReconnectJitter, cfg.ReconnectJitter),
		nats.ReconnectBufSize(cfg.ReconnectBuffer),
		nats.PingInterval(cfg.PingInterval),
		nats.MaxPingsOutstanding(2),
		nats.FlusherTimeout(cfg.FlushTimeout),
	}
	options = append(options, handlers(cfg.Events, logger)...)
	if cfg.InProcess != nil {
		options = append(options, nats.InProcessServer(cfg.InProcess))
	}
	switch {
	case cfg.User != "":
		options = append(options, nats.UserInfo(cfg.User, cfg.Password))
	case cfg.Token != "":
		options = append(options, nats.Token(cfg.Token))
	case cfg.CredsFile != "":
		options = append(options, nats.UserCredentials(cfg.CredsFile))
	case cfg.NkeyFile != "":
		nkey, err := nats.NkeyOptionFromSeed(cfg.NkeyFile)
		if err != nil {
			return nil, fmt.Errorf("read the nkey seed in %s: %w", cfg.NkeyFile, err)
		}
		options = append(options, nkey)
	}
	if cfg.InboxPrefix != "" {
		options = append(options, nats.CustomInboxPrefix(cfg.InboxPrefix))
	}
	if cfg.CAFile != "" {
		options = append(options, nats.RootCAs(cfg.CAFile))
	}
	if cfg.CertFile != "" {
		options = append(options, nats.ClientCert(cfg.CertFile, cfg.KeyFile))
	}
	return options, nil
}

// hopeless reports whether another attempt would fail in the same way.
func hopeless(err error) bool {
	var unknown x509.UnknownAuthorityError
	var host x509.HostnameError
	var invalid x509.CertificateInvalidError
	var path *fs.PathError
	for _, cause := range []error{
		nats.ErrAuthorization, nats.ErrAuthExpired, nats.ErrAuthRevoked, nats.ErrAccountAuthExpired,
		nats.ErrSecureConnRequired, nats.ErrSecureConnWanted, nats.ErrNkeysNotSupported,
		nats.ErrMixingWebsocketSchemes,
	} {
		if errors.Is(err, cause) {
			return true
		}
	}
	return errors.As(err, &unknown) || errors.As(err, &host) || errors.As(err, &invalid) || errors.As(err, &path)
}

// connectAdvice says what to do about err.
func connectAdvice(err error) string {
	var verification *tls.CertificateVerificationError
	switch {
	case errors.Is(err, nats.ErrAuthorization):
		return "check the user, password, token, credentials or nkey"
	case errors.Is(err, nats.ErrAuthExpired), errors.Is(err, nats.ErrAuthRevoked), errors.Is(err, nats.ErrAccountAuthExpired):
		return "get new credentials"
	case errors.As(err, &verification):
		return "give the CA that signed the server's certificate"
	case errors.Is(err, nats.ErrNoServers):
		return "is a NATS server running there?"
	default:
		return "check the address and the network"
	}
}

// Pause waits for d or the end of ctx, whose cause it then returns.
func Pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// backoff is the pause after the attempt-th failure, from 0: base doubled each
// time up to limit, of which chance (0 to 1) takes up to half away.
func backoff(attempt int, base, limit time.Duration, chance float64) time.Duration {
	d := limit
	if attempt < 62 && base < limit>>attempt {
		d = base << attempt
	}
	return d - time.Duration(chance*float64(d)/2)
}
