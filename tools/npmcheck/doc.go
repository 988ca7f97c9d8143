// Command npmcheck runs npm packages that people use in functions of the real runtime, and
// prints how large each bundle is and what its first call costs: a function that uses no
// package stands first, to compare with. `make npm-check` installs the packages.
//
//	go run ./tools/npmcheck
//
// The package's test runs each function and looks at what it answers.
package main
