// Package provider is a Proto.Actor ClusterProvider on a gossip membership, such as
// hashicorp/memberlist's: it tells a Proto.Actor cluster who its members are. It needs
// nothing else of this module than the membership's types, and no other process than
// the members.
//
//	p := provider.New(membership, provider.Config{}, logger)
//	config := cluster.Configure(name, p, lookup, remoteConfig)
//
// StartMember publishes the actor system's id, address and kinds in the membership, and
// then, on one goroutine, every change of the membership as a topology: alive and
// suspected members that are no clients, the newest incarnation alone where several had
// one address. StartClient does the same without offering kinds. The topology is
// published again every Config.Every, since Proto.Actor's own gossip edits the list of
// those it blocks without saying so.
//
// Proto.Actor blocks the id of each member that leaves its topology, for ever: an id
// that comes back, after a partition or a freeze, stays outside without being told.
// Departed says whether an id is one of those, so that who owns the provider can tell
// that member to begin anew under another id.
//
// UpdateClusterTopology, which calls the handlers of its event while it holds the member
// list's lock, is called by that one goroutine with no lock of this package held. All
// methods are safe for concurrent use; Shutdown is idempotent and waits.
package provider
