// Package monitor is the terminal view of isolane top: members, runtimes and functions of a
// cluster, one table at a time.
//
//	state := monitor.New("nats://127.0.0.1:4222")
//	state.Apply(snapshot)              // what the nodes said
//	state.Press("/")                   // what a key does
//	text := state.Screen(80, 24, look) // what is shown
//
// State is pure: it knows no clock, no terminal and no NATS, so that each key can be tested.
// Program gives it all three, with Bubble Tea. Only the rows that fit are made into text, so
// a thousand functions cost little more than ten. Whatever nodes say is shown without control
// characters: it cannot change the terminal.
//
// A State belongs to one goroutine.
package monitor
