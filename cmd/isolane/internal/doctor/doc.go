// Package doctor looks at what a node would need: configuration, NATS, JetStream, clock,
// limits of the system, memory, CPU, ports and disk. Each check is a Finding that says ok, warn
// or fail, and what to do. It changes nothing.
//
// The system is asked through System, so that tests give each answer; NATS is real in them.
package doctor
