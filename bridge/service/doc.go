// Package service shows a node's functions as a NATS service, after the convention that
// "nats micro" and other stock tools speak (ADR-32 of NATS): it answers PING, INFO and
// STATS. It takes no calls: those go to the bridge, which has one subscription for all
// functions, where the convention's own framework would open another for each.
//
//	$SRV.PING    $SRV.PING.isolane    $SRV.PING.isolane.<id>     who is there
//	$SRV.INFO    ...                                             one endpoint for each function
//	$SRV.STATS   ...                                             and what came of its calls
//
//	s, err := service.Start(ctx, conn, cfg) // cfg.Functions is asked anew for each answer
//	...
//	err = s.Close()
//
// Every node is one instance of the service "isolane", with an id that is new each time the
// node starts. Functions come and go between two answers.
//
// An answer is never over the server's max payload: first what the convention does not ask
// for goes, then the functions that come last by name, and the metadata say what is
// missing (MetaOmitted).
//
// Everything is safe for concurrent use. Answers are made in the goroutines of the
// subscriptions, so that at most nine are made at a time.
package service
