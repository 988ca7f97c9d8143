// Command wpt runs web-platform-tests, unmodified, in functions of the real runtime, and
// tells how many passed, failed, and do not apply. It does so beside Deno where -deno names
// its binary.
//
//	WPT_DIR=../wpt go run ./tools/wpt              # the table of all groups
//	WPT_DIR=../wpt go run ./tools/wpt -v streams   # and what failed, with the reason
//	WPT_DIR=../wpt go run ./tools/wpt -write       # expect.json anew
//	WPT_DIR=../node/test/fixtures/wpt:../wpt ...   # each group of the first that has it
//
// WPT_DIR is a checkout of web-platform-tests. What runs is each .any.js of a group, with
// the scripts and variants that it names, and each .html whose scripts alone make the test
// (older checkouts have many as such). A file applies unless it needs what a function has
// not on purpose: a document, workers, the test suite's own server. The harness is the
// checkout's; it believes to be in a shell.
//
// expect.json has what is known to fail. The package's test compares with it where WPT_DIR
// is set, and fails where a test fails that did not; it is of one state of the checkout.
package main
