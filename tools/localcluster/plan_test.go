package main

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestPlan(t *testing.T) {
	require.Equal(t, []address{
		{"node-1", "127.0.0.1:7946", "127.0.0.1:7947"},
		{"node-2", "127.0.0.2:7946", "127.0.0.2:7947"},
	}, plan(2, "linux"))
	require.Equal(t, []address{
		{"node-1", "127.0.0.1:7946", "127.0.0.1:7947"},
		{"node-2", "127.0.0.1:7948", "127.0.0.1:7949"},
	}, plan(2, "darwin"))
	seen := make(map[string]bool)
	for _, goos := range []string{"linux", "darwin"} {
		clear(seen)
		for _, node := range plan(maxNodes, goos) {
			require.False(t, seen[node.gossip] || seen[node.remote] || seen[node.name], "%s: %v", goos, node)
			seen[node.gossip], seen[node.remote], seen[node.name] = true, true, true
		}
	}
}

func TestNodesJoinTheOthers(t *testing.T) {
	nodes := plan(3, "linux")
	args := strings.Join(arguments(config{functions: "f", extra: []string{"--runtimes", "1"}}, "nats://n", nodes, 1), " ")
	require.Equal(t, "run --functions f --name node-2 --nats nats://n --gossip 127.0.0.2:7946 --remote 127.0.0.2:7947 "+
		"--join 127.0.0.1:7946,127.0.0.3:7946 --runtimes 1", args)
}

func TestFlagsAreChecked(t *testing.T) {
	for name, test := range map[string]struct {
		args []string
		want string
	}{
		"no nodes":     {[]string{"-n", "0"}, "-n 0: choose 1 to 50"},
		"too many":     {[]string{"-n", "51"}, "-n 51: choose 1 to 50"},
		"no binary":    {[]string{"-isolane", "none"}, "-isolane none is no program: run make build"},
		"no functions": {[]string{"-functions", "none"}, "-functions none is no folder"},
		"no grace":     {[]string{"-grace", "0s"}, "-grace 0s: choose more than 0"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			err := command(test.args, &out, &out)
			require.ErrorIs(t, err, errUsage)
			require.ErrorContains(t, err, test.want)
		})
	}
}
