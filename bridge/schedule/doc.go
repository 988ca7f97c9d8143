// Package schedule has functions run at the times of their manifests' schedules, each
// time once in the whole cluster.
//
// It publishes a message for each due time to a stream of its own, and nothing else:
// the triggers of package stream run the function for it, with their acks, further
// deliveries and dead letters. See Trigger.
//
//	s, err := schedule.New(schedule.DefaultConfig(), schedule.Deps{Conn: conn, Ready: assign})
//	s.Set([]schedule.Entry{{Function: "report", Schedule: manifest.Schedule[0]}})
//	...
//	s.Close()
//
// # Once
//
// Every member does this; there is no leader. The subject of a schedule holds what was
// published for it, and the newest message says which time was dealt with last. A
// publish names the message that it takes for the newest, and the server refuses it
// where another is: so of several members that publish one due time, one succeeds, and
// the time and the record of it are one write.
//
// The subjects are, with the function's name and Schedule.ID:
//
//	isolane.schedule.<function>.<id>.due    the messages, with the due time in a header
//	isolane.schedule.<function>.<id>.since  from when on times count
//
// # Which clock
//
// That of the NATS server, asked at each turn, so that the members agree, and none with
// a wrong clock publishes what is not due.
//
// # Threads
//
// A Scheduler has one goroutine. All methods are safe for concurrent use.
package schedule
