// Chaos does to clusters of real processes what must not hurt them, and prints what that
// cost: what `make chaos` runs.
//
//	chaos -isolane ./isolane -seed 7
//	chaos -only kill,freeze -v
//	chaos -list
//	chaos -page docs/chaos.md
//
// As root on Linux, with ip and iptables, everything happens in network namespaces that
// it makes and removes; elsewhere on loopback, without what needs cutting. Its exit status
// is 1 where a promise is broken. SIGINT and SIGTERM end whatever it started. Package
// internal/chaos has the scenarios.
package main
