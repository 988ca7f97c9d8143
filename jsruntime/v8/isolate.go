package v8

import (
	"sync"

	"github.com/dustin/go-humanize"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// isolate is one V8 isolate with its realms.
type isolate struct {
	engine *Engine
	native native
	single bool
	// first says that the context that was made with the isolate has a realm.
	first bool
	heap  function.Bytes
	// wasm says that a realm has touched WebAssembly, whose memories have no allocator of
	// ours: V8 alone counts them.
	wasm  bool
	calls calls
	// shared is the border of all realms but a single one; nil until the first.
	shared *border
	realms map[*realm]struct{}
	// running is the realm that was entered last.
	running *realm
	volley  volley
	scripts map[string]*bindScript // by digest, or the name of a host script
	unripe  []unripe

	// mu guards iso against Terminate racing with Dispose.
	mu  sync.Mutex
	iso *bindIsolate // nil after Dispose
}

var _ jsruntime.Isolate = (*isolate)(nil)

// Terminate implements jsruntime.Isolate.
func (i *isolate) Terminate() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.iso != nil {
		i.iso.TerminateExecution()
	}
}

// Look implements jsruntime.Isolate.
func (i *isolate) Look() {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.iso != nil {
		i.native.look()
	}
}

// Lost implements jsruntime.Isolate.
func (i *isolate) Lost() *function.LimitError {
	i.mu.Lock()
	defer i.mu.Unlock()
	if i.iso == nil {
		return nil
	}
	held, lost := i.native.lost()
	if !lost {
		return nil
	}
	return &function.LimitError{
		Kind: function.LimitHeap, Limit: humanize.IBytes(uint64(i.heap)),
		Used: humanize.IBytes(held) + ", and one built-in wanted more than there can be",
	}
}

// Memory implements jsruntime.Isolate.
func (i *isolate) Memory() jsruntime.Memory {
	i.native.sync()
	h := i.iso.GetHeapStatistics()
	live, wanted, exhausted := i.native.buffers()
	peak, _ := i.native.lost()
	return jsruntime.Memory{
		Heap:      h.UsedHeapSize,
		HeapLimit: h.HeapSizeLimit,
		Peak:      peak,
		External:  max(h.ExternalMemory, live) + i.native.intl(), // V8 does not count what could be shared
		Exhausted: exhausted,
		Wanted:    wanted,
		Contexts:  h.NumberOfNativeContexts,
	}
}

// External implements jsruntime.Isolate.
func (i *isolate) External() uint64 {
	live, _, _ := i.native.buffers()
	live += i.native.intl()
	if i.wasm {
		live = max(live, i.native.external())
	}
	return live
}

// Dispose implements jsruntime.Isolate.
func (i *isolate) Dispose() {
	if i.iso == nil {
		return
	}
	for r := range i.realms {
		r.Close()
	}
	if i.shared != nil {
		i.shared.close()
	}
	i.mu.Lock()
	defer i.mu.Unlock()
	i.native.dispose(i.iso)
	i.calls.close()
	i.iso, i.scripts, i.unripe, i.running = nil, nil, nil, nil
}

// compile returns the script that key names, made once for the isolate, and from code
// where it can. fresh reports that it was compiled, so that the caller may keep its code
// after it ran.
//
// The binding frees a script with its isolate only, so scripts are never made twice;
// what a function leaves behind when its context is dropped is its source.
func (i *isolate) compile(source, origin, key string, code *bundle.Code) (script *bindScript, fresh bool, err error) {
	if script = i.scripts[key]; script != nil {
		return script, false, nil
	}
	var opts bindCompile
	if kept := code.Load(); kept != nil {
		opts.CachedData = &bindCache{Bytes: kept}
	}
	if script, err = i.iso.CompileUnboundScript(source, origin, opts); err != nil {
		return nil, false, err
	}
	i.scripts[key] = script
	return script, opts.CachedData == nil || opts.CachedData.Rejected, nil
}

// keep keeps the code of a script that has run, with the functions it compiled on the
// way.
func keep(code *bundle.Code, script *bindScript) { code.Store(script.CreateCodeCache().Bytes) }

// unripe is a script whose code was kept before a turn: V8 compiles most functions when
// they are first called.
type unripe struct {
	code   *bundle.Code
	script *bindScript
}

// ripen is told of a script that is loaded. Where each call has an isolate of its own, each
// would compile what its turn calls.
func (i *isolate) ripen(code *bundle.Code, script *bindScript) {
	if i.single && !code.Ran() {
		i.unripe = append(i.unripe, unripe{code, script})
	}
}

// turned keeps the code of scripts again, with what the turn that ended well has compiled.
func (i *isolate) turned() {
	for _, u := range i.unripe {
		if !u.code.Ran() {
			u.code.StoreRan(u.script.CreateCodeCache().Bytes)
		}
	}
	i.unripe = nil
}

// charge makes r the realm that runs now.
func (i *isolate) charge(r *realm) {
	i.running = r
	i.native.charge(r.owner)
}

// answer answers a call from JavaScript of the realm that runs, with a text or a value, or
// with neither. It runs inside the isolate, on the goroutine that entered it.
func (i *isolate) answer(op, text string) (out string, value *bindValue, answered bool) {
	r := i.running
	if r == nil || r.border == nil {
		return "", nil, false
	}
	switch op {
	case "wasm":
		i.wasm = true
		r.port.halt()
		return "", nil, false
	case "gc":
		i.native.lowMemory()
		return "", nil, false
	case "transfer":
		return "", r.border.current, true
	case "part":
		value = r.part(text)
		return "", value, value != nil
	case "reserve":
		value = r.border.reserve(text)
		return "", value, value != nil
	}
	out, err := r.answer(op, text)
	if err != nil {
		r.border.setWord(jsruntime.WordErr, 1)
		out = err.Error()
	}
	return out, nil, true
}
