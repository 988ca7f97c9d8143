package admin_test

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// What is told of durations is what was counted.
func TestDurationsRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var c latency.Counts
		for _, us := range rapid.SliceOfN(rapid.Int64Range(0, 200_000_000), 0, 40).Draw(t, "us") {
			c.Observe(time.Duration(us) * time.Microsecond)
		}
		text, err := json.Marshal(admin.DurationsOf(&c))
		require.NoError(t, err)
		var told *admin.Durations
		require.NoError(t, json.Unmarshal(text, &told))
		var back latency.Counts
		told.Add(&back)
		require.Equal(t, c, back)
	})
	require.Nil(t, admin.DurationsOf(nil))
}

// An answer of another version, or of somebody else, does no harm.
func TestDurationsOfAnotherVersion(t *testing.T) {
	for _, d := range []*admin.Durations{
		nil, {}, {From: -3, Counts: []uint64{1, 1, 1, 7}}, {From: latency.Buckets - 1, Counts: []uint64{7, 1, 1}}, {From: 1 << 40, Counts: []uint64{1}},
	} {
		var c latency.Counts
		d.Add(&c)
		require.LessOrEqual(t, c.Total(), uint64(7))
	}
}
