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
		MaxPending: maxPending(c.MaxPayload),
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

// maxPending is how many bytes the server holds for one client before it takes that for a slow
// consumer and cuts it off: as many as the server's own default, and two of the largest messages
// at least. With the default a message of 64 MiB is itself over it, by its subject, and whoever
// was to have it is cut off instead.
func maxPending(maxPayload int) int64 { return max(server.MAX_PENDING_SIZE, 2*int64(maxPayload)) }
