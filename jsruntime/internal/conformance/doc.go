// Package conformance has the tests that every engine of jsruntime must pass: the same
// functions, limits and hostile cases, with the same outcomes. Each is a function of the
// engine, which the engine's own package calls from a test of the same name.
//
//	func TestReplies(t *testing.T) { conformance.Replies(t, engine()) }
//
// What an engine does in another way is said in its Engine, and nowhere else. Loop owns a
// Runtime as an actor would, for tests of one engine too.
package conformance
