package v8

import (
	_ "embed"
	"fmt"
	"sync"

	"github.com/isolane/isolane/jsruntime"
)

//go:embed border.js
var borderScript string

// flags are set once for the process, before the first isolate.
//
// Turboshaft's loop unrolling drops the stack check of some loops, which then cannot
// be terminated. Memory protection keys fault on threads that existed before V8 was
// initialised, and Go's do.
var flags = [...]string{"--no-turboshaft-loop-unrolling", "--no-memory-protection-keys"}

// setFlags belongs to the process as V8's flags do; a second call would be ignored by
// V8 after the first isolate, or worse, change a running one.
var setFlags = sync.OnceFunc(func() { bindSetFlags(flags[:]...) })

// Config is what an Engine is made with.
type Config struct {
	// WebAPI is the script of the web APIs, evaluated in every context before a
	// function's own: see webapi.Script.
	WebAPI string
	// MaxCache bounds the compiled code that the engine keeps for functions, in
	// bytes. Zero means 64 MiB.
	MaxCache int
}

// Engine makes V8 isolates. It is safe for concurrent use. It keeps the compiled code
// of scripts, so that each is compiled once for the process, not for each context.
type Engine struct {
	cfg   Config
	cache *codeCache
}

var _ jsruntime.Engine = (*Engine)(nil)

// NewEngine makes the process's V8 engine and sets V8's flags.
func NewEngine(cfg Config) *Engine {
	setFlags()
	if cfg.MaxCache == 0 {
		cfg.MaxCache = 64 << 20
	}
	return &Engine{cfg: cfg, cache: newCodeCache(cfg.MaxCache)}
}

// Name implements jsruntime.Engine.
func (*Engine) Name() string { return "v8" }

// Version implements jsruntime.Engine.
func (*Engine) Version() string { return bindVersion() }

// NewIsolate implements jsruntime.Engine. It takes about a millisecond.
func (e *Engine) NewIsolate(cfg jsruntime.IsolateConfig) (jsruntime.Isolate, error) {
	if cfg.Heap <= 0 {
		return nil, fmt.Errorf("v8: heap limit %d: must be positive", cfg.Heap)
	}
	i := &isolate{
		engine: e,
		iso:    bindNewIsolate(uint64(cfg.Heap)),
		realms: make(map[*bindContext]*realm), scripts: make(map[string]*bindScript),
	}
	i.template = bindNewTemplate(i.iso, i.callback)
	return i, nil
}
