package catalog

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
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

// TestDocsAreOfTheirData draws docs/report and docs/recommendations.md anew from the raw data
// that is checked in: every figure, sentence and chart in them is what the data say now.
func TestDocsAreOfTheirData(t *testing.T) {
	const docs = "../../docs"
	drawn := t.TempDir()
	for _, e := range Experiments() {
		data, err := os.ReadFile(filepath.Join(docs, "report", e.Name, lab.DataFile))
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		require.NoError(t, err)
		require.NoError(t, os.MkdirAll(filepath.Join(drawn, "report", e.Name), 0o750))
		require.NoError(t, os.WriteFile(filepath.Join(drawn, "report", e.Name, lab.DataFile), data, 0o600))
	}
	require.NoError(t, lab.Report(filepath.Join(drawn, "report"), filepath.Join(drawn, lab.Recommendations), Experiments()))
	files := 0
	require.NoError(t, filepath.WalkDir(drawn, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(drawn, path)
		require.NoError(t, err)
		if filepath.Ext(name) == ".png" {
			require.FileExists(t, filepath.Join(docs, name))
			return nil // how it is packed is the library's
		}
		want, err := os.ReadFile(path)
		require.NoError(t, err)
		got, err := os.ReadFile(filepath.Join(docs, name))
		require.NoError(t, err)
		if string(want) != string(got) { // a difference of thousands of lines helps nobody
			t.Errorf("docs/%s is not of its data any more: make report-draw", name)
		}
		files++
		return nil
	}))
	require.Greater(t, files, 4)
	// And nothing is there that nobody draws any more.
	require.NoError(t, filepath.WalkDir(filepath.Join(docs, "report"), func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(docs, path)
		require.NoError(t, err)
		require.FileExists(t, filepath.Join(drawn, name), "nothing draws docs/%s any more", name)
		return nil
	}))
}
