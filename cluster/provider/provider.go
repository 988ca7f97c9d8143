package provider

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	protocluster "github.com/asynkron/protoactor-go/cluster"

	"github.com/isolane/isolane/cluster/gossip"
)

// Membership is what a provider needs to know of the others; *gossip.Gossip is one.
type Membership interface {
	// Members is a copy of all that are known, this one included.
	Members() []gossip.Member
	// Subscribe ticks after each change, several changes perhaps by one tick.
	Subscribe() (ticks <-chan struct{}, cancel func())
	// SetInfo publishes what this member says of itself.
	SetInfo(ctx context.Context, change func(*gossip.Info)) error
	// Leave says farewell.
	Leave(ctx context.Context) error
}

// Config is how a provider behaves.
type Config struct {
	// Every is how often the topology is published without a change. Default 1s.
	Every time.Duration
	// Timeout bounds each publication in the membership, and the farewell. Default 5s.
	Timeout time.Duration
	// Stay keeps the membership joined at Shutdown: it outlives the actor system.
	Stay bool
}

// ErrStarted says that a provider serves one cluster, once.
var ErrStarted = errors.New("provider: started already, or shut down")

// Provider implements Proto.Actor's ClusterProvider.
type Provider struct {
	membership Membership
	cfg        Config
	log        *slog.Logger
	stop       chan struct{} // closed by Shutdown
	kick       chan chan struct{}
	stopping   sync.Once
	running    sync.WaitGroup

	mu       sync.Mutex
	started  bool                // guarded by mu
	stopped  bool                // guarded by mu
	current  map[string]struct{} // guarded by mu; ids of the last topology
	departed map[string]struct{} // guarded by mu; ids of earlier ones, which Proto.Actor blocks
}

var _ protocluster.ClusterProvider = (*Provider)(nil)

// New makes a provider for one Proto.Actor cluster.
func New(membership Membership, cfg Config, log *slog.Logger) *Provider {
	if cfg.Every <= 0 {
		cfg.Every = time.Second
	}
	if cfg.Timeout <= 0 {
		cfg.Timeout = 5 * time.Second
	}
	return &Provider{
		membership: membership, cfg: cfg, log: log,
		stop: make(chan struct{}), kick: make(chan chan struct{}),
		current: map[string]struct{}{}, departed: map[string]struct{}{},
	}
}

// StartMember implements ClusterProvider: it offers c's kinds to the others.
func (p *Provider) StartMember(c *protocluster.Cluster) error {
	kinds := c.GetClusterKinds()
	slices.Sort(kinds)
	return p.start(c, kinds, false)
}

// StartClient implements ClusterProvider: c sees the members, and is none.
func (p *Provider) StartClient(c *protocluster.Cluster) error { return p.start(c, nil, true) }

func (p *Provider) start(c *protocluster.Cluster, kinds []string, client bool) error {
	p.mu.Lock()
	if p.started || p.stopped {
		p.mu.Unlock()
		return ErrStarted
	}
	p.started = true
	p.running.Add(1)
	p.mu.Unlock()

	ctx, cancel := context.WithTimeout(context.Background(), p.cfg.Timeout)
	defer cancel()
	err := p.membership.SetInfo(ctx, func(i *gossip.Info) {
		i.SystemID, i.Remote, i.Client = c.ActorSystem.ID, c.ActorSystem.Address(), client
		if len(kinds) > 0 {
			i.Kinds = kinds
		}
	})
	if err != nil {
		p.running.Done()
		return fmt.Errorf("provider: publish the actor system: %w", err)
	}
	ticks, unsubscribe := p.membership.Subscribe()
	go func() {
		defer p.running.Done()
		defer unsubscribe()
		p.run(c.MemberList, ticks)
	}()
	return nil
}

// run publishes until Shutdown.
func (p *Provider) run(list *protocluster.MemberList, ticks <-chan struct{}) {
	every := time.NewTicker(p.cfg.Every)
	defer every.Stop()
	var synced chan struct{}
	for {
		p.publish(list)
		if synced != nil {
			close(synced)
			synced = nil
		}
		select {
		case <-p.stop:
			return
		case <-ticks:
		case <-every.C:
		case synced = <-p.kick:
		}
	}
}

func (p *Provider) publish(list *protocluster.MemberList) {
	defer func() {
		// A topology handler of somebody else runs inside, and may panic.
		if r := recover(); r != nil {
			p.log.LogAttrs(context.Background(), slog.LevelError, "a topology handler panicked", slog.Any("panic", r))
		}
	}()
	topology := p.next()
	list.UpdateClusterTopology(topology)
}

// next is the topology to publish; it remembers who is no longer in it.
func (p *Provider) next() protocluster.Members {
	topology := Topology(p.membership.Members())
	p.mu.Lock()
	defer p.mu.Unlock()
	ids := make(map[string]struct{}, len(topology))
	for _, m := range topology {
		ids[m.Id] = struct{}{}
	}
	for id := range p.current {
		if _, ok := ids[id]; !ok {
			p.departed[id] = struct{}{}
		}
	}
	p.current = ids
	return slices.DeleteFunc(topology, func(m *protocluster.Member) bool {
		_, gone := p.departed[m.Id]
		return gone
	})
}

// Sync publishes now, and returns when that is done, the provider has been shut down, or
// ctx is done. Not to be called by a topology handler.
func (p *Provider) Sync(ctx context.Context) {
	done := make(chan struct{})
	select {
	case p.kick <- done:
	case <-p.stop:
		return
	case <-ctx.Done():
		return
	}
	select {
	case <-done:
	case <-ctx.Done():
	}
}

// Departed says whether the actor system was a member and then was not: Proto.Actor
// blocks it for as long as the cluster lives.
func (p *Provider) Departed(systemID string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	_, gone := p.departed[systemID]
	return gone
}

// Shutdown implements ClusterProvider: it publishes nothing any more and, if graceful
// and not Config.Stay, leaves the membership. Idempotent.
func (p *Provider) Shutdown(graceful bool) error {
	p.mu.Lock()
	p.stopped = true
	p.mu.Unlock()
	p.stopping.Do(func() { close(p.stop) })
	p.running.Wait()
	if !graceful || p.cfg.Stay {
		return nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), p.cfg.Timeout)
	defer cancel()
	if err := p.membership.Leave(ctx); err != nil {
		return fmt.Errorf("provider: leave: %w", err)
	}
	return nil
}
