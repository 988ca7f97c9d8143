package quota

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestParse(t *testing.T) {
	for name, c := range map[string]struct {
		text string
		want Stat
	}{
		"version 1": {"nr_periods 10\nnr_throttled 4\nthrottled_time 5000\n", Stat{10, 4, 5 * time.Microsecond}},
		"version 2": {"usage_usec 7\nnr_periods 10\nnr_throttled 4\nthrottled_usec 5\n", Stat{10, 4, 5 * time.Microsecond}},
		"empty":     {"", Stat{}},
	} {
		got, err := parse(c.text)
		require.NoError(t, err, name)
		require.Equal(t, c.want, got, name)
	}
	for _, text := range []string{"nr_periods", "nr_periods x", "nr_periods 99999999999999999999"} {
		_, err := parse(text)
		require.Error(t, err, text)
	}
}

func TestGroup(t *testing.T) {
	for _, second := range []bool{false, true} {
		root := t.TempDir()
		require.NoError(t, os.Mkdir(filepath.Join(root, "cpu"), 0o750))
		if second {
			require.NoError(t, os.WriteFile(filepath.Join(root, "cgroup.controllers"), []byte("cpu"), 0o600))
		}
		g, err := newIn(root, "n", 0.5)
		require.NoError(t, err)
		file, want := "cpu.cfs_quota_us", "10000"
		if second {
			file, want = "cpu.max", "10000 20000"
		}
		text, err := os.ReadFile(filepath.Join(filepath.Dir(g.Procs()), file))
		require.NoError(t, err)
		require.Equal(t, want, string(text))
	}
	_, err := newIn(filepath.Join(t.TempDir(), "none"), "n", 1)
	require.ErrorIs(t, err, ErrNotPermitted)
	_, err = New("n", 0)
	require.Error(t, err)
}

func FuzzParse(f *testing.F) {
	f.Add("nr_periods 10\nnr_throttled 4\nthrottled_time 5000\n")
	f.Fuzz(func(t *testing.T, text string) {
		if s, err := parse(text); err == nil {
			require.GreaterOrEqual(t, s.Held.Microseconds(), int64(-1<<62))
		}
	})
}
