//go:build !noserver

package bridge

import (
	"fmt"
	"path/filepath"

	"github.com/nats-io/nats-server/v2/server"
)

// options are nats-server's own for c.
func (c ServerConfig) options() (*server.Options, error) {
	o := &server.Options{
		ServerName: c.Name,
		Host:       c.Host,
		Port:       c.Port,
		MaxPayload: int32(c.MaxPayload),
		NoSigs:     true, // signals are the command's
		JetStream:  c.JetStream,
	}
	if c.Port == 0 {
		o.Port = server.RANDOM_PORT
	}
	if c.JetStream {
		dir, err := filepath.Abs(c.DataDir)
		if err != nil {
			return nil, fmt.Errorf("%w: %w", ErrDataDir, err)
		}
		o.StoreDir = dir // to which the server adds "jetstream"
	}
	return o, nil
}
