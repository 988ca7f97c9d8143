package quickjs

import (
	"fmt"
	"sync"

	lib "modernc.org/libquickjs"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// Config is what an Engine is made with.
type Config struct {
	// WebAPI is the script of the web APIs, which every realm has before a function's own:
	// see webapi.Script.
	WebAPI string
}

// DefaultConfig has the web APIs of functions.
func DefaultConfig() Config { return Config{WebAPI: webapi.Script()} }

// Engine makes QuickJS isolates. It is safe for concurrent use. It keeps the bytecode of
// the host's scripts, so that each is compiled once for the process.
type Engine struct {
	host     string
	hostCode bundle.Code

	mu sync.Mutex
	// parts is the bytecode of the web APIs' parts, by name; guarded by mu.
	parts map[string]*bundle.Code
}

var _ jsruntime.Engine = (*Engine)(nil)

// NewEngine makes an engine. It compiles nothing yet.
func NewEngine(cfg Config) *Engine {
	return &Engine{host: hostScript(cfg.WebAPI), parts: make(map[string]*bundle.Code)}
}

// partCode is where the bytecode of a part is kept.
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
func (*Engine) Name() string { return "quickjs" }

// Version implements jsruntime.Engine.
func (*Engine) Version() string { return lib.MCONFIG_VERSION }

// Shares implements jsruntime.Engine: each realm has an isolate of its own.
func (*Engine) Shares() bool { return false }

// NewIsolate implements jsruntime.Engine. It takes about a quarter of a millisecond, with
// its realm.
func (e *Engine) NewIsolate(cfg jsruntime.IsolateConfig) (jsruntime.Isolate, error) {
	if cfg.Heap <= 0 {
		return nil, fmt.Errorf("quickjs: heap limit %d: must be positive", cfg.Heap)
	}
	return newIsolate(e, uint64(cfg.Heap))
}
