// Package chaos does to a cluster of real processes what must not hurt it, while a load
// runs, and judges by records what came of it: which of the promises in docs/promises.md
// held, and what the fault cost.
//
// A Scenario is one fault: members killed, frozen, cut off, given a wrong clock, and so
// on. Run starts a NATS server as a process of its own, the members, and an open loop of
// calls with an id each; lets the fault happen; waits until the members agree on who is
// there, the runtimes are where they should be and the dedicated function answers; goes on
// with the load for a while; and ends everything. Each call notes in a ledger, over HTTP,
// that it runs, and where. What is judged afterwards is the caller's records beside the
// ledger's (see judge).
//
//	results, err := chaos.Run(ctx, cfg, chaos.Scenarios())
//	chaos.WriteTable(os.Stdout, results)
//
// What is random, which member and when, is drawn from Config.Seed. The load goes to the
// Ground alone: loopback, or network namespaces of the tool's own.
//
// Not a benchmark: the rate is low, so that what fails has failed because of the fault.
package chaos
