package actors

import (
	"fmt"
	"hash/fnv"
)

// Policy says how an invocation comes to a shared runtime. All but Pull are there to be
// compared with it: they decide when the invocation comes, and it then waits for that
// runtime, whatever it does and whoever else is free.
type Policy uint8

const (
	// Pull lets any runtime that is free take what is next. It is the only one that shares
	// time fairly between functions.
	Pull Policy = iota
	// Hash gives each function one runtime, by its name.
	Hash
	// RoundRobin gives each invocation the runtime after the last one's.
	RoundRobin
	// Random gives each invocation any runtime.
	Random
)

var policies = [...]string{Pull: "pull", Hash: "hash", RoundRobin: "round-robin", Random: "random"}

// String returns the policy's word.
func (p Policy) String() string {
	if int(p) >= len(policies) {
		return fmt.Sprintf("policy(%d)", uint8(p))
	}
	return policies[p]
}

// ParsePolicy is the inverse of String. Its error says what to write.
func ParsePolicy(s string) (Policy, error) {
	for p, word := range policies {
		if word == s {
			return Policy(p), nil //nolint:gosec // an index of four
		}
	}
	return 0, fmt.Errorf("%w: policy %q: use pull, hash, round-robin or random", ErrConfig, s)
}

// index returns which of n runtimes an invocation of fn is given; turn grows by one with
// each, rnd is random. It is pure. n is positive; p is not Pull.
func (p Policy) index(fn string, n int, turn, rnd uint64) int {
	by := rnd
	switch p {
	case Hash:
		h := fnv.New64a()
		_, _ = h.Write([]byte(fn))
		by = h.Sum64()
		by ^= by >> 32 // its low bits alone tell short names hardly apart
	case RoundRobin:
		by = turn
	case Pull, Random:
	}
	return int(by % uint64(n)) //nolint:gosec // less than n
}
