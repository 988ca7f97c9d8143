// Clustersim says what a cluster larger than the machine at hand would cost: members in
// one process, each the gossip of a node with its timings and load reports, on a network in
// memory that counts; and the placement that a node computes.
//
//	go run ./tools/clustersim                    10, 100 and 1,000 members, into docs/scale.md
//	go run ./tools/clustersim -sizes 10 -doc ''  ten members, the table alone
//
// For each size it measures, when all know all: the packets and bytes of each member in
// a second while every load changes, and the bytes of an exchange of states; how old the
// load reports are that a member has; the time until every survivor knows of a death, and
// of a tenth dying at once; and the runtimes and identities that these deaths move.
//
// Every interval can be stretched by a factor, so that a large cluster fits on few
// cores; times are divided and rates multiplied by it. The process's own use of the
// processors is printed beside: where it is near to all of them, times are upper bounds.
package main
