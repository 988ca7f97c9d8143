// Package identity is a Proto.Actor IdentityLookup that asks nobody: who owns an
// identity follows from the membership alone, and a grain's PID from its identity, so
// Get neither waits nor spawns elsewhere. Proto.Actor's stock lookup asks the owner's
// placement actor and waits up to five seconds for it.
//
// The grain itself is begun by its owner when the first message arrives. All methods are
// safe for concurrent use.
package identity

import (
	"net/url"
	"strings"

	"github.com/asynkron/protoactor-go/actor"
	protocluster "github.com/asynkron/protoactor-go/cluster"
)

// prefix begins the id of every grain's actor.
const prefix = "grain/"

// Owners says where grains live.
type Owners interface {
	// OwnerAddress is the remote address of the member that owns the identity; false if
	// nobody does now.
	OwnerAddress(kind, identity string) (address string, ok bool)
	// Activate begins the grain here, if it is not there; pid is its actor. It must not
	// block. false: this member does not own it, or has no such kind.
	Activate(kind, identity string) (pid *actor.PID, ok bool)
}

// Lookup implements IdentityLookup.
type Lookup struct {
	owners Owners
	local  string
}

var _ protocluster.IdentityLookup = (*Lookup)(nil)

// New makes a lookup for the member whose remote address is local.
func New(owners Owners, local string) *Lookup { return &Lookup{owners: owners, local: local} }

// Get implements IdentityLookup: the PID of the grain's actor, wherever it lives; nil if
// nobody owns it. A local grain is begun.
func (l *Lookup) Get(id *protocluster.ClusterIdentity) *actor.PID {
	address, ok := l.owners.OwnerAddress(id.GetKind(), id.GetIdentity())
	if !ok {
		return nil
	}
	if address != l.local {
		return actor.NewPID(address, ActorID(id.GetKind(), id.GetIdentity()))
	}
	if pid, ok := l.owners.Activate(id.GetKind(), id.GetIdentity()); ok {
		return pid
	}
	return nil
}

// RemovePid implements IdentityLookup. There is nothing to remove: no PID is kept.
func (l *Lookup) RemovePid(*protocluster.ClusterIdentity, *actor.PID) {}

// Setup implements IdentityLookup.
func (l *Lookup) Setup(*protocluster.Cluster, []string, bool) {}

// Shutdown implements IdentityLookup; it may be called any number of times, as
// Proto.Actor does.
func (l *Lookup) Shutdown() {}

// ActorID is the id of the actor of a grain, the same on every member.
func ActorID(kind, identity string) string {
	return prefix + url.PathEscape(kind) + "/" + url.PathEscape(identity)
}

// Parse reads an ActorID; false if id is not a grain's.
func Parse(id string) (kind, identity string, ok bool) {
	rest, ok := strings.CutPrefix(id, prefix)
	if !ok {
		return "", "", false
	}
	k, i, ok := strings.Cut(rest, "/")
	if !ok {
		return "", "", false
	}
	kind, err := url.PathUnescape(k)
	if err != nil {
		return "", "", false
	}
	identity, err = url.PathUnescape(i)
	if err != nil || ActorID(kind, identity) != id {
		return "", "", false
	}
	return kind, identity, true
}
