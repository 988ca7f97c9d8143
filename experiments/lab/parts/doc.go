// Package parts has the programs that the laboratory runs as processes of its own, behind
// "isolane experiment part NAME": the NATS server, the server of pages, and what puts
// another program onto some processors or under a quota. Experiments add their own.
//
// Each runs until its context is done, and prints one line that begins with "ready " when
// it is; package rig starts them.
package parts
