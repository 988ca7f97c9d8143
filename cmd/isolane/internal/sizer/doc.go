// Package sizer says how many shared runtimes a node has on its own account: as many as
// its configuration says; as many as somebody scaled it to, until it restarts; or as many
// as its load needs, between two bounds (actors/autoscale). A total that is wished for a
// cluster goes before all of these: while there is one, a Sizer changes nothing.
//
//	s, err := sizer.Start(cfg, deps)
//	err = s.Scale(4)     by hand, which ends autoscaling
//	err = s.Auto()       as the load needs again
//	s.Close()
//
// Its methods are safe for concurrent use. A goroutine of its own looks at the load, and
// is the only one that calls Deps.Apply.
//
// Not for: the share of a total (share), starting and draining runtimes (actors).
package sizer
