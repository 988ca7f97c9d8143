package folder_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/folder"
)

func TestDebounce(t *testing.T) {
	start := time.Unix(1000, 0)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	for name, tc := range map[string]struct {
		changes []int
		want    int
	}{
		"one":           {[]int{0}, 100},
		"two":           {[]int{0, 50}, 150},
		"far apart":     {[]int{0, 99, 198}, 298},
		"without end":   {[]int{0, 90, 180, 270, 360, 450}, 500},
		"past the most": {[]int{0, 450, 600}, 500},
	} {
		t.Run(name, func(t *testing.T) {
			d := folder.NewDebounce(100*time.Millisecond, 500*time.Millisecond)
			_, waits := d.Due()
			require.False(t, waits)
			for _, ms := range tc.changes {
				d.Add(at(ms))
			}
			due, waits := d.Due()
			require.True(t, waits)
			require.Equal(t, at(tc.want), due)
			d.Reset()
			_, waits = d.Due()
			require.False(t, waits)
		})
	}
}

func TestConcerns(t *testing.T) {
	inputs := []string{"/f/hello.ts", "/f/lib/x.js", "/f/lib/y/index.ts", "/f/hello.yaml"}
	for path, want := range map[string]bool{
		"/f/hello.ts":           true,
		"/f/hello.yaml":         true,
		"/f/hello":              true, // a folder that would hide the file
		"/f/lib/x.ts":           true, // would be found in its place
		"/f/lib/x/index.js":     true, // likewise
		"/f/lib/y.ts":           true, // likewise
		"/f/lib":                true, // moved as a whole
		"/f":                    true,
		"/f/li":                 false,
		"/f/lib2/x.js":          false,
		"/f/other.ts":           false,
		"/f/lib/z.ts":           false,
		"/f/package.json":       true,
		"/f/lib/tsconfig.json":  true,
		"/f/tsconfig.base.json": true,
		"/f/yarn.lock":          true,
		"/f/other/package.json": false,
		"/package.json":         true,
		"/f/lib/y/tsconfig.x":   false,
	} {
		require.Equal(t, want, folder.Concerns(path, inputs), path)
	}
}
