package remoting

import (
	"context"
	"errors"
	"fmt"
	"net"
	"strconv"
	"time"
)

// Config is how a member is reached, and how it reaches others.
type Config struct {
	// Listen is host:port; port 0 picks one. Default "127.0.0.1:0".
	Listen string
	// Advertise is the host:port others are told. Empty: Listen's, with a private
	// address of this machine where Listen names none; port 0: the one listened on.
	Advertise string
	// TLS is nil for connections in the clear.
	TLS *TLS
	// MaxMessage is the largest envelope, in bytes; default 8 MiB, at least 64 KiB. All
	// members should have the same.
	MaxMessage int
	// Queue is how many messages may wait for one peer; over it a Send is refused.
	// Default 1000.
	Queue int
	// DialTimeout bounds the connection to a peer, handshakes and all. Default 2s.
	DialTimeout time.Duration
	// DownFor is how long after a failed connection a peer is not tried again, and a
	// Send to it refused at once. Default 500ms.
	DownFor time.Duration
	// Dial opens connections to peers in place of the network, for tests and simulations.
	// nil: TCP.
	Dial func(ctx context.Context, address string) (net.Conn, error)
}

// DefaultConfig returns the defaults.
func DefaultConfig() Config { return Config{}.withDefaults() }

func (c Config) withDefaults() Config {
	if c.Listen == "" {
		c.Listen = "127.0.0.1:0"
	}
	if c.MaxMessage == 0 {
		c.MaxMessage = 8 << 20
	}
	if c.Queue == 0 {
		c.Queue = 1000
	}
	if c.DialTimeout == 0 {
		c.DialTimeout = 2 * time.Second
	}
	if c.DownFor == 0 {
		c.DownFor = 500 * time.Millisecond
	}
	return c
}

// Validate reports all faults at once; the files of TLS are read by Listen.
func (c Config) Validate() error {
	c = c.withDefaults()
	var errs []error
	bad := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if err := checkAddress(c.Listen); err != nil {
		bad("remote listen address %q: %w", c.Listen, err)
	}
	if c.Advertise != "" {
		if err := checkAddress(c.Advertise); err != nil {
			bad("remote advertise address %q: %w", c.Advertise, err)
		} else if host, _, _ := net.SplitHostPort(c.Advertise); unspecified(host) {
			bad("remote advertise address %q: others need a host they can reach", c.Advertise)
		}
	}
	if c.MaxMessage < 64<<10 || c.MaxMessage > 1<<30 {
		bad("remote message limit is %d bytes: 64 KiB to 1 GiB", c.MaxMessage)
	}
	if c.Queue < 1 {
		bad("remote queue is %d: at least 1", c.Queue)
	}
	if c.DialTimeout < 0 || c.DownFor < 0 {
		bad("remote times must not be negative")
	}
	if c.TLS != nil {
		errs = append(errs, c.TLS.Validate())
	}
	return errors.Join(errs...)
}

func checkAddress(address string) error {
	_, port, err := net.SplitHostPort(address)
	if err != nil {
		return fmt.Errorf("want host:port: %w", err)
	}
	if n, err := strconv.ParseUint(port, 10, 16); err != nil {
		return fmt.Errorf("port %q: want 0 to 65535", port)
	} else {
		_ = n
	}
	return nil
}

func unspecified(host string) bool {
	ip := net.ParseIP(host)
	return host == "" || (ip != nil && ip.IsUnspecified())
}
