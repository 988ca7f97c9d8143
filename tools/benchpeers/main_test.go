package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/experiments/workload"
	"github.com/isolane/isolane/tools/benchpeers/internal/verdict"
)

// asChild makes the test's own binary behave like this program.
const asChild = "BENCHPEERS_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

func TestFlagsAreChecked(t *testing.T) {
	for _, args := range [][]string{
		{"-rounds", "0"},
		{"-each", "1ms"},
		{"-colds", "-1"},
		{"-role", "waiter"},
		{"-what"},
		{"more"},
		{"-peers", "go,java"},
		{"-loads", "echo-2"},
	} {
		require.Error(t, command(t.Context(), args, io.Discard, io.Discard), args)
	}
}

// TestGoIsMeasured runs the comparison with the peers that are always there: every process
// is one, as in a real run.
func TestGoIsMeasured(t *testing.T) {
	t.Setenv(asChild, "yes")
	file := filepath.Join(t.TempDir(), "peers.json")
	var out, log bytes.Buffer
	err := command(t.Context(), []string{
		"-peers", "go,deno", "-rounds", "1", "-each", "400ms", "-colds", "1", "-json", file, "-js", t.TempDir(),
	}, &out, &log)
	require.NoError(t, err, log.String())
	require.Contains(t, out.String(), "| Deno | nothing | not installed: npm has not installed @nats-io/transport-node into")
	require.Contains(t, log.String(), "==> callouts-256: round 1 of 1")
	text, err := os.ReadFile(file)
	require.NoError(t, err)
	var r result
	require.NoError(t, json.Unmarshal(text, &r))
	require.Equal(t, format, r.Format)
	require.Len(t, r.Colds["go"], 1)
	require.Positive(t, r.Colds["go"][0].Reply)
	for _, l := range chosenLoads(config{}) {
		c := r.find("go", l.name)
		require.NotNil(t, c, l.name)
		require.Empty(t, c.Failed)
		require.Len(t, c.Samples, 1)
		for _, s := range c.Samples {
			require.Positive(t, s.CPU)
			require.Positive(t, s.Rate)
			require.Positive(t, s.Peak)
			require.Empty(t, s.failed())
		}
	}
	for _, j := range r.Verdicts {
		require.Equal(t, "not measured", j.Unknown)
	}
}

// TestWhatFailsSaysSo: a peer whose calls do not end as they should has no figure.
func TestWhatFailsSaysSo(t *testing.T) {
	require.Equal(t, "2 of the calls of a round ended as wrong-reply", sample{Ends: map[string]uint64{"ok": 3, "wrong-reply": 2}}.failed())
	t.Setenv(asChild, "yes")
	a, err := open(t.Context(), config{js: t.TempDir()}, os.Stderr)
	require.NoError(t, err)
	defer func() { require.NoError(t, a.close(t.Context())) }()
	conn, err := a.dial(t.Context())
	require.NoError(t, err)
	defer conn.Close()
	gone := peer{key: "gone", name: "Gone", argv: func(*arena, string) ([]string, error) { return []string{"false"}, nil }}
	_, err = a.serve(t.Context(), gone, "gone")
	require.ErrorContains(t, err, "gone ended before it was ready")
	s, err := a.serve(t.Context(), everyPeer()[0], "here")
	require.NoError(t, err)
	defer func() { require.NoError(t, end(t.Context(), s.process)) }()
	r := &result{}
	l := load{name: "echo-16", callers: 2, calls: []call{{
		function: "sort", payload: func(string) []byte { return []byte(`{"n":10}`) },
		check: func([]byte) error { return errEcho },
	}}}
	a.cfg.each = 400 * time.Millisecond
	require.NoError(t, a.rounds(t.Context(), r, conn, []*server{s}, l))
	require.ErrorContains(t, errors.New(r.cell(s.peer, l).Failed), errEcho.Error())
	s.replies["sort"], r = []byte("another one"), &result{}
	require.NoError(t, a.rounds(t.Context(), r, conn, []*server{s}, l))
	require.Contains(t, r.cell(s.peer, l).Failed, "ended as wrong-reply")
}

func TestJudge(t *testing.T) {
	r := &result{Cells: []*cell{
		{Peer: "a", Load: "l", Samples: []sample{{CPU: 1}, {CPU: 2}}},
		{Peer: "b", Load: "l", Samples: []sample{{CPU: 2}, {CPU: 2}}},
		{Peer: "c", Load: "l", Samples: []sample{{CPU: 2}, {CPU: 2}}, Failed: "why"},
	}}
	r.judge([]target{{"a", "b", "l", 1}, {"a", "b", "l", 0.9}, {"a", "b", "l", 0.1}, {"a", "c", "l", 1}, {"a", "d", "l", 1}})
	var words []verdict.Word
	for _, j := range r.Verdicts {
		words = append(words, j.Word)
	}
	require.Equal(t, []verdict.Word{verdict.Met, verdict.Open, verdict.Missed, "", ""}, words)
}

func TestTable(t *testing.T) {
	l := everyLoad()[1]
	ok := []sample{{CPU: 0.5, Rate: 10, P50: 900, P99: 12345, Peak: 3e6, Cores: map[string]float64{"client": 0.1}}}
	r := &result{
		Missing: map[string]string{"deno": "not installed: why"},
		Cells: []*cell{
			{Peer: "go", Load: l.name, Samples: ok},
			{Peer: "node", Load: l.name, Failed: "3 of the calls of a round ended as x|y"},
			{Peer: "isolane", Load: l.name, Samples: ok},
		},
		Colds: map[string][]cold{"go": {{Reply: 5 * time.Millisecond, First: 800 * time.Microsecond}}},
	}
	r.judge(config{}.targets())
	var out bytes.Buffer
	require.NoError(t, r.print(&out))
	for _, line := range []string{
		"| Go | nothing | 10 | 900 us | 12 ms | 0.5000 (0.5000 to 0.5000) | 1.00 | 3 |",
		"| Node | nothing | failed: 3 of the calls of a round ended as x/y | | | | | |",
		"| Deno | nothing | not installed: why | | | | | |",
		"| warm | Deno | echo-16 | – | 1.30 | not measured |",
		"| Go | 5.0 ms | 800 us |",
	} {
		require.Contains(t, out.String(), line+"\n")
	}
}

// TestFamily: what a process started is counted with it.
func TestFamily(t *testing.T) {
	cmd := exec.CommandContext(t.Context(), "sh", "-c", "sleep 60 & wait")
	require.NoError(t, cmd.Start())
	defer func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}()
	require.Eventually(t, func() bool {
		all, err := family(cmd.Process.Pid)
		return err == nil && len(all) == 2
	}, time.Minute, time.Millisecond)
	all, err := family(cmd.Process.Pid)
	require.NoError(t, err)
	defer func() { _ = exec.CommandContext(t.Context(), "kill", "-9", "--", strconv.Itoa(all[1])).Run() }()
	require.NoError(t, forgetPeak(cmd.Process.Pid))
	sum, err := used(cmd.Process.Pid)
	require.NoError(t, err)
	alone, err := used(all[1])
	require.NoError(t, err)
	require.Greater(t, sum.peak, alone.peak)
	_, err = used(1 << 22) // over every process id
	require.Error(t, err)
	require.Error(t, forgetPeak(1<<22))
}

// TestFunctionsForAll: every function is there in each form in which a peer takes it.
func TestFunctionsForAll(t *testing.T) {
	a := &arena{dir: t.TempDir(), cfg: config{js: "js"}}
	a.js = "js"
	require.NoError(t, a.write(t.Context()))
	folder, err := a.folder("context")
	require.NoError(t, err)
	all, err := modules()
	require.NoError(t, err)
	require.Len(t, all, len(workload.Functions())+len(own))
	for name := range all {
		for _, file := range []string{filepath.Join(a.functions, name+".mjs"), filepath.Join(a.functions, name+".script.js"), filepath.Join(folder, name+".js")} {
			require.FileExists(t, file)
		}
		manifest, err := os.ReadFile(filepath.Join(folder, name+".yaml"))
		require.NoError(t, err)
		require.Contains(t, string(manifest), "isolation: context\n")
	}
	files := map[string]string{}
	require.NoError(t, a.forWorkerd(all, files))
	require.Contains(t, files["isolate.capnp"], `embed "workerd-isolate.mjs"`)
	require.Contains(t, files["sources.mjs"], "function sort")
}
