//go:build !rogchap

package v8

import v8go "github.com/tommie/v8go"

// The binding's names, so that the other one is a file of aliases away.
type (
	bindIsolate  = v8go.Isolate
	bindContext  = v8go.Context
	bindValue    = v8go.Value
	bindValuer   = v8go.Valuer
	bindFunction = v8go.Function
	bindScript   = v8go.UnboundScript
	bindCache    = v8go.CompilerCachedData
	bindCompile  = v8go.CompileOptions
	bindJSError  = v8go.JSError
)

// initialHeap is what an isolate reserves when it is made.
const initialHeap = 4 << 20

// heapLimitForEach reports that each isolate has a heap limit of its own, and that
// running into it terminates JavaScript instead of aborting the process.
const heapLimitForEach = true

func bindVersion() string { return v8go.Version() }

// bindFlags has Float16Array with the rest: it is of ECMAScript 2025, and in this V8 switched on by
// browsers (Chrome 135) and by Node.js (24), not of its own accord.
func bindFlags() []string {
	return []string{"--no-turboshaft-loop-unrolling", "--no-memory-protection-keys", "--wasm-max-mem-pages=1024", "--js-float16array"}
}

func bindSetFlags(flags ...string)            { v8go.SetFlags(flags...) }
func bindUndefined(i *bindIsolate) *bindValue { return v8go.Undefined(i) }

func bindNewIsolate(heap uint64) *bindIsolate {
	return v8go.NewIsolate(v8go.WithResourceConstraints(initialHeap, heap))
}

func bindNewContext(i *bindIsolate) *bindContext { return v8go.NewContext(i) }

func bindNewString(i *bindIsolate, s string) (*bindValue, error) { return v8go.NewValue(i, s) }

func bindNewInt(i *bindIsolate, n int32) (*bindValue, error) { return v8go.NewValue(i, n) }
