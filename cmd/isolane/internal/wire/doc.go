// Package wire turns invocations, turns of keyed functions, and what came of them into the bytes that cross from one member
// to another (proto/isolane/v1), and back. What comes from outside is checked here: a
// decoded Invocation or Result keeps what package function promises of one.
//
// Not for: how the bytes travel (cluster), and who gets them (node).
package wire
