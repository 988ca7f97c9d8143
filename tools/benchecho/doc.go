// Benchecho measures what it costs to serve an echo over NATS: the CPU time of the serving
// process alone, for 1,000 calls, of a plain Go responder, a plain Node responder and an
// Isolane node, in one run. The NATS server, the client and each responder are processes
// of their own; what is read is the responder's CPU clock, all threads, the kernel's part included.
//
//	benchecho -isolane ./isolane -node DIR -calls 20000 -rounds 7
//
// In each round every contestant serves the same number of calls, in an order that
// changes from round to round. A ratio is the median of the rounds' ratios to the Go
// responder, so what else the machine does spoils rounds and not the figure.
//
// DIR holds echo.mjs and its node_modules; without node or them its rows say "not
// installed". Linux only. With -overload it sends twice what a computing function can
// serve instead, and says how soon refusals come.
package main
