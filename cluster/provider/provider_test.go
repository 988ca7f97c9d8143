package provider

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	protocluster "github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/remote"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/cluster/gossip"
	"github.com/isolane/isolane/cluster/identity"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// table is a membership that a test writes.
type table struct {
	mu    sync.Mutex
	list  []gossip.Member
	own   gossip.Info
	ticks chan struct{}
	left  int
}

func (t *table) set(list ...gossip.Member) {
	t.mu.Lock()
	t.list = list
	t.mu.Unlock()
	select {
	case t.ticks <- struct{}{}:
	default:
	}
}

func (t *table) Members() []gossip.Member {
	t.mu.Lock()
	defer t.mu.Unlock()
	return append([]gossip.Member{{Name: "me", Info: t.own, State: gossip.StateAlive, Local: true}}, t.list...)
}

func (t *table) Subscribe() (<-chan struct{}, func()) { return t.ticks, func() {} }

func (t *table) SetInfo(_ context.Context, change func(*gossip.Info)) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.own)
	return nil
}

func (t *table) Leave(context.Context) error {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.left++
	return nil
}

func peer(name, system, address string, state gossip.State, boot time.Time) gossip.Member {
	return gossip.Member{Name: name, State: state, Info: gossip.Info{SystemID: system, Remote: address, Boot: boot, Kinds: []string{"k"}}}
}

func TestTopology(t *testing.T) {
	early, late := time.Unix(1, 0), time.Unix(2, 0)
	clientOf := peer("c", "c1", "h:3", gossip.StateAlive, early)
	clientOf.Info.Client = true
	for name, c := range map[string]struct {
		members []gossip.Member
		want    []string
	}{
		"nobody":                                    {nil, nil},
		"alive and suspected":                       {[]gossip.Member{peer("a", "a1", "h:1", gossip.StateAlive, early), peer("b", "b1", "h:2", gossip.StateSuspect, early)}, []string{"a1", "b1"}},
		"neither dead nor left nor clients":         {[]gossip.Member{peer("a", "a1", "h:1", gossip.StateDead, early), peer("b", "b1", "h:2", gossip.StateLeft, early), clientOf}, nil},
		"the newest incarnation of an address":      {[]gossip.Member{peer("a", "a1", "h:1", gossip.StateAlive, late), peer("b", "b1", "h:1", gossip.StateAlive, early)}, []string{"a1"}},
		"whichever comes first":                     {[]gossip.Member{peer("b", "b1", "h:1", gossip.StateAlive, early), peer("a", "a1", "h:1", gossip.StateAlive, late)}, []string{"a1"}},
		"nobody without a system or a sane address": {[]gossip.Member{peer("a", "", "h:1", gossip.StateAlive, early), peer("b", "b1", "h", gossip.StateAlive, early), peer("d", "d1", "h:70000", gossip.StateAlive, early)}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			var got []string
			for _, m := range Topology(c.members) {
				got = append(got, m.Id)
			}
			require.Equal(t, c.want, got)
		})
	}
	v6 := Topology([]gossip.Member{peer("a", "a1", "[::1]:7", gossip.StateAlive, early)})
	require.Equal(t, "[::1]:7", v6[0].Address())
}

// newCluster is Proto.Actor's, without what its start would begin beside the provider.
func newCluster(p *Provider) *protocluster.Cluster {
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }))
	system.ProcessRegistry.Address = "127.0.0.1:1"
	c := protocluster.New(system, protocluster.Configure("test", p, identity.New(nil, ""), remote.Configure("127.0.0.1", 0)))
	c.Remote = remote.NewRemote(system, c.Config.RemoteConfig)
	return c
}

func TestMemberAndClientSeeTheTopologyChange(t *testing.T) {
	for _, isClient := range []bool{false, true} {
		m := &table{ticks: make(chan struct{}, 1)}
		p := New(m, Config{Every: time.Hour}, slog.New(slog.DiscardHandler))
		c := newCluster(p)
		topologies := make(chan *protocluster.ClusterTopology, 10)
		c.ActorSystem.EventStream.Subscribe(func(e any) {
			if topology, ok := e.(*protocluster.ClusterTopology); ok {
				_ = p.Departed("x") // must not deadlock
				topologies <- topology
			}
		})
		if isClient {
			require.NoError(t, p.StartClient(c))
		} else {
			require.NoError(t, p.StartMember(c))
			<-topologies // itself
		}
		require.Equal(t, isClient, m.own.Client)
		require.Equal(t, c.ActorSystem.ID, m.own.SystemID)
		require.ErrorIs(t, p.StartMember(c), ErrStarted)

		m.set(peer("a", "a1", "h:1", gossip.StateAlive, time.Time{}))
		require.Equal(t, "a1", (<-topologies).Joined[0].Id)
		m.set(peer("a", "a1", "h:1", gossip.StateDead, time.Time{}))
		require.Equal(t, "a1", (<-topologies).Left[0].Id)
		require.True(t, p.Departed("a1"))
		// Back under its old id it stays outside; under a new one it is in.
		m.set(peer("a", "a1", "h:1", gossip.StateAlive, time.Time{}))
		p.Sync(t.Context())
		require.Empty(t, topologies)
		m.set(peer("a", "a2", "h:1", gossip.StateAlive, time.Time{}))
		require.Equal(t, "a2", (<-topologies).Joined[0].Id)

		for range 2 { // idempotent
			require.NoError(t, p.Shutdown(true))
		}
		require.NotZero(t, m.left)
		p.Sync(t.Context()) // returns
		c.ActorSystem.Shutdown()
	}
}

func TestShutdownBeforeStart(t *testing.T) {
	p := New(&table{ticks: make(chan struct{})}, Config{Stay: true}, slog.New(slog.DiscardHandler))
	require.NoError(t, p.Shutdown(true))
	require.ErrorIs(t, p.StartMember(newCluster(p)), ErrStarted)
}
