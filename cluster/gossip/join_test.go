package gossip_test

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/clustertest"
	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/gossip/gossiptest"
)

// names is a resolver whose answers change.
type names struct {
	mu     sync.Mutex
	asked  map[string]int      // guarded by mu
	knows  map[string][]string // guarded by mu
	looked chan struct{}
}

func (n *names) LookupHost(_ context.Context, host string) ([]string, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.asked[host]++
	select {
	case n.looked <- struct{}{}:
	default:
	}
	if found := n.knows[host]; len(found) > 0 {
		return found, nil
	}
	return nil, &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}
}

func (n *names) set(host string, addresses ...string) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.knows[host] = addresses
}

// TestJoinByName: a name that is not known yet is tried for ever, resolved anew each time,
// and each of its addresses is tried, those too where nobody is.
func TestJoinByName(t *testing.T) {
	network := gossiptest.New(3)
	resolver := &names{asked: map[string]int{}, knows: map[string][]string{}, looked: make(chan struct{}, 1)}
	var log clustertest.Log
	start := func(name string, mode gossip.Mode, log *slog.Logger) (*gossip.Gossip, string) {
		end := network.Endpoint(name)
		cfg := gossip.DefaultConfig()
		cfg.Name, cfg.Transport, cfg.Preset, cfg.Mode = name, end, gossip.PresetLocal, mode
		cfg.Seeds = []string{"nodes.internal"} // the port is the gossip's own
		g, err := gossip.Start(t.Context(), cfg, gossip.Info{Version: "1"}, gossip.Deps{Resolver: resolver, Logger: log})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, g.Close()) })
		host, _, err := net.SplitHostPort(end.Addr())
		require.NoError(t, err)
		return g, host
	}
	a, addressA := start("a", gossip.ModeMember, log.Logger())
	b, addressB := start("b", gossip.ModeMember, nil)
	for range 6 { // two members, and neither gives up
		<-resolver.looked
	}
	require.False(t, a.Joined())
	log.Await(t, "gossip: join failed; trying again")
	log.Await(t, "no such host")
	// Nobody is at the first; a skips itself, and so does b.
	resolver.set("nodes.internal", "10.9.9.9", addressA, addressB)
	all := []*gossip.Gossip{a, b}
	sees := func(names ...string) {
		t.Helper()
		for _, g := range all {
			wait(t, g, fmt.Sprint(names), func(m map[string]gossip.Member) bool {
				for _, name := range names {
					if m[name].State != gossip.StateAlive {
						return false
					}
				}
				return true
			})
			require.True(t, g.Joined())
		}
	}
	sees("a", "b")
	c, _ := start("c", gossip.ModeClient, nil)
	all = append(all, c)
	sees("a", "b", "c")
	for _, m := range a.Members() {
		require.Equal(t, m.Name == "c", m.Info.Client, m.Name)
	}
}

func TestStartSaysWhatIsWrong(t *testing.T) {
	start := func(listen, advertise string, log *slog.Logger) (*gossip.Gossip, error) {
		cfg := gossip.DefaultConfig()
		cfg.Name, cfg.Listen, cfg.Advertise, cfg.Preset = "a", listen, advertise, gossip.PresetLocal
		return gossip.Start(t.Context(), cfg, gossip.Info{Version: "1"}, gossip.Deps{Logger: log})
	}
	a, err := start("127.0.0.1:0", "", nil)
	require.NoError(t, err)
	defer func() { require.NoError(t, a.Close()) }()
	_, err = start(a.Addr(), "", nil)
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	_, err = start("192.0.2.1:7946", "", nil) // documentation's; nobody has it
	require.ErrorIs(t, err, syscall.EADDRNOTAVAIL)
	_, err = start("127.0.0.1:0", "0.0.0.0:7946", nil)
	require.ErrorContains(t, err, "nobody can reach that address")

	var log clustertest.Log
	udp, err := net.ListenPacket("udp", "127.0.0.1:0") // hears, and never answers
	require.NoError(t, err)
	defer func() { require.NoError(t, udp.Close()) }()
	astray, err := start("127.0.0.1:0", udp.LocalAddr().String(), log.Logger())
	require.NoError(t, err)
	defer func() { require.NoError(t, astray.Close()) }()
	log.Await(t, "this node does not reach itself at the address that it tells the others")
	log.Await(t, "cluster.advertise")
}
