// Package function holds the vocabulary that every part of Isolane shares: what
// a function is (name, manifest, limits, permissions), what calls it
// (Invocation), and what comes of it (Result, with exactly one Outcome).
//
// It is a leaf: it knows no engine, no actor and no NATS, does no input or
// output but reading a manifest, and starts no goroutine. The bridge, the actors
// and the runtime all speak in its types.
//
// A manifest is read with every fault reported at once:
//
//	m, err := function.ParseManifest("functions/hello.yaml", data)
//	// functions/hello.yaml:2:16: limits.heap: not an amount of memory: 128MB: use KiB, MiB or GiB
//
// and Permissions answers for it: AllowsNet before a name is resolved, AllowsAddress
// before an address is connected to.
//
// Values are plain data. An Invocation and a Result are owned by one goroutine at
// a time and are read-only once handed on; nothing here locks.
package function
