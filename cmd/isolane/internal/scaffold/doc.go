// Package scaffold writes a function to begin with: module, manifest and test, from files/,
// and what editors want beside it. It never writes over what is there.
package scaffold
