// Package engines is the experiment on two engines: what an instance costs in V8 and in
// QuickJS, what kernels take in each, after how many calls V8's start has paid off, and
// what that means for a long tail of functions that are seldom called, within a budget of
// memory (package tail).
//
// It runs in the process of the laboratory, on jsruntime.Runtime, without NATS or actors.
package engines
