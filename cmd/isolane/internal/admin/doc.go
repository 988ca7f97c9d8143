// Package admin lets a node answer questions about itself over NATS, and asks them.
// What it tells, anybody who may use the subjects can read; and he may have a node drain,
// and change the gossip's keys, which travel in the request: a NATS server that strangers
// can reach needs permissions on isolane.>, and TLS.
//
//	isolane.<TOPIC>               every node answers
//	isolane.node.<NODE>.<TOPIC>   the node of that name answers
//
//	functions   Report     what is served
//	members     View       who is in the cluster, as that node sees it
//	runtimes    Runtimes   the node's isolates
//	health      Health     whether it serves, and what is not ready
//	drain       Begun      has the node finish and end; of one node only
//	scale       Scaled     changes how many runtimes the node has; of one node only
//	keys        Keys       the key ring of its gossip, read or changed
//	profile     Profiled   where a function spends its time; of one node only
//	logs        Lines      the newest lines that functions printed
//	recent      Recent     what was seen of a function in the last ten minutes
//
// Answers are JSON. A Responder runs on its subscriptions' own goroutines and is safe for
// concurrent use.
//
//	responder, err := admin.Answer(conn, admin.Node{Name: "node-1", Functions: ...})
//	reports, err := admin.Ask[admin.Report](ctx, conn, admin.Functions, "", nil)
package admin
