package main

import (
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/chaos"
)

// asChaosServer makes the test binary be the NATS server of a chaos scenario.
const asChaosServer = "chaos-nats-server"

// TestChaos lets the short faults happen to real processes under load: the whole of it,
// with partitions and losses, is `make chaos`.
func TestChaos(t *testing.T) {
	self, err := os.Executable()
	require.NoError(t, err)
	var log strings.Builder
	for _, s := range chaos.Scenarios() {
		if !s.Brief {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			cfg := chaos.Config{
				Isolane: []string{self}, Server: []string{self, asChaosServer}, Env: []string{asCommand + "=1"},
				Seed: 1, Rate: 40, Brief: true, Ground: &chaos.Loopback{}, NodeLog: &log,
			}
			t.Logf("seed %d", cfg.Seed)
			results, err := chaos.Run(t.Context(), cfg, []chaos.Scenario{s})
			require.NoError(t, err, "%s", &log)
			var table strings.Builder
			require.NoError(t, chaos.WriteTable(&table, results))
			t.Log("\n" + table.String())
			if len(results[0].Broken) > 0 {
				t.Errorf("a promise is broken; what the members wrote:\n%s", &log)
			}
			log.Reset()
		})
	}
}
