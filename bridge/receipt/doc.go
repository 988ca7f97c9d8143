// Package receipt is the grammar of the header Isolane-Receipt: what an invocation used, and
// where it ran, on one line of a reply or a dead letter.
//
//	queued=38, wall=1250, cpu=410, io=800, heap=3145728, cold=?0, node="a", runtime=1, version="4f1c09", attempts=1
//
// It is a dictionary of Structured Fields for HTTP (RFC 9651), so that there are parsers for
// it. Times are whole microseconds, heap is in bytes. What is not known is left out: wall,
// cpu, io, cold and runtime where no JavaScript ran, heap where nobody looked. The keys come
// in this order, and a reader takes others that may be added.
//
// One header instead of one for each value: each costs sender, server and receiver more than
// what is in it (docs/benchmarks.md).
//
// Everything is pure and safe for concurrent use.
package receipt
