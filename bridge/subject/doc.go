// Package subject holds the grammar of every NATS subject that the bridge
// listens on, parses, builds or replies to.
//
// All of it stands in subject.go, the literal grammar above each function, so
// that one file answers "what may a caller send". The package is pure: no IO, no
// clock, no state, and safe for concurrent use.
//
//	name, rest, err := subject.Parse("fn", "fn.hello.eu.west") // "hello", "eu.west", nil
package subject
