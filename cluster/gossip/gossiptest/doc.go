// Package gossiptest is a network in memory for tests of gossip and of what lies on it:
// members of one process that can be cut off from one another, frozen, and made to lose
// and delay packets. Losses are drawn from a seed, and what is carried is counted.
//
//	network := gossiptest.New(seed)
//	cfg.Transport = network.Endpoint("n1")
//	network.Split([]string{"n1"}, []string{"n2", "n3"})
//	network.Heal()
//	dial := network.Dialer("n1", whose) // calls over TCP that the same splits hold up
//
// Everything is safe for concurrent use. Not for production.
package gossiptest
