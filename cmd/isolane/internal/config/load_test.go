package config_test

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

// load writes text as isolane.yaml and loads it with the other sources.
func load(t *testing.T, text string, src config.Sources) (*config.Loaded, error) {
	t.Helper()
	t.Chdir(t.TempDir())
	if text != "" {
		require.NoError(t, os.WriteFile("isolane.yaml", []byte(text), 0o600))
	}
	if src.Hostname == "" {
		src.Hostname = "host"
	}
	return config.Load(src)
}

func TestLoadMerges(t *testing.T) {
	const file = `
node: {name: from-file}
data: /file
runtimes:
  count: 2
limits: {heap: 64MiB, wall: 10s}
env: {GREETING: hi, BOTH: file}
grace: 5s
`
	loaded, err := load(t, file, config.Sources{
		Environ: []string{"ISOLANE_DATA=/env", "ISOLANE_RUNTIMES_COUNT=3", "ISOLANE_GRACE=", "ISOLANE_ENV_BOTH=env", "HOME=/"},
		Flags:   map[string]string{"runtimes": "4", "log-level": "debug"},
	})
	require.NoError(t, err)
	c := loaded.Config

	want := config.DefaultConfig()
	want.Node.Name = "from-file"
	want.Data = "/env"
	want.NATS.Listen = config.DefaultListen
	want.Runtimes.Count = 4
	want.Limits.Heap = 64 * function.MiB
	want.Limits.Wall = 10 * time.Second
	want.Env = map[string]string{"GREETING": "hi", "BOTH": "env"}
	want.Log.Level = "debug"
	want.Grace = 5 * time.Second
	require.Equal(t, want, c)
	require.Equal(t, "isolane.yaml", loaded.File)
	require.Empty(t, loaded.Warnings)

	origins := map[string]string{
		"node.name":      "isolane.yaml:2:14",
		"data":           "environment ISOLANE_DATA",
		"runtimes.count": "flag --runtimes",
		"limits.heap":    "isolane.yaml:6:16",
		"limits.cpu":     "default",
		"log.level":      "flag --log-level",
		"env.GREETING":   "isolane.yaml:7:17",
		"env.BOTH":       "environment ISOLANE_ENV_BOTH",
		"grace":          "isolane.yaml:8:8",
	}
	for key, origin := range origins {
		require.Equal(t, origin, loaded.Origins[key].String(), key)
	}
}

func TestLoadWithoutAnything(t *testing.T) {
	loaded, err := load(t, "", config.Sources{Hostname: "web 1.example.org"})
	require.NoError(t, err)
	require.Equal(t, "web-1-example-org", loaded.Config.Node.Name)
	require.Equal(t, config.DefaultListen, loaded.Config.NATS.Listen)
	require.True(t, loaded.Config.Embedded())
	require.Positive(t, loaded.Config.RuntimeCount())
	require.Empty(t, loaded.File)
}

func TestLoadNamedFileMustExist(t *testing.T) {
	missing := filepath.Join(t.TempDir(), "no.yaml")
	_, err := config.Load(config.Sources{File: missing})
	require.ErrorIs(t, err, os.ErrNotExist)
	require.ErrorContains(t, err, missing)
}

func TestDefaultsGiveWayToWhatWasSaid(t *testing.T) {
	for name, tc := range map[string]struct {
		file string
		key  string
		want string
		got  func(config.Config) any
	}{
		"short wall": {"limits: {wall: 200ms}", "limits.cpu", "default: as limits.wall", func(c config.Config) any { return c.Limits.CPU == 200*time.Millisecond }},
		"long cpu":   {"limits: {cpu: 2m}", "limits.wall", "default: as limits.cpu", func(c config.Config) any { return c.Limits.Wall == 2*time.Minute }},
		"many":       {"limits: {inflight: 5000}", "runtimes.maxInflight", "default: as limits.inflight", func(c config.Config) any { return c.Runtimes.MaxInflight == 5000 }},
		"large":      {"runtimes: {count: 50}", "runtimes.maxStuck", "default: twice runtimes.count", func(c config.Config) any { return c.Runtimes.MaxStuck == 100 }},
		"few":        {"runtimes: {maxInflight: 5}", "limits.inflight", "default: as runtimes.maxInflight", func(c config.Config) any { return c.Limits.Inflight == 5 }},
	} {
		t.Run(name, func(t *testing.T) {
			loaded, err := load(t, tc.file, config.Sources{})
			require.NoError(t, err)
			require.Equal(t, tc.want, loaded.Origins[tc.key].String())
			require.Equal(t, true, tc.got(loaded.Config))
		})
	}
}

// TestLoadReportsEverything is the promise of the package: all that is wrong, at
// once, each with its place.
func TestLoadReportsEverything(t *testing.T) {
	const file = `node: {nme: a}
nats:
  url: http://localhost
  listen: 127.0.0.1:4222
  user: ada
  token: t
limits:
  wall: 30
  cpu: 2m
  heap: 128MB
  heap: 64MiB
runtimes: {count: many, queue: -1}
log: {level: loud}
`
	_, err := load(t, file, config.Sources{
		Environ: []string{"ISOLANE_GRACE=soon", "ISOLANE_LIMITS_TIMERS=0"},
		Flags:   map[string]string{"name": "a.b", "nats-tls-key": "k.pem"},
	})
	var invalid *config.Error
	require.ErrorAs(t, err, &invalid)
	require.ErrorIs(t, err, config.ErrInvalid)
	got := make([]string, 0, len(invalid.Faults))
	for _, f := range invalid.Faults {
		got = append(got, f.String())
	}
	text := strings.Join(got, "\n")
	for _, want := range []string{
		`isolane.yaml:1:8: unknown key "node.nme": did you mean node.name?`,
		`isolane.yaml:8:9: limits.wall: "30" has no unit: write for instance 30s or 30ms`,
		`isolane.yaml:11:3: limits.heap: given twice, first on line 10`,
		`isolane.yaml:12:19: runtimes.count: want a whole number, found the string "many"`,
		`isolane.yaml:10:9: limits.heap: `,
		`ISOLANE_GRACE: grace: "soon" is not a duration: write for instance 500ms, 30s, 5m or 1h`,
		`isolane.yaml:3:8: nats.url: http://localhost: the scheme must be nats, tls, ws or wss`,
		`isolane.yaml:3:8: nats.url: contradicts nats.listen: the node uses a NATS server or runs one; keep one of the two (nats.listen: isolane.yaml:4:11)`,
		`isolane.yaml:5:9: nats.user: nats.user, nats.token exclude one another: keep one (nats.token: isolane.yaml:6:10)`,
		`isolane.yaml:12:32: runtimes.queue: is -1, must be 1 to 1048576`,
		`isolane.yaml:13:14: log.level: "loud": choose debug, info, warn or error`,
		`ISOLANE_LIMITS_TIMERS: limits.timers: is 0, must be 1 to 1048576`,
		`--name: node.name: "a.b": use letters, digits, - and _: the name is part of NATS subjects`,
		`--nats-tls-key: nats.tls.key: nats.tls.cert and nats.tls.key go together: give both or none`,
	} {
		require.Contains(t, text, want)
	}
	require.Len(t, got, 14, text)
}

func TestLoadWarns(t *testing.T) {
	for name, tc := range map[string]struct {
		src  config.Sources
		want string
	}{
		"open server":      {config.Sources{Flags: map[string]string{"nats-listen": "0.0.0.0:4222"}}, "open to other machines"},
		"every interface":  {config.Sources{Flags: map[string]string{"nats-listen": ":4222"}}, "open to other machines"},
		"secret in a flag": {config.Sources{Flags: map[string]string{"nats": "nats://h", "nats-token": "s"}}, "--nats-token shows in the process list: use ISOLANE_NATS_TOKEN"},
		"typing error":     {config.Sources{Environ: []string{"ISOLANE_RUNTIME_COUNT=3"}}, "did you mean ISOLANE_RUNTIMES_COUNT?"},
	} {
		t.Run(name, func(t *testing.T) {
			loaded, err := load(t, "", tc.src)
			require.NoError(t, err)
			require.Len(t, loaded.Warnings, 1)
			require.Contains(t, loaded.Warnings[0], tc.want)
		})
	}
}

func TestEmptyFlagTakesBack(t *testing.T) {
	loaded, err := load(t, "nats: {url: nats://away}", config.Sources{Flags: map[string]string{"nats": ""}})
	require.NoError(t, err)
	require.True(t, loaded.Config.Embedded())
}

func TestErrorSurvivesWrapping(t *testing.T) {
	_, err := load(t, "x: 1", config.Sources{})
	require.ErrorIs(t, errors.Join(errors.New("other"), err), config.ErrInvalid)
}
