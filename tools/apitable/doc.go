// Command apitable runs an entry for each part of the WinterTC Minimum Common Web Platform
// API (ECMA-429) in a function of the real runtime, in V8 and in QuickJS, and writes the table of
// docs/functions.md of what came of it.
//
//	go run ./tools/apitable -write    # docs/functions.md anew
//
// The package's test fails where an entry fails that is not said to, where one works that
// is said not to, and where the page is not what the program writes.
package main
