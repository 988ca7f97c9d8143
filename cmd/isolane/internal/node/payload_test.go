package node

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/function"
)

// TestLargestPayload: where a server takes as much as a NATS server can be told to take, 64 MiB,
// a function that may hold it gets it, one that may not is stopped, a reply of that size has no
// room for a receipt and comes without, and one that is larger is told of. The node serves on.
func TestLargestPayload(t *testing.T) {
	s := natskit.Start(t, func(c *bridge.ServerConfig) { c.MaxPayload = 64 << 20 })
	w := watch(t, s.ClientURL(), map[string]string{
		"size.js": "export default (msg) => msg.bytes().length", "size.yaml": "limits: { buffers: 512MiB, heap: 512MiB }\ndedicated: true",
		"echo.js": "export default (msg) => msg.bytes()", "echo.yaml": "limits: { buffers: 512MiB, heap: 512MiB }\ndedicated: true",
		"over.js": "export default () => new Uint8Array((64 << 20) + 1)", "over.yaml": "limits: { buffers: 512MiB, heap: 512MiB }\ndedicated: true",
		"small.js": "export default (msg) => msg.bytes().length",
	}, nil)
	nc := s.Connect()
	payload := bytes.Repeat([]byte("0123456789abcdef"), 4<<20)
	require.EqualValues(t, len(payload), nc.MaxPayload())
	request := func(subject string, payload []byte) (function.Outcome, string, string) {
		m, err := nc.Request(subject, payload, patience)
		require.NoError(t, err, subject)
		return outcomeOf(t, m), string(m.Data), m.Header.Get("Nats-Service-Error")
	}
	outcome, size, why := request("fn.size", payload)
	require.Equal(t, function.OK, outcome, why)
	require.Equal(t, "67108864", size)
	reply, err := nc.Request("fn.echo", payload, patience)
	require.NoError(t, err)
	require.Empty(t, reply.Header)
	require.True(t, bytes.Equal(payload, reply.Data), "%d bytes", len(reply.Data))
	outcome, _, why = request("fn.over", nil)
	require.Equal(t, function.TooLarge, outcome, why)
	outcome, _, why = request("fn.small", payload)
	require.Equal(t, function.ExceededMemory, outcome, why)
	require.Contains(t, why, "buffers limit of 64 MiB")
	for _, subject := range []string{"fn.size", "fn.small"} {
		outcome, size, why = request(subject, payload[:1<<20])
		require.Equal(t, function.OK, outcome, why)
		require.Equal(t, "1048576", size)
	}
	require.Zero(t, w.bridge.Stats().PendingBytes)
}
