package sizer

import (
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestQuota(t *testing.T) {
	for name, c := range map[string]struct {
		files map[string]string
		want  float64
	}{
		"none":                {nil, 8},
		"second version":      {map[string]string{"cpu.max": "150000 100000\n"}, 1.5},
		"no limit":            {map[string]string{"cpu.max": "max 100000\n"}, 8},
		"more than there are": {map[string]string{"cpu.max": "1600000 100000\n"}, 8},
		"first version":       {map[string]string{"cpu/cpu.cfs_quota_us": "50000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.5},
		"first, no limit":     {map[string]string{"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 8},
		"first, half there":   {map[string]string{"cpu/cpu.cfs_quota_us": "50000\n"}, 8},
		"nonsense":            {map[string]string{"cpu.max": "a b"}, 8},
		"no period":           {map[string]string{"cpu.max": "100000 0"}, 8},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			for file, text := range c.files {
				path := filepath.Join(dir, file)
				require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o750))
				require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
			}
			require.InEpsilon(t, c.want, quota(dir, 8), 1e-9)
		})
	}
	require.Positive(t, CPUs(4))
}
