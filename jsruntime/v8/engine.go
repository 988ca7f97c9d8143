package v8

import (
	"fmt"
	"sync"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// flags are set once for the process, before the first isolate.
//
// Turboshaft's loop unrolling drops the stack check of some loops, which then cannot
// be terminated. Memory protection keys fault on threads that existed before V8 was
// initialised, and Go's do. A WebAssembly memory has no allocator of ours, and one of
// a few GiB can be filled by a single instruction, so each is bounded to 64 MiB.
//
// V8 ignores all that follows a flag it does not know, so the binding says which of them its
// V8 has.
var flags = bindFlags()

// setFlags belongs to the process as V8's flags do; a second call would be ignored by
// V8 after the first isolate, or worse, change a running one.
var setFlags = sync.OnceFunc(func() { bindSetFlags(flags...) })

// Config is what an Engine is made with.
type Config struct {
	// WebAPI is the script of the web APIs, which every context has before a function's
	// own: see webapi.Script.
	WebAPI string
}

// Engine makes V8 isolates. It is safe for concurrent use. It keeps the compiled code
// of scripts, so that each is compiled once for the process, not for each context.
type Engine struct {
	cfg Config
	// The code of the host's scripts; that of a function's is kept with its bundle.
	borderCode, hostCode bundle.Code
	host                 hostScript

	mu    sync.Mutex
	parts map[string]*bundle.Code // of the web APIs' parts; guarded by mu
}

var _ jsruntime.Engine = (*Engine)(nil)

// NewEngine makes the process's V8 engine and sets V8's flags. The first one with web
// APIs makes V8's snapshot of them, where the system can, which takes about 30 ms;
// further ones share it where theirs are the same.
func NewEngine(cfg Config) *Engine {
	setFlags()
	e := &Engine{cfg: cfg, parts: make(map[string]*bundle.Code)}
	e.host = newHostScript(cfg.WebAPI)
	return e
}

// partCode is where the code of a part is kept.
func (e *Engine) partCode(name string) *bundle.Code {
	e.mu.Lock()
	defer e.mu.Unlock()
	code := e.parts[name]
	if code == nil {
		code = new(bundle.Code)
		e.parts[name] = code
	}
	return code
}

// Name implements jsruntime.Engine.
func (*Engine) Name() string { return "v8" }

// Version implements jsruntime.Engine.
func (*Engine) Version() string { return bindVersion() }

// Shares implements jsruntime.Engine.
func (*Engine) Shares() bool { return true }

// Snapshot reports whether contexts begin with the host's script in them, and why not
// where they do not; each then runs it, which makes them dearer and nothing else.
func (e *Engine) Snapshot() (bool, error) { return e.host.ready, e.host.why }

// NewIsolate implements jsruntime.Engine. It takes about a millisecond.
func (e *Engine) NewIsolate(cfg jsruntime.IsolateConfig) (jsruntime.Isolate, error) {
	if cfg.Heap <= 0 {
		return nil, fmt.Errorf("v8: heap limit %d: must be positive", cfg.Heap)
	}
	if cfg.Buffers <= 0 {
		cfg.Buffers = function.DefaultLimits().Buffers
	}
	i := &isolate{
		engine: e, single: cfg.Single, heap: cfg.Heap,
		realms: make(map[*realm]struct{}), scripts: make(map[string]*bindScript),
	}
	i.iso, i.native = newIsolate(i, cfg)
	return i, nil
}
