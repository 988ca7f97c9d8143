package main

import (
	"bytes"
	"slices"
	"time"

	"github.com/isolane/isolane/experiments/workload"
)

// load is so many callers of some functions, each of whom calls again when it is answered.
type load struct {
	name    string
	callers int
	calls   []call
	// all says that peers that isolate each call take it too.
	all bool
	// optional is left out unless it is asked for.
	optional bool
	// title is what stands over its table.
	title string
}

// call is one kind of call.
type call struct {
	function string
	// payload is what it is sent, check what is to be said of the reply.
	payload func(origin string) []byte
	check   func(reply []byte) error
	// wait is how long what it fetches takes.
	wait time.Duration
}

// echoed is what an echo gets: 64 bytes.
var echoed = bytes.Repeat([]byte("x"), 64)

func echo(function string) []call {
	return []call{{
		function: function,
		payload:  func(string) []byte { return echoed },
		check:    checkEcho,
	}}
}

// everyLoad are the loads in their order.
func everyLoad() []load {
	var mixed, callouts []call
	var alone []load
	for _, f := range workload.Functions() {
		c := call{function: f.Name, payload: f.Payload, check: f.Check, wait: f.Wait}
		mixed = append(mixed, c)
		alone = append(alone, load{
			name: f.Name + "-16", callers: 16, calls: []call{c}, optional: true, title: "The function " + f.Name + " alone, 16 requesters",
		})
		if !f.Computes {
			callouts = append(callouts, c)
		}
	}
	return append([]load{
		{name: "echo-1", callers: 1, calls: echo("echo"), title: "An echo of 64 bytes, 1 requester"},
		{name: "echo-16", callers: 16, calls: echo("echo"), all: true, title: "An echo of 64 bytes, 16 requesters, and isolation for each call"},
		{name: "echo-128", callers: 128, calls: echo("echo"), title: "An echo of 64 bytes, 128 requesters"},
		{name: "echo-async-16", callers: 16, calls: echo("echo-async"), optional: true, title: "An echo that awaits once, 16 requesters"},
		{name: "mixed-64", callers: 64, calls: mixed, title: "Ten functions mixed, 64 requesters"},
		{name: "callouts-256", callers: 256, calls: callouts, title: "Five functions that fetch a page of 0 to 100 ms, 256 requesters"},
	}, alone...)
}

// chosen are the loads that the configuration names.
func chosenLoads(c config) []load {
	return slices.DeleteFunc(everyLoad(), func(l load) bool {
		if len(c.loads) == 0 {
			return l.optional
		}
		return !slices.Contains(c.loads, l.name)
	})
}

func names(loads []load) (all []string) {
	for _, l := range loads {
		all = append(all, l.name)
	}
	return all
}
