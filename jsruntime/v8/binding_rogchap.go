//go:build rogchap

package v8

import v8go "rogchap.com/v8go"

// The original binding, with V8 10.9. What it cannot do: limit the heap of one
// isolate, and survive a full heap (the process aborts); release the arguments of a
// call from JavaScript, so these live until the context is closed.
type (
	bindIsolate  = v8go.Isolate
	bindContext  = v8go.Context
	bindValue    = v8go.Value
	bindValuer   = v8go.Valuer
	bindFunction = v8go.Function
	bindObject   = v8go.Object
	bindTemplate = v8go.FunctionTemplate
	bindCallInfo = v8go.FunctionCallbackInfo
	bindScript   = v8go.UnboundScript
	bindCache    = v8go.CompilerCachedData
	bindCompile  = v8go.CompileOptions
	bindJSError  = v8go.JSError
)

const heapLimitForEach = false

func bindVersion() string                     { return v8go.Version() }
func bindFlags() []string                     { return []string{"--wasm-max-mem-pages=1024"} }
func bindSetFlags(flags ...string)            { v8go.SetFlags(flags...) }
func bindUndefined(i *bindIsolate) *bindValue { return v8go.Undefined(i) }

func bindNewIsolate(uint64) *bindIsolate { return v8go.NewIsolate() }

func bindNewContext(i *bindIsolate) *bindContext { return v8go.NewContext(i) }

func bindNewTemplate(i *bindIsolate, f func(*bindCallInfo) *bindValue) *bindTemplate {
	return v8go.NewFunctionTemplate(i, f)
}

func bindNewString(i *bindIsolate, s string) (*bindValue, error) { return v8go.NewValue(i, s) }

func bindNewInt(i *bindIsolate, n int32) (*bindValue, error) { return v8go.NewValue(i, n) }
