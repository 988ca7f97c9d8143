// Localcluster runs a cluster of nodes on this machine, without Docker: what
// `make cluster` starts.
//
//	localcluster -n 3 -isolane ./isolane -functions examples
//	localcluster -n 5 -- --runtimes 1 --log-level debug
//
// Each node is a process of its own, of the binary that -isolane names, and is told
// everything by the flags of `isolane run`; what stands behind -- goes to every node.
// On Linux node i listens on 127.0.0.i, ports 7946 (gossip) and 7947 (remote); where
// only 127.0.0.1 is a local address, each node has ports of its own.
//
// The NATS server is inside this program, not inside the first node: so every node is
// like the others, and killing any of them leaves the server alone.
//
// A node that ends is started again, at once after a first fault and later up to
// fifteen seconds after; one that ends before it was ever ready ends the cluster with
// what it said. SIGINT and SIGTERM drain all nodes, then the server; a second one
// kills them. Nodes are process groups of their own, so Ctrl-C reaches them through
// this program alone; on Linux they die with it, however it ends.
package main
