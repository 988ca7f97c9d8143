package v8test

import (
	"context"
	_ "embed"
	"errors"
	"fmt"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/tommie/v8go"

	"github.com/isolane/isolane/jsruntime/hostcap"
	"github.com/isolane/isolane/jsruntime/webapi"
)

//go:embed glue.js
var glue string

// patience bounds one script; a test that hangs fails with what it was doing.
const patience = 20 * time.Second

// SetFlags sets what must be set before the first isolate; New does it too.
var SetFlags = sync.OnceFunc(func() {
	v8go.SetFlags("--no-memory-protection-keys", "--no-turboshaft-loop-unrolling", "--js-float16array")
})

// Result is what a script made of the host.
type Result struct {
	// Value is what it returned, as a string, or how it failed.
	Value string
	OK    bool
	// Logs are "level: text"; Unhandled are stacks.
	Logs, Unhandled []string
}

// Host is one context with the Web APIs in it.
type Host struct {
	tb   testing.TB
	api  *webapi.API
	iso  *v8go.Isolate
	ctx  *v8go.Context
	core *v8go.Object

	// Caller is on whose behalf operations are started.
	Caller hostcap.Caller

	failed bool
	bytes  []byte
	result Result
	done   bool

	scope   *webapi.Scope
	events  chan func()
	running sync.WaitGroup
	cancels map[int]context.CancelFunc
}

// New makes an isolate and a context whose Web APIs api answers. It is closed with
// the test.
func New(tb testing.TB, api *webapi.API) *Host {
	tb.Helper()
	SetFlags()
	h := &Host{tb: tb, api: api, iso: v8go.NewIsolate(), events: make(chan func(), 1024), cancels: make(map[int]context.CancelFunc)}
	raw := v8go.NewFunctionTemplateWithError(h.iso, h.callback)
	h.ctx = v8go.NewContext(h.iso)
	h.scope = webapi.NewScope(context.Background(), h.running.Go)
	tb.Cleanup(h.close)
	web := h.must(h.ctx.RunScript(webapi.Script(), webapi.Origin))
	maker := h.must(h.ctx.RunScript(glue, "isolane:glue"))
	f, err := maker.AsFunction()
	if err != nil {
		tb.Fatal(err)
	}
	core := h.must(f.Call(v8go.Undefined(h.iso), raw.GetFunction(h.ctx), web, h.ctx.Global()))
	if h.core, err = core.AsObject(); err != nil {
		tb.Fatal(err)
	}
	return h
}

func (h *Host) close() {
	for _, cancel := range h.cancels {
		cancel()
	}
	h.scope.Close()
	h.running.Wait()
	h.ctx.Close()
	h.iso.Dispose()
}

func (h *Host) must(v *v8go.Value, err error) *v8go.Value {
	h.tb.Helper()
	if err != nil {
		h.tb.Fatalf("%+v", err)
	}
	return v
}

// Run evaluates source, an expression that is a function of the internals, calls it,
// and drives its promise to the end.
func (h *Host) Run(source, origin string) Result {
	h.tb.Helper()
	h.result, h.done = Result{}, false
	test, err := h.ctx.RunScript(source, origin)
	if err != nil {
		if js, ok := errors.AsType[*v8go.JSError](err); ok {
			return Result{Value: js.StackTrace}
		}
		return Result{Value: err.Error()}
	}
	h.method("run", test)
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for !h.done {
		select {
		case event := <-h.events:
			event()
		case <-deadline.C:
			return Result{Value: fmt.Sprintf("%s: no result after %s, %d operations pending", origin, patience, len(h.cancels))}
		}
	}
	return h.result
}

// GlobalScope makes operations fail as they do while a module is loaded.
func (h *Host) GlobalScope(on bool) {
	v, err := v8go.NewValue(h.iso, !on)
	if err != nil {
		h.tb.Fatal(err)
	}
	h.method("scope", v)
}

func (h *Host) method(name string, args ...v8go.Valuer) {
	f, err := h.must(h.core.Get(name)).AsFunction()
	if err != nil {
		h.tb.Fatal(err)
	}
	if _, err := f.Call(v8go.Undefined(h.iso), args...); err != nil {
		h.tb.Fatalf("%s: %+v", name, err)
	}
	h.ctx.PerformMicrotaskCheckpoint()
}

// callback answers raw(kind, ...).
func (h *Host) callback(info *v8go.FunctionCallbackInfo) (*v8go.Value, error) {
	args := info.Args()
	switch args[0].String() {
	case "call":
		text, out, err := h.api.Call(args[1].String(), args[2].String(), unpack(args[3]))
		h.bytes, h.failed = out, err != nil
		if err != nil {
			text = errorName(err) + "\n" + err.Error()
		}
		return v8go.NewValue(h.iso, text)
	case "failed":
		return v8go.NewValue(h.iso, h.failed)
	case "bytes":
		return h.pack(h.bytes)
	case "start":
		h.start(int(args[1].Integer()), args[2].String(), args[3].String(), unpack(args[4]))
	case "cancel":
		if cancel := h.cancels[int(args[1].Integer())]; cancel != nil {
			cancel()
		}
	case "part":
		source, _ := webapi.Part(args[1].String())
		return h.ctx.RunScript(source, webapi.Origin+"/"+args[1].String())
	case "log":
		h.result.Logs = append(h.result.Logs, args[1].String()+": "+args[2].String())
	case "unhandled":
		h.result.Unhandled = append(h.result.Unhandled, args[1].String())
	case "done":
		h.done = true
		h.result.OK = args[1].String() == "ok"
		h.result.Value = args[2].String()
	}
	return nil, nil
}

func (h *Host) start(id int, op, text string, in []byte) {
	ctx, cancel := context.WithCancel(context.Background())
	h.cancels[id] = cancel
	h.running.Add(1)
	done := func(text string, out []byte, err error) {
		defer h.running.Done()
		h.events <- func() {
			delete(h.cancels, id)
			cancel()
			h.complete(id, text, out, err)
		}
	}
	if op != "timer" {
		h.api.Start(ctx, h.Caller, func() *webapi.Scope { return h.scope }, op, text, in, done)
		return
	}
	ms, err := strconv.ParseFloat(text, 64)
	if err != nil {
		h.tb.Errorf("timer %q: %v", text, err)
	}
	go func() {
		t := time.NewTimer(time.Duration(ms) * time.Millisecond)
		defer t.Stop()
		select {
		case <-t.C:
		case <-ctx.Done():
		}
		done("", nil, nil)
	}()
}

func (h *Host) complete(id int, text string, out []byte, err error) {
	name := ""
	if err != nil {
		name, text = errorName(err), err.Error()
	}
	bytes, packErr := h.pack(out)
	if packErr != nil {
		h.tb.Fatal(packErr)
	}
	args := make([]v8go.Valuer, 0, 4)
	for _, v := range []any{int32(id), name, text} {
		value, err := v8go.NewValue(h.iso, v)
		if err != nil {
			h.tb.Fatal(err)
		}
		args = append(args, value)
	}
	h.method("complete", append(args, bytes)...)
}

func errorName(err error) string {
	if e, ok := errors.AsType[*webapi.Error](err); ok {
		return e.Name
	}
	return "Error"
}

// unpack makes bytes of a string with one character for each.
func unpack(v *v8go.Value) []byte {
	if v == nil || v.IsUndefined() {
		return nil
	}
	out := []byte{}
	for _, r := range v.String() {
		out = append(out, byte(r))
	}
	return out
}

func (h *Host) pack(b []byte) (*v8go.Value, error) {
	if b == nil {
		return v8go.Undefined(h.iso), nil
	}
	runes := make([]rune, len(b))
	for i, c := range b {
		runes[i] = rune(c)
	}
	return v8go.NewValue(h.iso, string(runes))
}
