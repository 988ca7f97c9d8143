package cluster

import (
	"context"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"net"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	protocluster "github.com/asynkron/protoactor-go/cluster"
	"github.com/asynkron/protoactor-go/remote"

	"github.com/isolane/isolane/cluster/identity"
	"github.com/isolane/isolane/cluster/provider"
	"github.com/isolane/isolane/cluster/remoting"
	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// frontID is the actor that every envelope of another member goes to.
const frontID = "isolane"

// node is one life of this member under one id: an actor system and what hangs on it. A
// fence throws it away, and the next one takes its place.
type node struct {
	id       string
	name     string
	system   *actor.ActorSystem
	session  *remoting.Session
	cluster  *protocluster.Cluster
	provider *provider.Provider
	front    *actor.PID
	open     atomic.Bool     // calls of others are taken
	ctx      context.Context //nolint:containedctx // the node's own life: every call that runs here ends with it
	cancel   context.CancelFunc
}

// newNode makes an actor system with a new id and attaches it to the remote port. It is
// not known to anybody yet; join does that.
func (c *Cluster) newNode() (*node, error) {
	system := actor.NewActorSystem(systemOptions(c.log)...)
	// Process ids of an earlier life under this address must not come again soon: an
	// answer that is late must not find the wrong one.
	system.ProcessRegistry.SequenceID = rand.Uint64() >> 1
	n := &node{id: system.ID, name: c.cfg.Name, system: system}
	n.ctx, n.cancel = context.WithCancel(c.ctx)
	session, err := c.remote.Attach(system, remoting.Events{Lost: func(address string, err error) {
		c.lost(fmt.Errorf("the connection to it broke: %w", err), func(p *pending) bool { return p.address == address })
	}})
	if err != nil {
		n.cancel()
		return nil, err
	}
	n.session = session
	props := actor.PropsFromFunc(func(ctx actor.Context) {
		if e, ok := ctx.Message().(*isolanev1.Envelope); ok {
			c.receive(n, e, ctx.Sender())
		}
	})
	if n.front, err = system.Root.SpawnNamed(props, frontID); err != nil {
		n.close()
		return nil, fmt.Errorf("cluster: %w", err)
	}
	return n, nil
}

// join makes the actor system a member of Proto.Actor's cluster, by our provider and
// lookup. Proto.Actor's own StartMember is not called: it returns no error but panics,
// sleeps, starts a second gossip that blocks members on its own account, and a remote
// that package remoting replaces. What it would set up and is needed is set up here.
func (c *Cluster) join(n *node) error {
	host, port, err := net.SplitHostPort(c.remote.Address())
	if err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		return fmt.Errorf("cluster: %w", err)
	}
	lookup := identity.New(owners{c}, c.remote.Address())
	// The watch has it publish; Proto.Actor's gossip, which would edit what was published,
	// does not run.
	n.provider = provider.New(c.gossip, provider.Config{Stay: true, Every: time.Minute}, c.log)
	n.cluster = protocluster.New(n.system, protocluster.Configure(c.label(), n.provider, lookup, remote.Configure(host, number)))
	n.cluster.Remote = remote.NewRemote(n.system, n.cluster.Config.RemoteConfig) // never started: it keeps the list of the blocked
	n.cluster.IdentityLookup = lookup
	lookup.Setup(n.cluster, nil, c.client)
	if c.client {
		return n.provider.StartClient(n.cluster)
	}
	return n.provider.StartMember(n.cluster)
}

// close ends this life. Calls that run here have their context ended. Idempotent, and
// may be called at any stage of the node's making.
func (n *node) close() {
	n.open.Store(false)
	if n.provider != nil {
		_ = n.provider.Shutdown(false) // without a farewell it has no error
	}
	if n.session != nil {
		n.session.Close()
	}
	n.cancel() // after the session: what handlers reply because of this is nobody's answer
	if n.front != nil {
		n.system.Root.Stop(n.front)
	}
	if !n.system.IsStopped() {
		n.system.Shutdown()
	}
}

// envelope is a step of call id, from this node to a peer's system.
func (n *node) envelope(kind isolanev1.Kind, id uint64, to string) *isolanev1.Envelope {
	return &isolanev1.Envelope{Version: uint32(Wire), Kind: kind, Id: id, From: n.name, FromSystem: n.id, ToSystem: to}
}

// systemOptions silence what Proto.Actor says of itself, and shorten the goroutines it
// leaves behind for its dead letters.
func systemOptions(log *slog.Logger) []actor.ConfigOption {
	return []actor.ConfigOption{
		actor.WithLoggerFactory(func(system *actor.ActorSystem) *slog.Logger {
			return slog.New(demoted{log.Handler()}).With(slog.String("lib", "proto.actor"), slog.String("system", system.ID))
		}),
		actor.WithMetricProviders(nil),
		actor.WithDeadLetterRequestLogging(false),
		actor.WithDeadLetterThrottleInterval(time.Millisecond),
	}
}
