package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

const output = `goos: linux
BenchmarkEcho-2          	   20000	      4250 req/s
BenchmarkCost/warm-64B-2 	      22	      8000 bare-ns	     10400 ours-ns	 1.30 x-bare	 1.10 x-bare-p10	 1.90 x-bare-p90	 1.25 x-cpu	 1.3 x-target
BenchmarkCost/warm-64B-2 	      21	      8200 bare-ns	     12300 ours-ns	 1.50 x-bare	 0.90 x-bare-p10	 1.80 x-bare-p90	 1.45 x-cpu	 1.3 x-target
BenchmarkCost/warm-64B-2 	      21	      7900 bare-ns	      9480 ours-ns	 1.20 x-bare	 1.00 x-bare-p10	 1.70 x-bare-p90	 1.15 x-cpu	 1.3 x-target
BenchmarkCost/fresh-context-2	   9	    600000 bare-ns	   1200000 ours-ns	 2.00 x-bare	 1.80 x-bare-p10	 2.20 x-bare-p90	 2.10 x-cpu	 1.5 x-target
BenchmarkCost/fresh-runtime-2	   9	   3000000 bare-ns	   5100000 ours-ns	 1.70 x-bare	 1.50 x-bare-p10	 2.00 x-bare-p90	 1.60 x-cpu
BenchmarkCost/broken-2 	      21	      many ours-ns	 1.50 x-bare
PASS
`

const table = `| pair | ours, us | bare, us | ratio (p10–p90) | of CPU | target | verdict |
| --- | --- | --- | --- | --- | --- | --- |
| Cost/warm-64B | 10.4 | 8.00 | 1.30 (0.90–1.90) | 1.25 | 1.30 | met |
| Cost/fresh-context | 1200 | 600 | 2.00 (1.80–2.20) | 2.10 | 1.50 | missed |
| Cost/fresh-runtime | 5100 | 3000 | 1.70 (1.50–2.00) | 1.60 | none | – |
`

func TestTable(t *testing.T) {
	file := filepath.Join(t.TempDir(), "latest.txt")
	require.NoError(t, os.WriteFile(file, []byte(output), 0o600))
	for name, c := range map[string]struct {
		args     []string
		in, want string
	}{
		"a file":         {[]string{file}, "", table},
		"standard input": {nil, output, table},
		"no pairs":       {nil, "PASS\n", "no benchmark in the output reports x-bare\n"},
	} {
		t.Run(name, func(t *testing.T) {
			var out strings.Builder
			require.NoError(t, run(c.args, strings.NewReader(c.in), &out))
			require.Equal(t, c.want, out.String())
		})
	}
	require.ErrorIs(t, run([]string{"a", "b"}, nil, nil), errUsage)
}

func TestShortName(t *testing.T) {
	for name, want := range map[string]string{
		"BenchmarkCost/warm-64B-2": "Cost/warm-64B",
		"BenchmarkCost/warm-64B":   "Cost/warm-64B", // GOMAXPROCS=1 appends nothing
		"BenchmarkEcho":            "Echo",
	} {
		require.Equal(t, want, shortName(name))
	}
}
