// Package function holds the vocabulary that every part of Isolane shares: what
// a function is (name, manifest, limits, permissions), what calls it
// (Invocation), and what comes of it (Result, with exactly one Outcome).
//
// It is a leaf: it knows no engine, no actor and no NATS, does no input or
// output but reading a manifest, and starts no goroutine. The bridge, the actors
// and the runtime all speak in its types.
//
// Values are plain data. An Invocation and a Result are owned by one goroutine at
// a time and are read-only once handed on; nothing here locks.
package function
