package bridge

import (
	"errors"
	"fmt"
	"log/slog"
)

// ServerConfig says how the embedded NATS server runs. Begin with
// DefaultServerConfig.
type ServerConfig struct {
	// Host is the address to listen on.
	Host string
	// Port is the TCP port; 0 and -1 pick a free one.
	Port int
	// DataDir holds what must outlive the process; the server's part of it is
	// the folder jetstream. It is made where it does not exist, and is one
	// server's at a time. Required with JetStream.
	DataDir string
	// Name is the server's name; "" makes one up.
	Name string
	// MaxPayload is the largest message, headers included, in bytes; 64 MiB at
	// most. Each connection may hold several such.
	MaxPayload int
	// JetStream turns on streams, key-value and object stores.
	JetStream bool
	// Logger takes the server's lines: its notices at debug level, warnings and
	// errors as they are; nil discards them.
	Logger *slog.Logger
}

const (
	// maxServerPayload is the server's own bound.
	maxServerPayload = 64 << 20
	// defaultServerPort is the one that clients try.
	defaultServerPort = 4222
)

// DefaultServerConfig listens on this machine only, on NATS's own port. Its max
// payload of 8 MiB, eight times NATS's default, is the most that NATS does not
// advise against, and leaves room for headers beside a payload of some MiB.
func DefaultServerConfig() ServerConfig {
	return ServerConfig{
		Host:       "127.0.0.1",
		Port:       defaultServerPort,
		MaxPayload: 8 << 20,
		JetStream:  true,
	}
}

// Validate reports every fault at once. The error wraps ErrInvalidConfig.
func (c ServerConfig) Validate() error {
	var faults []error
	if c.Host == "" {
		faults = append(faults, errors.New("no Host"))
	}
	if c.Port < -1 || c.Port > 65535 {
		faults = append(faults, fmt.Errorf("invalid Port %d: choose -1 to 65535", c.Port))
	}
	if c.JetStream && c.DataDir == "" {
		faults = append(faults, errors.New("no DataDir, which JetStream needs"))
	}
	if c.MaxPayload <= 0 || c.MaxPayload > maxServerPayload {
		faults = append(faults, fmt.Errorf("invalid MaxPayload %d: choose 1 to %d", c.MaxPayload, maxServerPayload))
	}
	return invalidConfig(faults)
}
