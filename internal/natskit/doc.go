// Package natskit gives tests a NATS server, as a node has it inside: one that can be ended
// and started again on its port and with its data, and connections to it that come back.
//
//	s := natskit.Start(t)
//	js := s.JetStream()
//	s.Restart(time.Second)
//
// Raw is one with options of its own, for users, leaf nodes, clusters and limits. All is ended
// with the test. It is for tests alone.
//
// A Server belongs to the goroutine of its test; what it returns is safe for concurrent use.
package natskit
