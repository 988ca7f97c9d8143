package record

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func header() Header {
	return Header{Experiment: "echo", Scale: "full", Seed: 1, Points: []string{"a", "b"}, Metrics: []Metric{{Name: "p50", Unit: "ms", Meaning: "x"}}}
}

func TestGoesOnWhereItStopped(t *testing.T) {
	path := filepath.Join(t.TempDir(), "new", "data.jsonl")
	f, _, done, err := Open(path, header())
	require.NoError(t, err)
	require.Empty(t, done)
	require.NoError(t, f.Write(Measurement{Point: "a", Repetition: 1, Metrics: map[string]float64{"p50": 1}}))
	require.NoError(t, f.Write(Measurement{Point: "b", Repetition: 1, Error: "no luck"}))
	require.NoError(t, f.Close())

	// Killed in the middle of a line.
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(text, `{"kind":"measurement","poi`...), 0o600))
	_, all, err := ReadFile(path)
	require.NoError(t, err)
	require.Len(t, all, 2)

	f, _, done, err = Open(path, header())
	require.NoError(t, err)
	require.Len(t, done, 1, "what failed is tried again")
	require.NoError(t, f.Write(Measurement{Point: "b", Repetition: 1, Metrics: map[string]float64{"p50": 2}}))
	require.NoError(t, f.Close())
	_, all, err = ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, []string{"a", "b"}, []string{all[0].Point, all[1].Point})
	require.Empty(t, all[1].Error)
}

func TestRefusesAnotherRun(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data.jsonl")
	f, _, _, err := Open(path, header())
	require.NoError(t, err)
	require.NoError(t, f.Close())
	before, err := os.ReadFile(path)
	require.NoError(t, err)
	for name, change := range map[string]func(*Header){
		"seed":            func(h *Header) { h.Seed = 2 },
		"scale":           func(h *Header) { h.Scale = "quick" },
		"list of points":  func(h *Header) { h.Points = []string{"a"} },
		"version":         func(h *Header) { h.Versions = map[string]string{"isolane": "2"} },
		"processor":       func(h *Header) { h.Machine.CPU = "another" },
		"experiment is e": func(h *Header) { h.Experiment = "other" },
	} {
		h := header()
		change(&h)
		_, _, _, err := Open(path, h)
		require.ErrorIs(t, err, ErrOther, name)
		require.Contains(t, err.Error(), name)
	}
	after, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, after)
}

func TestReadRefuses(t *testing.T) {
	head := `{"kind":"run","format":"` + Format + `"}` + "\n"
	for name, text := range map[string]string{
		"nothing":        "",
		"no line end":    strings.TrimSpace(head),
		"no JSON":        "hello\n",
		"another format": `{"kind":"run","format":"isolane-lab/0"}` + "\n",
		"no measurement": head + `{"kind":"measurement"}` + "\n",
		"torn inside":    head + `{"kind":"meas` + "\n" + `{"kind":"measurement","point":"a","repetition":1}` + "\n",
	} {
		_, _, err := Read(strings.NewReader(text))
		require.ErrorIs(t, err, ErrFormat, name)
	}
}

func FuzzRead(f *testing.F) {
	f.Add([]byte(`{"kind":"run","format":"` + Format + `"}` + "\n" + `{"kind":"measurement","point":"a","repetition":1}` + "\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, list, err := Read(bytes.NewReader(text))
		if err != nil {
			require.ErrorIs(t, err, ErrFormat)
			return
		}
		require.Equal(t, Format, h.Format)
		for _, m := range list {
			require.NotEmpty(t, m.Point)
		}
	})
}
