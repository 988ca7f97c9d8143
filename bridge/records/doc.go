// Package records keeps the records of runs (package tape) in a key-value bucket, by the message
// that was run and the function that ran it: the last run of each. Records go after a week, and
// the bucket takes no more where it is full.
//
// A Store is safe for concurrent use, asks the server nothing before it is used, and needs no
// closing.
package records
