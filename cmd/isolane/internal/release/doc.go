// Package release makes a version of a function for the store that nodes read
// (bridge/funcstore), and a function that can be run of what stands there.
//
//	p, err := release.Prepare(ctx, found, "hello", env)    // on the deployer's machine
//	v, err := store.Put(ctx, p.Name, p.Function.Version, p.Packed)
//	fn, err := release.Load(ctx, store, "hello", p.In(v), limits)   // on a node
//
// A version's name is made by the deployer and kept by all: nodes of another build would
// call it otherwise. Whether it runs is for jsruntime.Probe, on both sides.
package release
