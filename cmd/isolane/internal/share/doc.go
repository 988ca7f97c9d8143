// Package share keeps a node's runtimes at its share of the total that the cluster is
// wished to have. The total is a number that every node watches, the share a pure
// function of it and of the membership (cluster/placement), so nobody has to lead.
//
//	keeper, err := share.Start(cfg, deps)
//	...
//	keeper.Close()
//
// More runtimes are started at once; fewer only when the smaller share has stood for
// Config.ShrinkAfter, so that a member that is gone for a moment moves nothing twice.
//
// Not for: how a runtime starts and drains (actors), where the total is kept (bridge).
package share
