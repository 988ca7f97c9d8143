package cluster

import (
	"context"
	"errors"
	"fmt"
	"sync"

	"github.com/asynkron/protoactor-go/actor"

	"github.com/isolane/isolane/cluster/identity"
	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// GrainKind is a kind of grains that a member can run.
type GrainKind struct {
	Name string
	// New makes the grain of an identity. It must not block: what takes time belongs
	// into Grain.Start.
	New func(identity string) Grain
}

// Grain is what there is once in the cluster. Its methods are called one at a time, but
// for a Stop that comes while Start has not returned in time.
type Grain interface {
	// Start begins this activation, and may block for GrainConfig.StartTimeout. ctx ends
	// with the activation: when the lease is lost, the grain moves, or the member stops.
	// token returns the fencing token, greater for each activation, and whether it is
	// still good: ask before each write that must not happen twice, and hand it to
	// whoever can refuse an older one.
	Start(ctx context.Context, token func() (uint64, bool)) error
	// Handle is as a Handler: it must not block, and replies once.
	Handle(ctx context.Context, req Request, reply func([]byte, error))
	// Stop ends this activation; also after a Start that failed. What has not been
	// replied to when it returns is answered with an error.
	Stop(ctx context.Context)
}

type grainKey struct{ kind, identity string }

// grains is what this member runs of the cluster's grains.
type grains struct {
	c     *Cluster
	kinds map[string]GrainKind

	mu     sync.Mutex
	table  map[grainKey]*grain            // guarded by mu
	kept   map[string]map[string]struct{} // guarded by mu; by kind
	closed bool                           // guarded by mu; none is begun
	idle   chan struct{}                  // guarded by mu; closed when table becomes empty; nil: nobody waits
}

func newGrains(c *Cluster) *grains {
	g := &grains{c: c, kinds: map[string]GrainKind{}, table: map[grainKey]*grain{}, kept: map[string]map[string]struct{}{}}
	for _, k := range c.deps.Grains {
		g.kinds[k.Name] = k
	}
	return g
}

// checkGrains reports kinds that cannot be run.
func checkGrains(cfg Config, deps Deps) error {
	var errs []error
	seen := map[string]bool{}
	for _, k := range deps.Grains {
		if k.Name == "" || k.New == nil {
			errs = append(errs, fmt.Errorf("%w: a kind of grains needs a name and New", ErrConfig))
		}
		if seen[k.Name] {
			errs = append(errs, fmt.Errorf("%w: kind of grains %q twice", ErrConfig, k.Name))
		}
		seen[k.Name] = true
	}
	if len(deps.Grains) > 0 && deps.Store == nil && !cfg.Unfenced {
		errs = append(errs, fmt.Errorf("%w: %w", ErrConfig, ErrNoStore))
	}
	return errors.Join(errs...)
}

// handler finds a grain for a request, and begins it if it belongs here.
func (gs *grains) handler(kind, id string) (Handler, isolanev1.Reason, string) {
	g, reason, text := gs.activate(kind, id)
	if g == nil {
		return nil, reason, text
	}
	return g.handle, 0, ""
}

// activate returns the grain if it belongs here, and begins it if it is not there.
func (gs *grains) activate(kind, id string) (*grain, isolanev1.Reason, string) {
	k, ok := gs.kinds[kind]
	if !ok {
		return nil, isolanev1.Reason_REASON_NOT_FOUND, fmt.Sprintf("no grains of kind %q run here", kind)
	}
	owner, ok := gs.c.view.Load().owner(kind, id)
	if !ok || !owner.Local {
		return nil, isolanev1.Reason_REASON_NOT_OWNER, "the grain belongs to " + owner.Name
	}
	gs.mu.Lock()
	defer gs.mu.Unlock()
	if gs.closed {
		return nil, isolanev1.Reason_REASON_NOT_OWNER, "this member gives its grains away"
	}
	key := grainKey{kind, id}
	if g := gs.table[key]; g != nil {
		return g, 0, ""
	}
	return gs.beginLocked(k, key), 0, ""
}

func (gs *grains) beginLocked(k GrainKind, key grainKey) *grain {
	_, kept := gs.kept[key.kind][key.identity]
	g := newGrain(gs, k, key, kept)
	gs.table[key] = g
	gs.c.later(g.run)
	return g
}

// follow begins and ends grains as the view and what is kept have it. Called by the
// watch.
func (gs *grains) follow() {
	v := gs.c.view.Load()
	gs.mu.Lock()
	defer gs.mu.Unlock()
	for key, g := range gs.table {
		if owner, ok := v.owner(key.kind, key.identity); !ok || !owner.Local {
			g.retire()
		}
	}
	if gs.closed {
		return
	}
	for kind, identities := range gs.kept {
		k, ok := gs.kinds[kind]
		if !ok {
			continue
		}
		for id := range identities {
			key := grainKey{kind, id}
			if g := gs.table[key]; g != nil {
				g.keep(true)
				continue
			}
			if owner, ok := v.owner(kind, id); ok && owner.Local {
				gs.beginLocked(k, key)
			}
		}
	}
}

// Keep says which grains of a kind are to be active always, somewhere; it replaces the
// set before. Every member that runs the kind is to be told the same.
func (c *Cluster) Keep(kind string, identities []string) {
	set := make(map[string]struct{}, len(identities))
	for _, id := range identities {
		set[id] = struct{}{}
	}
	gs := c.grains
	gs.mu.Lock()
	for key, g := range gs.table {
		if key.kind == kind {
			if _, kept := set[key.identity]; !kept {
				g.keep(false)
				g.retire()
			}
		}
	}
	gs.kept[kind] = set
	gs.mu.Unlock()
	c.lookSoon()
}

// Owner returns the member a grain belongs to, as this member sees it, and whether that
// is this one; false if no member runs the kind.
func (c *Cluster) Owner(kind, identity string) (member string, local, ok bool) {
	m, ok := c.view.Load().owner(kind, identity)
	return m.Name, m.Local, ok
}

// removed takes a grain that has ended out of the table.
func (gs *grains) removed(g *grain) {
	gs.mu.Lock()
	if gs.table[g.key] == g {
		delete(gs.table, g.key)
	}
	if len(gs.table) == 0 && gs.idle != nil {
		close(gs.idle)
		gs.idle = nil
	}
	gs.mu.Unlock()
	gs.c.lookSoon() // it may be wanted again
}

// stop ends every grain and begins none until start; it returns when they have given
// back their leases, or ctx is done.
func (gs *grains) stop(ctx context.Context) error {
	gs.mu.Lock()
	gs.closed = true
	for _, g := range gs.table {
		g.retire()
	}
	if len(gs.table) == 0 {
		gs.mu.Unlock()
		return nil
	}
	if gs.idle == nil {
		gs.idle = make(chan struct{})
	}
	idle := gs.idle
	gs.mu.Unlock()
	select {
	case <-idle:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("cluster: grains have not stopped: %w", ctx.Err())
	}
}

func (gs *grains) start() {
	gs.mu.Lock()
	gs.closed = false
	gs.mu.Unlock()
}

// active counts those that serve.
func (gs *grains) active() int {
	gs.mu.Lock()
	defer gs.mu.Unlock()
	n := 0
	for _, g := range gs.table {
		if g.serving.Load() {
			n++
		}
	}
	return n
}

// owners is what the identity lookup asks.
type owners struct{ c *Cluster }

// OwnerAddress implements identity.Owners.
func (o owners) OwnerAddress(kind, id string) (string, bool) {
	m, ok := o.c.view.Load().owner(kind, id)
	return m.Info.Remote, ok
}

// Activate implements identity.Owners.
func (o owners) Activate(kind, id string) (*actor.PID, bool) {
	n := o.c.node.Load()
	if n == nil {
		return nil, false
	}
	if g, _, _ := o.c.grains.activate(kind, id); g == nil {
		return nil, false
	}
	return n.system.NewLocalPID(identity.ActorID(kind, id)), true
}
