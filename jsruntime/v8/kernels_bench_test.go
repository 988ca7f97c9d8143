//go:build !rogchap && unix

package v8_test

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"github.com/tommie/v8go"
)

// kernelsAt has the functions that compute, of the workload that peers are compared with.
const kernelsAt = "../../experiments/workload/functions"

// kernels are their names, and what each is asked.
var kernels = [...]struct {
	name string
	text func() string
}{
	{"fibonacci", func() string { return `{"n":19}` }},
	{"sha256", func() string { return `{"size":8192}` }},
	{"matrix", func() string { return `{"n":48}` }},
	{"json", orders},
	{"sort", func() string { return `{"n":1500}` }},
}

// orders are those of 200 that 31 customers gave.
func orders() string {
	var list []string
	for i := range 200 {
		list = append(list, fmt.Sprintf(`{"customer":"customer-%d","quantity":%d,"cents":%d}`, i*7%31, 1+i%9, 100+i*37%900))
	}
	return `{"orders":[` + strings.Join(list, ",") + `]}`
}

// kernelSource is a kernel as a module.
func kernelSource(tb testing.TB, name string) string {
	tb.Helper()
	source, err := os.ReadFile(filepath.Join(kernelsAt, name+".js"))
	require.NoError(tb, err)
	return string(source)
}

const (
	kernelWarmup = 1000 // calls, so that all is compiled that will be
	kernelCalls  = 300  // of one reading
)

// BenchmarkKernels calls the kernels of the mixed load in an isolate without a host of any
// kind, and in Node and Deno where these are on the PATH, in turn; each round in a new isolate
// or process. It reports the medians of the rounds in microseconds for a call, and what Deno's is
// of ours, within each round. Nothing of a call is in it but JSON.parse of its message.
//
//	go test -run '^$' -bench Kernels -benchtime 10x ./jsruntime/v8
func BenchmarkKernels(b *testing.B) {
	for _, k := range kernels {
		b.Run(k.name, func(b *testing.B) {
			body := strings.Replace(kernelSource(b, k.name), "export default", "globalThis.kernel =", 1) + fmt.Sprintf(`
;const text = %q, msg = { json: () => JSON.parse(text) };
globalThis.run = (calls) => { for (let i = 0; i < calls; i++) kernel(msg); };`, k.text())
			file := filepath.Join(b.TempDir(), "kernel.mjs")
			rival := body + fmt.Sprintf("\nrun(%d); const began = performance.now(); run(%d); console.log((performance.now() - began) * 1000 / %d);\n", kernelWarmup, kernelCalls, kernelCalls)
			require.NoError(b, os.WriteFile(file, []byte(rival), 0o600))
			took := map[string][]float64{}
			for b.Loop() {
				took["bare"] = append(took["bare"], bareKernel(b, body))
				for name, args := range map[string][]string{"node": {file}, "deno": {"run", "--quiet", file}} {
					if path, err := exec.LookPath(name); err == nil {
						out, err := exec.CommandContext(b.Context(), path, args...).Output() //nolint:gosec // found on the PATH
						require.NoError(b, err)
						us, err := strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
						require.NoError(b, err)
						took[name] = append(took[name], us)
					}
				}
			}
			b.ReportMetric(0, "ns/op") // starting the rivals is in it
			for name, list := range took {
				b.ReportMetric(middle(list), "us-"+name)
				if name != "bare" {
					var ratios []float64
					for i, us := range list {
						ratios = append(ratios, us/took["bare"][i])
					}
					b.ReportMetric(middle(ratios), "x-"+name+"-of-bare")
				}
			}
		})
	}
}

// bareKernel is the microseconds of a call in an isolate of its own.
func bareKernel(b *testing.B, body string) float64 {
	b.Helper()
	isolate := v8go.NewIsolate()
	defer isolate.Dispose()
	ctx := v8go.NewContext(isolate)
	defer ctx.Close()
	for _, text := range []string{body, fmt.Sprintf("run(%d)", kernelWarmup)} {
		_, err := ctx.RunScript(text, "kernel.js")
		require.NoError(b, err)
	}
	began := time.Now()
	_, err := ctx.RunScript(fmt.Sprintf("run(%d)", kernelCalls), "kernel.js")
	require.NoError(b, err)
	return float64(time.Since(began).Nanoseconds()) / 1000 / kernelCalls
}

func middle(list []float64) float64 {
	sorted := slices.Sorted(slices.Values(list))
	return sorted[len(sorted)/2]
}
