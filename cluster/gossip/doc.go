// Package gossip is the membership of a cluster: who is there, what each member says of
// itself, how busy each is, and small messages between members. It is
// hashicorp/memberlist with what a service needs around it: joining that never gives up
// and heals splits, announcements and load reports in versioned encodings, a key ring
// that is rotated live, names that cannot be held twice, bounds on what strangers send,
// and a log that cannot be flooded. It knows nothing of actors.
//
//	cfg := gossip.DefaultConfig()
//	cfg.Name, cfg.Seeds = "node-1", []string{"nodes.internal:7946"}
//	g, err := gossip.Start(ctx, cfg, gossip.Info{Remote: "10.0.0.1:8090"}, gossip.Deps{Logger: log})
//	changed, cancel := g.Subscribe()
//	for range changed {
//		for _, m := range g.Members() { ... }
//	}
//	err = errors.Join(g.Leave(ctx), g.Close())
//
// A Gossip is safe for concurrent use. Members hands out copies. Functions given to
// OnMessage run one after another on one goroutine of the Gossip's.
//
// # States
//
// A member is alive until it leaves (left), or until it does not answer probes, directly
// and by way of others, for the suspicion time (dead). memberlist v0.7.0 goes through a
// suspect state in between, but neither a callback nor an exported method shows it. So
// suspect means here: still in the membership, but its load reports have been silent for
// Timings.SuspectAfter. It shows a member that answers probes and does no more, or that
// others reach and this node does not. A member that never reported a load is never
// suspect. On LAN timings a killed member is dead before it would be suspect.
//
// left is told from dead by a farewell that the member gossips, and by a mark in its
// announcement; whoever hears neither says dead.
//
// # Trust
//
// With keys, packets and streams of strangers fail to decrypt and are dropped. Every
// holder of a key is trusted: it may speak for any member (the sender's name in a
// message is what the sender says). Without keys whoever reaches the port is a holder;
// memberlist then takes memory as a header of a few bytes says (up to some 100 MiB for
// one stream), and MaxStreams is the only bound: keep such a port in a closed network.
// The label keeps clusters apart that share a network; it is no secret.
//
// # Bounds
//
// Streams of others are bounded in number, bytes (MaxStreams, MaxStreamBytes) and time
// (Timings.StreamTimeout); members by MaxMembers; the gone by MaxDead and DeadFor;
// messages by MaxMessage and Inbox; load reports by one for each member. At each bound
// what comes is dropped, and said in the log at most once in ten seconds.
package gossip
