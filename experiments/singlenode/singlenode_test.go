package singlenode

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestBroken(t *testing.T) {
	for name, c := range map[string]struct {
		step load
		want string
	}{
		"well":                {load{p99: 120, bad: 0}, ""},
		"slow":                {load{p99: 260}, "latency"},
		"refused":             {load{bad: 0.1, ends: map[string]uint64{"overloaded": 10}}, "503 overloaded"},
		"a few are no matter": {load{bad: 0.001, ends: map[string]uint64{"overloaded": 1}}, ""},
		"no reply":            {load{bad: 0.1, ends: map[string]uint64{"no-reply": 10}}, "timeout"},
		"crashed":             {load{bad: 0.1, ends: map[string]uint64{"crashed": 10}}, "other failures"},
		"behind":              {load{pending: 0.21}, "pending messages grow"},
		"again":               {load{redelivered: 1}, "redelivery"},
	} {
		require.Equal(t, c.want, broken(c.step), name)
	}
}

func TestSaturated(t *testing.T) {
	require.Equal(t, "the node's processor", saturated(load{node: 0.9}, 1))
	require.Equal(t, "the load generator", saturated(load{node: 0.5, limited: true}, 1))
	require.Equal(t, "the processor of NATS, client and pages", saturated(load{server: 0.5, client: 0.5}, 1))
	require.Equal(t, "the isolates", saturated(load{delay: 80}, 1))
	require.Equal(t, "nothing that was measured", saturated(load{}, 1))
}
