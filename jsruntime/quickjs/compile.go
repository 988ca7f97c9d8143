package quickjs

import (
	"errors"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"

	"github.com/isolane/isolane/jsruntime/bundle"
)

// compiled returns the script as a function value that evaluate runs: from code where
// there is some, else from source, when code is kept. Code is only ever what this
// process's engine wrote.
func (r *realm) compiled(source, origin string, code *bundle.Code) (lib.TJSValue, error) {
	if kept := code.Load(); kept != nil {
		from, err := r.copied(string(kept))
		if err != nil {
			return undefined(), err
		}
		defer r.uncopy(from)
		v := lib.XJS_ReadObject(r.iso.tls, r.ctx, from, libc.Tsize_t(len(kept)), lib.MJS_READ_OBJ_BYTECODE)
		if thrown(v) {
			return v, r.exceptionError()
		}
		return v, nil
	}
	v, err := r.compile(source, origin)
	if err != nil {
		return v, err
	}
	written, err := r.write(v)
	if err != nil {
		r.free(v)
		return undefined(), err
	}
	code.Store(written)
	return v, nil
}

func (r *realm) compile(source, origin string) (lib.TJSValue, error) {
	from, err := r.copied(source)
	if err != nil {
		return undefined(), err
	}
	defer r.uncopy(from)
	name, err := r.copied(origin)
	if err != nil {
		return undefined(), err
	}
	defer r.uncopy(name)
	v := lib.XJS_Eval(r.iso.tls, r.ctx, from, libc.Tsize_t(len(source)), name, lib.MJS_EVAL_TYPE_GLOBAL|lib.MJS_EVAL_FLAG_COMPILE_ONLY)
	if thrown(v) {
		return v, r.exceptionError()
	}
	return v, nil
}

// write returns the bytecode of a compiled script.
func (r *realm) write(v lib.TJSValue) ([]byte, error) {
	size := int(unsafe.Sizeof(libc.Tsize_t(0)))
	length := r.iso.tls.Alloc(size)
	defer r.iso.tls.Free(size)
	p := lib.XJS_WriteObject(r.iso.tls, r.ctx, length, v, lib.MJS_WRITE_OBJ_BYTECODE)
	if p == 0 {
		if lib.XJS_HasException(r.iso.tls, r.ctx) != 0 {
			return nil, r.exceptionError()
		}
		return nil, errors.New("quickjs: the bytecode cannot be written")
	}
	defer lib.Xjs_free(r.iso.tls, r.ctx, p)
	return append([]byte(nil), unsafe.Slice(at[byte](p), *at[libc.Tsize_t](length))...), nil
}

// evaluateHost is evaluate for a script of the host's, whose source nobody asks for.
func (r *realm) evaluateHost(source, origin string, code *bundle.Code) (lib.TJSValue, error) {
	lib.XJS_SetStripInfo(r.iso.tls, r.iso.rt, lib.MJS_STRIP_SOURCE)
	defer lib.XJS_SetStripInfo(r.iso.tls, r.iso.rt, 0)
	return r.evaluate(source, origin, code)
}

// evaluate runs a script and returns its completion value.
func (r *realm) evaluate(source, origin string, code *bundle.Code) (lib.TJSValue, error) {
	script, err := r.compiled(source, origin, code)
	if err != nil {
		return undefined(), err
	}
	v := lib.XJS_EvalFunction(r.iso.tls, r.ctx, script) // takes script over
	if thrown(v) {
		return v, r.exceptionError()
	}
	return v, nil
}
