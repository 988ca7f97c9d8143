// Package cluster makes a process a member of a cluster: it knows who else is there, runs
// calls of others and has its own run elsewhere, and runs its part of the grains, of
// which there is one each in the whole cluster.
//
// Three things lie on one another. Package gossip (hashicorp/memberlist) says who is
// there and how busy. On it a Proto.Actor cluster provider (package provider) and
// identity lookup (package identity) tell an actor system of its peers. Package remoting
// carries one message, isolane.v1.Envelope, between the actor systems.
//
//	c, err := cluster.Start(ctx, cluster.DefaultConfig("n1"), cluster.Deps{...})
//	c.Handle("invoke", func(ctx context.Context, req cluster.Request, reply func([]byte, error)) { ... })
//	c.Call(ctx, "n2", "invoke", body, func(reply []byte, err error) { ... })
//	err = c.Stop(ctx)
//
// # Calls
//
// A call is a request, its acceptance, and its end. The acceptance comes from the peer's
// front actor before anything runs; only it is waited for with a timeout, so a function
// may take its time and a dead peer is noticed. No call is ever sent twice: a caller is
// told whether it surely never ran (ErrNotDelivered, *RefusedError) or may have run
// (ErrNoAnswer), and decides. The first timeout opens the peer's circuit breaker and
// ends the others that wait with it; the member itself probes when it may be closed.
//
// # Fence
//
// A member that was frozen or cut off has been replaced by the others, and does not know.
// Whoever sees it alive again under an id that it has seen gone tells it; a process that
// was frozen notices by its own clock. It then takes no more calls, stops its grains,
// throws its actor system away and comes back with a new one, under a new id.
//
// # Grains
//
// Who owns a grain follows from the membership alone (package placement). The owner
// holds a lease (package lease) while the grain is active, and looks at it before each
// message. While the members agree there is one activation; when they do not, there is
// one that holds the lease, and the token tells a late write of the others apart. The
// old owner stops and gives the lease back, then the new one begins; messages wait for
// that up to their deadline.
//
// All methods of a Cluster are safe for concurrent use. Callbacks run on goroutines of
// the package, outside every lock, and must not block. Every table and queue has a bound
// in Config; what comes over it is refused, with the reason.
package cluster
