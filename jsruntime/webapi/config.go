package webapi

import (
	"crypto/rand"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// Config says what the Web APIs of one function version may do.
type Config struct {
	// Permissions decide where fetch may go.
	Permissions function.Permissions
	// HTTP does the fetching; nil makes every fetch fail.
	HTTP *HTTP
	// Messenger is behind ctx.nats, Buckets behind ctx.kv, and Calls behind ctx.call; nil where
	// the host has none.
	Messenger hostcap.Messenger
	Buckets   hostcap.Buckets
	Calls     hostcap.Calls
	// Tracer makes a span of each operation; nil makes none.
	Tracer span.Tracer
	// Rand is the source of crypto's random bytes; nil means crypto/rand. It must be
	// safe for concurrent use.
	Rand io.Reader
	// UserAgent is navigator.userAgent and fetch's default header; "" means Isolane.
	UserAgent string
	// MaxBody bounds the body of one response, after decompression; 0 means
	// DefaultMaxBody. Limits.Buffers bounds it too, where that is lower, and all the
	// bodies that are being fetched at the same time.
	MaxBody function.Bytes
	// Limits are the function's. The runtime keeps them; only Buffers is read here.
	Limits function.Limits
}

// DefaultMaxBody is the bound of a fetched body where Config names none.
const DefaultMaxBody = 10 * function.MiB

// DefaultUserAgent is navigator.userAgent where Config names none.
const DefaultUserAgent = "Isolane"

func (c Config) withDefaults() Config {
	if c.Rand == nil {
		c.Rand = rand.Reader
	}
	if c.UserAgent == "" {
		c.UserAgent = DefaultUserAgent
	}
	if c.MaxBody <= 0 {
		c.MaxBody = DefaultMaxBody
	}
	if c.Limits.Buffers > 0 {
		c.MaxBody = min(c.MaxBody, c.Limits.Buffers)
	}
	return c
}

// together bounds the bodies that one API fetches at the same time.
func (c Config) together() function.Bytes {
	if c.Limits.Buffers > 0 {
		return c.Limits.Buffers
	}
	return max(c.MaxBody, function.DefaultLimits().Buffers)
}

// HTTPConfig says how functions' requests are carried.
type HTTPConfig struct {
	// DialTimeout bounds resolving a name and connecting; the invocation's deadline
	// counts too.
	DialTimeout time.Duration
	// TLSTimeout bounds the TLS handshake.
	TLSTimeout time.Duration
	// IdleTimeout is how long an unused connection is kept.
	IdleTimeout time.Duration
	// MaxIdle and MaxIdlePerHost bound the unused connections of one pool, some 15 KB each.
	// One host gets as many as an isolate has calls in flight by default, and another's as
	// many: of fewer, most would be closed and made again for each call, which costs more
	// than the call.
	MaxIdle, MaxIdlePerHost int
	// MaxPools bounds the pools, of which there is one for each different list of
	// permissions.net; the least recently used makes room.
	MaxPools int
	// MaxHeader bounds the headers of a response, in bytes.
	MaxHeader int64
	// Resolver finds the addresses of names; nil means the system's.
	Resolver *net.Resolver
	// RootCAs are what certificates are checked against; nil means the system's.
	RootCAs *x509.CertPool
}

// DefaultHTTPConfig returns bounds for many functions in one process.
func DefaultHTTPConfig() HTTPConfig {
	return HTTPConfig{
		DialTimeout:    10 * time.Second,
		TLSTimeout:     10 * time.Second,
		IdleTimeout:    30 * time.Second,
		MaxIdle:        1024,
		MaxIdlePerHost: 512,
		MaxPools:       256,
		MaxHeader:      256 << 10,
	}
}

// Validate reports everything that is wrong with c.
func (c HTTPConfig) Validate() error {
	var errs []error
	check := func(ok bool, message string) {
		if !ok {
			errs = append(errs, errors.New("webapi: "+message))
		}
	}
	check(c.DialTimeout > 0, "dial timeout must be positive")
	check(c.TLSTimeout > 0, "TLS timeout must be positive")
	check(c.IdleTimeout > 0, "idle timeout must be positive")
	check(c.MaxIdle > 0, "max idle must be positive")
	check(c.MaxIdlePerHost > 0 && c.MaxIdlePerHost <= c.MaxIdle, "max idle per host must be positive and at most max idle")
	check(c.MaxPools > 0, "max pools must be positive")
	check(c.MaxHeader > 0, "max header must be positive")
	return errors.Join(errs...)
}
