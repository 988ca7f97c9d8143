package engines

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/jsruntime/function"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Both engines compute the same, and SHA-256 is that of the standard's library.
func TestKernels(t *testing.T) {
	require.GreaterOrEqual(t, len(Kernels()), 10)
	h, err := newHost(64)
	require.NoError(t, err)
	defer func() { require.NoError(t, h.close()) }()
	for _, name := range Kernels() {
		said := map[function.Engine]string{}
		for _, engine := range []function.Engine{function.EngineV8, function.EngineQuickJS} {
			fn, err := kernel(t.Context(), name, name, manifest(engine, function.Warm))
			require.NoError(t, err)
			_, cold, body, err := h.call(fn)
			require.NoError(t, err, name)
			require.True(t, cold)
			require.NotEmpty(t, body)
			said[engine] = body
		}
		require.Equal(t, said[function.EngineV8], said[function.EngineQuickJS], name)
		if name == "sha256" {
			require.Equal(t, shaOfKernel(), said[function.EngineV8])
		}
	}
}

func TestEvenAgainstAdding(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) time.Duration { return time.Duration(rapid.IntRange(1, 2000).Draw(t, name)) }
		firstHeavy, warmHeavy, firstLight, warmLight := draw("a"), draw("b"), draw("c"), draw("d")
		calls, spent, ok := Even(firstHeavy, warmHeavy, firstLight, warmLight)
		ofHeavy, ofLight, n := firstHeavy, firstLight, 1
		for ; ofHeavy > ofLight && n < 5000; n++ {
			ofHeavy, ofLight = ofHeavy+warmHeavy, ofLight+warmLight
		}
		switch {
		case ofHeavy > ofLight:
			if ok {
				t.Fatal("it never is")
			}
		case n == 1:
			if calls != 0 {
				t.Fatalf("it is from the first on, not after %v", calls)
			}
		case calls != float64(n) || spent != ofLight:
			t.Fatalf("after %v calls and %v, want %d and %v", calls, spent, n, ofLight)
		}
	})
}

func TestExperiment(t *testing.T) {
	e := Experiment()
	require.NoError(t, e.Validate())
	for _, c := range claims(nil) {
		require.NoError(t, c.Validate())
	}
	for _, p := range points(lab.Smoke) {
		if p.Word("kind") == "kernel" && p.Word("name") != "handler" {
			continue
		}
		took, err := run(t.Context(), &lab.Bench{Scale: lab.Smoke, Seed: 1}, p)
		require.NoError(t, err, p.ID)
		require.NotEmpty(t, took.Metrics)
	}
}

// Another build measures the original binding: what it prints is taken over, where it has
// another V8; without one the cell says so.
func TestOriginal(t *testing.T) {
	var out bytes.Buffer
	require.NoError(t, measureAlone(t.Context(), []string{"-kind", "start", "-what", ofContext, "-scale", "smoke"}, &out, io.Discard))
	var m measured
	require.NoError(t, json.Unmarshal(out.Bytes(), &m))
	require.NotEmpty(t, m.V8)
	require.Positive(t, m.Metrics["first"])
	require.ErrorContains(t, measureAlone(t.Context(), []string{"-kind", original}, io.Discard, io.Discard), "use start")

	p := lab.Point{ID: "original/start/v8-context", Params: lab.Params{"kind": original, "of": "start", "what": ofContext, "name": ""}}
	took, err := run(t.Context(), &lab.Bench{Scale: lab.Smoke}, p)
	require.NoError(t, err)
	require.Equal(t, notInstalled, took.Cells[0].Value)
	require.Empty(t, took.Metrics)

	other := func(says string) string {
		path := filepath.Join(t.TempDir(), "isolane")
		require.NoError(t, os.WriteFile(path, []byte("#!/bin/sh\n"+says+"\n"), 0o700))
		return path
	}
	took, err = run(t.Context(), &lab.Bench{Scale: lab.Smoke, Rogchap: other(`echo '{"v8":"1.2","metrics":{"first":3}}'`)}, p)
	require.NoError(t, err)
	require.InDelta(t, 3, took.Metrics["first"], 0)
	require.Equal(t, "1.2", took.Cells[0].Value)
	for says, want := range map[string]string{"exit 3": "exit status 3", "echo so": "says", `echo '{"v8":"` + m.V8 + `"}'`: "-tags rogchap"} {
		_, err = run(t.Context(), &lab.Bench{Scale: lab.Smoke, Rogchap: other(says)}, p)
		require.ErrorContains(t, err, want)
	}
}
