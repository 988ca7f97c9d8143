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

// kernelTasks are what the kernels are asked, as JavaScript that makes the text of a message.
var kernelTasks = []struct{ name, task string }{
	{"fibonacci", `'{"n":19}'`},
	{"sha256", `'{"size":8192}'`},
	{"matrix", `'{"n":48}'`},
	{"json", `JSON.stringify({orders: Array.from({length: 200}, (_, i) => ({customer: "customer-" + i * 7 % 31, quantity: 1 + i % 9, cents: 100 + i * 37 % 900}))})`},
	{"sort", `'{"n":1500}'`},
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
	for _, k := range kernelTasks {
		b.Run(k.name, func(b *testing.B) {
			source, err := os.ReadFile(filepath.Join(kernelsAt, k.name+".js"))
			require.NoError(b, err)
			body := strings.Replace(string(source), "export default", "globalThis.kernel =", 1) + fmt.Sprintf(`
;const text = %s, msg = { json: () => JSON.parse(text) };
globalThis.run = (calls) => { for (let i = 0; i < calls; i++) kernel(msg); };`, k.task)
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
