// Package clustertest is what benchmarks of calls between members measure themselves by.
//
// Not for production.
package clustertest
