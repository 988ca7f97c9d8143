package doctor

import (
	"context"
	"errors"
	"net"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/jsruntime/function"
)

var errNone = errors.New("it does not tell")

// one checks that a finding says what it should, and that only what is not ok has advice.
func one(t *testing.T, want Status, advice string, got Finding) {
	t.Helper()
	require.Equal(t, want, got.Status, "%+v", got)
	require.NotEmpty(t, got.Check)
	require.NotEmpty(t, got.Found)
	require.Contains(t, got.Advice, advice)
	require.Equal(t, want == OK, got.Advice == "", "%+v", got)
}

func TestFiles(t *testing.T) {
	for name, tc := range map[string]struct {
		soft, hard uint64
		err        error
		want       Status
		advice     string
	}{
		"many": {20000, 20000, nil, OK, ""}, "some": {4096, 1 << 20, nil, Warn, "ulimit -n"}, "few": {256, 1 << 20, nil, Fail, "ulimit -n"},
		"fixed": {1024, 1024, nil, Warn, "hard limit is 1024"}, "unknown": {0, 0, errNone, Warn, "thousands"},
	} {
		t.Run(name, func(t *testing.T) {
			d := Doctor{System: System{OpenFiles: func() (uint64, uint64, error) { return tc.soft, tc.hard, tc.err }}}
			one(t, tc.want, tc.advice, d.files())
		})
	}
}

func TestMemory(t *testing.T) {
	for name, tc := range map[string]struct {
		there  uint64
		err    error
		want   Status
		advice string
	}{
		"enough": {4 << 30, nil, OK, ""}, "for one": {1 << 30, nil, Warn, "--runtimes"}, "for none": {400 << 20, nil, Fail, "limits.heap"}, "unknown": {0, errNone, Warn, "room"},
	} {
		t.Run(name, func(t *testing.T) {
			c := config.DefaultConfig()
			c.Runtimes.Count, c.Limits.Heap, c.Limits.Buffers = 8, 128*function.MiB, 64*function.MiB
			d := Doctor{System: System{Memory: func() (uint64, error) { return tc.there, tc.err }}}
			one(t, tc.want, tc.advice, d.memory(c))
		})
	}
}

func TestCPU(t *testing.T) {
	for name, tc := range map[string]struct {
		cpus     float64
		runtimes int
		want     Status
		advice   string
	}{
		"each": {4, 4, OK, ""}, "a few more": {2, 4, OK, ""}, "too many": {2, 16, Warn, "--runtimes 2"}, "too few": {16, 2, Warn, "--runtimes 16"},
		"a shred": {0.2, 1, Warn, "give it a CPU"}, "one of a part": {0.5, 1, OK, ""},
	} {
		t.Run(name, func(t *testing.T) {
			c := config.DefaultConfig()
			c.Runtimes.Count = tc.runtimes
			d := Doctor{System: System{CPUs: func() float64 { return tc.cpus }}}
			one(t, tc.want, tc.advice, d.cpu(c))
		})
	}
}

func TestPorts(t *testing.T) {
	var lc net.ListenConfig
	l, err := lc.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer l.Close() //nolint:errcheck // the test is over
	c := config.DefaultConfig()
	c.NATS.Listen, c.HTTP.Listen = l.Addr().String(), ""
	free := Doctor{System: System{Listen: func(context.Context, string) error { return nil }}}
	for name, tc := range map[string]struct {
		d      Doctor
		want   Status
		advice string
	}{
		"free": {free, OK, ""}, "taken": {Doctor{System: System{Listen: listen}}, Fail, "--running"},
		"taken by the node": {Doctor{System: System{Listen: listen}, Running: true}, OK, ""}, "not taken by the node": {Doctor{System: free.System, Running: true}, Fail, "start it"},
	} {
		t.Run(name, func(t *testing.T) {
			findings := tc.d.ports(t.Context(), c)
			require.Len(t, findings, 1)
			one(t, tc.want, tc.advice, findings[0])
		})
	}
	c.NATS.Listen, c.HTTP.Listen, c.Cluster.Gossip, c.Cluster.Remote = "127.0.0.1:0", "127.0.0.1:8484", "127.0.0.1:7946", "127.0.0.1:7947"
	require.Len(t, free.ports(t.Context(), c), 3)
	c.NATS.URL, c.NATS.Listen, c.HTTP.Listen, c.Cluster.Gossip = "nats://h", "", config.HTTPOff, ""
	require.Empty(t, free.ports(t.Context(), c))
}

func TestDisk(t *testing.T) {
	c := config.DefaultConfig()
	for name, tc := range map[string]struct {
		free   uint64
		err    error
		want   Status
		advice string
	}{
		"enough": {10 << 30, nil, OK, ""}, "little": {500 << 20, nil, Warn, "make room"}, "none": {1 << 20, nil, Fail, "--data"}, "not writable": {0, errNone, Fail, "--data"},
	} {
		t.Run(name, func(t *testing.T) {
			d := Doctor{System: System{Disk: func(string) (uint64, error) { return tc.free, tc.err }}}
			findings := d.disk(c)
			require.Len(t, findings, 1)
			one(t, tc.want, tc.advice, findings[0])
		})
	}
	c.NATS.URL = "nats://h"
	require.Empty(t, (&Doctor{}).disk(c), "the server is elsewhere")
}

// TestThisSystem asks the machine at hand.
func TestThisSystem(t *testing.T) {
	s := ThisSystem()
	soft, hard, err := s.OpenFiles()
	require.NoError(t, err)
	require.LessOrEqual(t, soft, hard)
	require.Positive(t, s.CPUs())
	dir := t.TempDir()
	free, err := s.Disk(filepath.Join(dir, "not", "there", "yet"))
	require.NoError(t, err)
	require.Positive(t, free)
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	_, err = s.Disk(file)
	require.ErrorContains(t, err, "no folder")
	require.Error(t, s.Listen(t.Context(), "no address"))

	require.NoError(t, os.WriteFile(filepath.Join(dir, "meminfo"), []byte("MemFree: 1 kB\nMemTotal:       1048576 kB\n"), 0o600))
	all, err := memory(dir, filepath.Join(dir, "meminfo"))
	require.NoError(t, err)
	require.Equal(t, uint64(1<<30), all)
	require.NoError(t, os.WriteFile(filepath.Join(dir, "memory.max"), []byte("268435456\n"), 0o600))
	all, err = memory(dir, filepath.Join(dir, "meminfo"))
	require.NoError(t, err)
	require.Equal(t, uint64(256<<20), all)
	_, err = memory("none", "none")
	require.ErrorIs(t, err, errUnknown)
}

func TestFolder(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "file")
	require.NoError(t, os.WriteFile(file, nil, 0o600))
	one(t, OK, "", folder(config.Config{Functions: dir}))
	one(t, OK, "", folder(config.Config{}))
	one(t, Warn, "isolane init", folder(config.Config{Functions: filepath.Join(dir, "none")}))
	one(t, Fail, "--functions", folder(config.Config{Functions: file}))
}

func TestSettings(t *testing.T) {
	loaded, err := config.Load(config.Sources{NoFile: true})
	require.NoError(t, err)
	one(t, OK, "", settings(loaded, nil)[0])
	loaded.Warnings = []string{"looks odd"}
	one(t, Warn, "isolane config", settings(loaded, nil)[0])
	_, err = config.Load(config.Sources{NoFile: true, Flags: map[string]string{"runtimes": "-1"}})
	require.Error(t, err)
	one(t, Fail, "isolane config", settings(loaded, err)[0])
}

func TestWorst(t *testing.T) {
	require.Equal(t, OK, Worst(nil))
	require.Equal(t, OK, Worst([]Finding{{Status: OK}}))
	require.Equal(t, Warn, Worst([]Finding{{Status: Warn}, {Status: OK}}))
	require.Equal(t, Fail, Worst([]Finding{{Status: Fail}, {Status: Warn}}))
}
