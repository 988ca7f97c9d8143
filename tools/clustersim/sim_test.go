package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/clustertest"
)

func TestMain(m *testing.M) { clustertest.VerifyTestMain(m) }

// Ten members, seconds: the same code that make sim runs for a thousand.
func TestTenMembers(t *testing.T) {
	doc := filepath.Join(t.TempDir(), "scale.md")
	require.NoError(t, os.WriteFile(doc, []byte("kept before\n"+begin+"old\n"+end+"kept after\n"), 0o600))
	var out, progress strings.Builder
	require.NoError(t, run(t.Context(), []string{"-sizes", "10", "-window", "1s", "-limit", "2m", "-doc", doc}, &out, &progress))
	text, err := os.ReadFile(doc)
	require.NoError(t, err)
	require.Equal(t, "kept before\n"+begin+"\n"+out.String()+"\n"+end+"kept after\n", string(text))
	for _, plot := range []string{"traffic.svg", "traffic.png", "deaths.svg", "deaths.png"} {
		info, err := os.Stat(filepath.Join(filepath.Dir(doc), "scale", plot))
		require.NoError(t, err)
		require.NotZero(t, info.Size())
	}
}

func TestFigures(t *testing.T) {
	res, err := measure(t.Context(), 10, 1, settings{window: 2e9, limit: 120e9})
	require.NoError(t, err)
	t.Logf("%+v", res)
	require.Positive(t, res.Packets)
	require.Positive(t, res.PacketBytes)
	require.Positive(t, res.StateBytes)
	require.Positive(t, res.AgeMedian)
	require.Zero(t, res.Unheard, "every member heard of every other's load")
	for _, d := range []death{res.One, res.Tenth} {
		require.Equal(t, 1, d.Dead)
		require.Positive(t, d.First)
		require.GreaterOrEqual(t, d.All, d.First)
		require.Contains(t, []int{5, 6, 10, 11}, d.Runtimes, "the share of the member that died: of weight 4 or 2, of 30")
		require.InDelta(t, identities/10, d.Identities, identities/10)
	}
}

func TestSizes(t *testing.T) {
	n, stretch, err := size(" 100:2.5")
	require.NoError(t, err)
	require.Equal(t, 100, n)
	require.InDelta(t, 2.5, stretch, 0)
	for _, bad := range []string{"", "3", "x", "10:", "10:0.5", "100000", "10:1:1"} {
		_, _, err := size(bad)
		require.ErrorContains(t, err, "as in 100:2", bad)
	}
}
