// Package route decides, on a node of a cluster, where an invocation runs: here, on the
// peer with room, or where the function has its one isolate. It joins what actors and
// cluster know without either knowing the other.
//
//	bridge -> Router.Submit      dedicated function: to its grain, wherever that is
//	                             any other: Pool.Submit
//	Pool   -> Router.Overflow    the queue is long here: to a peer with room
//	peer   -> Router.Serve       runs here and nowhere else: at most one hop
//	stream -> Router.Owner       which member runs a key of a keyed function
//	          Router.Turn        has it run a message of that key
//	peer   -> Router.ServeTurn   runs it here, with the state of the key
//
// Every invocation gets exactly one result. What surely never ran on the peer runs here;
// what may have run is answered crashed, or run again where the function is idempotent.
//
// Not for: how bytes travel (cluster), what they look like (wire), who has how many
// runtimes (node).
package route
