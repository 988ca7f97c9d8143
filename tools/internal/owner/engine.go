package owner

import (
	"sync"
	"sync/atomic"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/v8"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// Engine is the V8 engine, and counts its isolates. Safe for concurrent use.
type Engine struct {
	jsruntime.Engine
	made, disposed atomic.Int64
}

// NewEngine makes the process's engine.
func NewEngine() *Engine {
	return &Engine{Engine: v8.NewEngine(v8.Config{WebAPI: webapi.Script()})}
}

// NewIsolate implements jsruntime.Engine.
func (e *Engine) NewIsolate(cfg jsruntime.IsolateConfig) (jsruntime.Isolate, error) {
	isolate, err := e.Engine.NewIsolate(cfg)
	if err != nil {
		return nil, err
	}
	e.made.Add(1)
	return &countedIsolate{Isolate: isolate, engine: e}, nil
}

// Isolates returns how many were made, and how many of these were disposed of.
func (e *Engine) Isolates() (made, disposed int64) { return e.made.Load(), e.disposed.Load() }

type countedIsolate struct {
	jsruntime.Isolate
	engine *Engine
	once   sync.Once
}

// Dispose implements jsruntime.Isolate.
func (i *countedIsolate) Dispose() {
	i.Isolate.Dispose()
	i.once.Do(func() { i.engine.disposed.Add(1) })
}
