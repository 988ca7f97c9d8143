package quickjs

import (
	"errors"
	"fmt"
	"unsafe"

	lib "modernc.org/libquickjs"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// controlSize is the size of the control block in bytes.
const controlSize = 256

// realm is the one context of an isolate, with the host's script in it.
type realm struct {
	iso         *isolate
	ctx         uintptr // lib.TJSContext
	call        func(op, text string, in []byte) (string, []byte, error)
	enter, hook lib.TJSValue
	booted      bool
	// The control block: memory that Go and JavaScript share.
	words  []int32
	floats []float64
	// in is what JavaScript may read, and out what it wrote.
	in, out []byte
	// first is the record that an entry returned already.
	first  jsruntime.Record
	gotten bool
}

var _ jsruntime.Realm = (*realm)(nil)

// NewRealm implements jsruntime.Isolate. An isolate has one.
func (i *isolate) NewRealm(cfg jsruntime.RealmConfig) (jsruntime.Realm, error) {
	if i.realm != nil {
		return nil, errors.New("quickjs: an isolate has one realm")
	}
	r := &realm{iso: i, call: cfg.Call}
	err := i.guard(func() error {
		if r.ctx = lib.XJS_NewContext(i.tls, i.rt); r.ctx == 0 {
			return errNoRoom
		}
		lib.XJS_SetContextOpaque(i.tls, r.ctx, address(r))
		lib.XJS_SetHostPromiseRejectionTracker(i.tls, i.rt, goFunction(tellRejection), 0)
		lib.XJS_SetModuleLoaderFunc(i.tls, i.rt, 0, goFunction(refuseImport), 0)
		i.realm = r
		return r.bootstrap(cfg.Config)
	})
	if err != nil {
		return nil, fmt.Errorf("quickjs: host script: %w", err)
	}
	return r, nil
}

// bootstrap takes the host's script's entry.
func (r *realm) bootstrap(config string) error {
	boot, err := r.evaluateHost(r.iso.engine.host, originHost, &r.iso.engine.hostCode)
	if err != nil {
		return err
	}
	defer r.free(boot)
	control, err := r.iso.memory.blocks.UintptrCalloc(controlSize)
	if err != nil {
		return err
	}
	r.words = unsafe.Slice(at[int32](control), controlSize/4)
	r.floats = unsafe.Slice(at[float64](control), controlSize/8)
	shared := lib.XJS_NewArrayBuffer(r.iso.tls, r.ctx, control, controlSize, 0, 0, 0)
	call := lib.XJS_NewCFunction2(r.iso.tls, r.ctx, goFunction(callHost), 0, 2, lib.EJS_CFUNC_generic, 0)
	io := lib.XJS_NewCFunction2(r.iso.tls, r.ctx, goFunction(moveBytes), 0, 2, lib.EJS_CFUNC_generic, 0)
	text, err := r.text(config)
	if err != nil {
		return err
	}
	r.enter = r.apply(boot, call, shared, io, text)
	for _, v := range []lib.TJSValue{call, shared, io, text} {
		r.free(v)
	}
	if thrown(r.enter) {
		return r.exceptionError()
	}
	r.words[jsruntime.WordEntry] = jsruntime.EntryHook
	if r.hook = r.apply(r.enter); thrown(r.hook) {
		return r.exceptionError()
	}
	r.booted = true
	return nil
}

// apply calls a function.
func (r *realm) apply(f lib.TJSValue, args ...lib.TJSValue) lib.TJSValue {
	if len(args) == 0 {
		return lib.XJS_Call(r.iso.tls, r.ctx, f, undefined(), 0, 0)
	}
	size := len(args) * int(unsafe.Sizeof(lib.TJSValue{}))
	argv := r.iso.tls.Alloc(size)
	defer r.iso.tls.Free(size)
	copy(unsafe.Slice(at[lib.TJSValue](argv), len(args)), args)
	return lib.XJS_Call(r.iso.tls, r.ctx, f, undefined(), int32(len(args)), argv)
}

// Load implements jsruntime.Realm.
func (r *realm) Load(s jsruntime.Script) error {
	code := s.Code
	if code == nil {
		code = new(bundle.Code)
	}
	return r.iso.guard(func() error {
		namespace, err := r.evaluate(s.Source, s.Origin, code)
		if err != nil {
			return err
		}
		r.words[jsruntime.WordEntry] = jsruntime.EntryLoad
		verdict := r.apply(r.enter, namespace)
		r.free(namespace)
		if thrown(verdict) {
			return r.exceptionError()
		}
		problem, _ := r.read(verdict)
		r.free(verdict)
		if problem != "" {
			return &function.ScriptError{Message: problem}
		}
		return r.microtasks()
	})
}

// Collect implements jsruntime.Realm.
func (r *realm) Collect() error {
	return r.iso.guard(func() error {
		lib.XJS_RunGC(r.iso.tls, r.iso.rt)
		return nil
	})
}

// Buffers implements jsruntime.Realm: they are counted with the heap.
func (*realm) Buffers() uint64 { return 0 }

// Close implements jsruntime.Realm. The memory goes with the isolate.
func (r *realm) Close() { r.call = nil }
