// Isolane runs JavaScript and TypeScript functions that NATS messages trigger, in
// V8 isolates that supervised actors own.
//
//	isolane run --functions DIR       a node
//	isolane invoke NAME [PAYLOAD]     call a function
//	isolane functions ls              what is served, and by whom
//	isolane config                    the configuration, and where each value is from
//	isolane dev DIR                   serve a folder while it is written
//	isolane doctor                    is all there that a node needs
//	isolane init NAME                 a function to begin with
//	isolane test [DIR]                run functions' tests
//	isolane types DIR                 declarations for editors
//	isolane version
//
// This package is flags, output and exit statuses. What a node is made of, in
// which order it starts and stops, is internal/node; the configuration
// internal/config; a call internal/call; a node's answers about itself
// internal/admin.
package main
