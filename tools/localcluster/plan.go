package main

import (
	"fmt"
	"net"
	"strconv"
	"strings"
)

const (
	maxNodes = 50
	// gossipPort is memberlist's own; the remote port is the one above.
	gossipPort = 7946
)

// address is where one node of the cluster listens.
type address struct {
	name           string
	gossip, remote string // host:port
}

// plan gives n nodes their names and addresses. Linux answers on all of 127.0.0.0/8,
// so there every node has the usual ports on an address of its own; elsewhere it has
// ports of its own on 127.0.0.1.
func plan(n int, goos string) []address {
	nodes := make([]address, n)
	for i := range nodes {
		host, port := "127.0.0.1", gossipPort+2*i
		if goos == "linux" {
			host, port = fmt.Sprintf("127.0.0.%d", i+1), gossipPort
		}
		nodes[i] = address{
			name:   fmt.Sprintf("node-%d", i+1),
			gossip: net.JoinHostPort(host, strconv.Itoa(port)),
			remote: net.JoinHostPort(host, strconv.Itoa(port+1)),
		}
	}
	return nodes
}

// arguments are those of `isolane run` for nodes[i], which joins through any other.
func arguments(cfg config, nats string, nodes []address, i int) []string {
	args := []string{
		"run", "--functions", cfg.functions, "--name", nodes[i].name, "--nats", nats,
		"--gossip", nodes[i].gossip, "--remote", nodes[i].remote,
	}
	var seeds []string
	for j, other := range nodes {
		if j != i {
			seeds = append(seeds, other.gossip)
		}
	}
	if len(seeds) > 0 {
		args = append(args, "--join", strings.Join(seeds, ","))
	}
	return append(args, cfg.extra...)
}
