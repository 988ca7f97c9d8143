// Package types has the declarations of what functions find, for editors and tsc:
// isolane.d.ts, which "isolane types" writes.
//
// Three texts are in it. isolane.d.ts here is written by hand: the module "isolane", with
// what a function gets as msg and ctx; test.d.ts too: the module "isolane/test". web.d.ts is what of TypeScript's own declarations of
// the Web's APIs the runtime has, and nothing else; npm/pick.mjs makes it (make types) of
// members.json, in which a test writes down what the real runtime has. So the declarations
// name each member that there is, and no other.
package types
