// Package loadgen sends a load to functions over NATS and measures what came of it, as
// any client could: with the load that was asked for, or with a word that it could not.
//
//	cfg := loadgen.DefaultConfig()
//	cfg.Targets = []loadgen.Target{{Subject: "fn.hello", Payload: []byte(`{}`), Weight: 1}}
//	cfg.Steps = []loadgen.Step{{Rate: 500, Duration: 10 * time.Second}}
//	result, err := loadgen.Run(ctx, dial, cfg)
//
// # Open and closed
//
// A step with a Rate is an open loop: each request has a time at which it is to be sent,
// which no reply changes, and its latency counts from that time, however late it was
// sent. So a server that stalls is charged for all who would have come meanwhile
// (coordinated omission; Tene, "How NOT to Measure Latency"). A step with Callers is a
// closed loop: each sends its next request when the last one ended, so a slow server is
// asked less. Use it to find throughput, not latency under a given load.
//
// A request without a reply counts in the latencies, with the time it was waited for.
//
// # When it is the bottleneck itself
//
// How late requests were sent is measured (Lag), and so are the processor time of the
// process (Cores) and of all (Busy), and how much of its time a connection spends on sending
// (Sending). Where they, or the bound of what may be outstanding, say that the figures are those
// of the generator, StepResult.Limits says so, and whether more connections would help or
// the machine had no processor left.
//
// Nothing here knows how functions are run. Run is safe to be called from several
// goroutines; a Result is plain data.
package loadgen
