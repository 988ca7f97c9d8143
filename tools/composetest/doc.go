// Composetest loads a cluster in containers, kills one of its nodes meanwhile, and says
// what that cost: what `make compose-test` runs between up and down.
//
//	composetest -project isolane-test -nodes 3 -nats nats://127.0.0.1:14222
//
// It sends calls at a steady rate, whatever the answers do; kills the process of one
// node; counts the calls that failed by what came of them, and by when they were sent;
// and waits until the container is healthy again and every member is alive. It fails
// when a call failed that the killed node cannot have had, or when the cluster does not
// come together again.
//
// A core NATS call that a killed node held is lost: nobody else knows of it. So some
// failures are expected, and are bounded: what was in flight when the node was killed,
// and what was sent before the server saw its connections end.
package main
