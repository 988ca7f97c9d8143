package gossip_test

import (
	"encoding/binary"
	"math/rand/v2"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/clustertest"
	"github.com/isolane/isolane/cluster/gossip"
)

// TestGarbageOnThePort sends what is no gossip to a member, with and without a key: it
// lives, its cluster does, and the log is not flooded.
func TestGarbageOnThePort(t *testing.T) {
	for name, keys := range map[string][][]byte{"in the clear": nil, "encrypted": {[]byte("0123456789abcdef")}} {
		t.Run(name, func(t *testing.T) {
			var log clustertest.Log
			start := func(name string, seeds ...string) *gossip.Gossip {
				cfg := gossip.DefaultConfig()
				cfg.Name, cfg.Listen, cfg.Seeds, cfg.Keys, cfg.Preset = name, "127.0.0.1:0", seeds, keys, gossip.PresetLocal
				g, err := gossip.Start(t.Context(), cfg, gossip.Info{}, gossip.Deps{Logger: log.Logger()})
				require.NoError(t, err)
				t.Cleanup(func() { require.NoError(t, g.Close()) })
				return g
			}
			a := start("a")
			const seed = 11
			t.Logf("seed %d", seed)
			rnd := rand.New(rand.NewPCG(seed, seed))
			junk := func(n int) []byte {
				b := make([]byte, n)
				for i := range b {
					b[i] = byte(rnd.Uint32())
				}
				return b
			}
			packets, err := net.Dial("udp", a.Addr())
			require.NoError(t, err)
			defer func() { _ = packets.Close() }()
			for i := range 2000 {
				b := junk(1 + rnd.IntN(1200))
				if i%2 == 0 {
					b[0] = byte(i % 16) // a type that memberlist knows
				}
				_, _ = packets.Write(b)
			}
			// Streams: a huge length, a type that promises much, nothing at all.
			huge := binary.BigEndian.AppendUint32([]byte{10}, 0xffffffff)
			for _, b := range [][]byte{huge, junk(5000), {6, 0xdf, 0xff, 0xff, 0xff, 0xff}, nil, []byte("GET / HTTP/1.1\r\n\r\n")} {
				conn, err := net.Dial("tcp", a.Addr())
				require.NoError(t, err)
				_, _ = conn.Write(b)
				if b != nil {
					_ = conn.Close()
				} else {
					defer func() { _ = conn.Close() }() // stays open, and says nothing
				}
			}
			b := start("b", a.Addr())
			for _, g := range []*gossip.Gossip{a, b} {
				wait(t, g, "both alive", func(m map[string]gossip.Member) bool {
					return len(m) == 2 && m["a"].State == gossip.StateAlive && m["b"].State == gossip.StateAlive
				})
			}
			require.Less(t, strings.Count(log.String(), "\n"), 200, "2,005 pieces of garbage are not as many lines:\n%.3000s", log.String())
		})
	}
}

// TestManyStreams opens more streams than a member takes: it goes on with the others.
func TestManyStreams(t *testing.T) {
	cfg := gossip.DefaultConfig()
	cfg.Name, cfg.Listen, cfg.MaxStreams, cfg.Preset = "a", "127.0.0.1:0", 8, gossip.PresetLocal
	cfg.Timings.StreamTimeout = 500 * time.Millisecond
	a, err := gossip.Start(t.Context(), cfg, gossip.Info{}, gossip.Deps{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, a.Close()) })
	for range 50 {
		conn, err := net.Dial("tcp", a.Addr())
		require.NoError(t, err)
		defer func() { _ = conn.Close() }()
	}
	cfg.Name, cfg.Seeds = "b", []string{a.Addr()}
	b, err := gossip.Start(t.Context(), cfg, gossip.Info{}, gossip.Deps{})
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, b.Close()) })
	wait(t, a, "b alive", func(m map[string]gossip.Member) bool { return m["b"].State == gossip.StateAlive })
}
