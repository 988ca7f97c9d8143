// Package tail simulates a long tail of functions on one engine or on two, within a budget
// of memory, with costs that were measured. It is pure: a seed gives the same run each
// time.
//
// Calls come one after another, each of a function that Zipf's law draws. An instance
// that is in memory is warm; one that is not is made, and the least recently used ones
// make room. What is asked for is the processor time that all calls take.
package tail
