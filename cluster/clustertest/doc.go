// Package clustertest is what tests and benchmarks of members share: what calls between
// members are measured by, and a look for goroutines that are left.
//
// Not for production.
package clustertest
