package catalog

import (
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// TestExperimentsAreWellMade: names, points, metrics; each claim is valid, rests on points
// and metrics that are there, and says so where nothing was measured; charts, tables and
// claims bear a run without data.
func TestExperimentsAreWellMade(t *testing.T) {
	names := map[string]bool{}
	for _, e := range Experiments() {
		require.NoError(t, e.Validate())
		require.False(t, names[e.Name], e.Name)
		names[e.Name] = true
		require.Positive(t, e.Length, e.Name)
		for _, scale := range []lab.Scale{lab.Full, lab.Quick, lab.Smoke} {
			header := record.Header{Experiment: e.Name, Scale: string(scale), Metrics: e.Metrics}
			for _, p := range e.Points(scale) {
				header.Points = append(header.Points, p.ID)
			}
			r := lab.NewResults(e, header, nil)
			if e.Charts != nil {
				e.Charts(r)
			}
			if e.Tables != nil {
				e.Tables(r)
			}
			if e.Claims == nil {
				continue
			}
			claims := map[string]bool{}
			for _, c := range e.Claims(r) {
				require.NoError(t, c.Validate())
				require.False(t, claims[c.Name], c.Name)
				claims[c.Name] = true
				require.Contains(t, r.Judge(c).Text, "was not measured")
				for name, f := range c.Figures {
					_, ok := r.Metric(f.Metric)
					require.True(t, ok, "%s %s: figure %s has no metric %s", e.Name, c.Name, name, f.Metric)
					if scale == lab.Full && e.Derive == nil {
						require.Contains(t, header.Points, f.Point, "%s %s: figure %s", e.Name, c.Name, name)
					}
				}
			}
		}
	}
}

func TestPartsHaveNamesOfTheirOwn(t *testing.T) {
	names := map[string]bool{}
	for _, p := range Parts() {
		require.False(t, names[p.Name], p.Name)
		names[p.Name] = true
	}
}
