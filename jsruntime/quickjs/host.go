package quickjs

import (
	_ "embed"
	"slices"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"

	"github.com/isolane/isolane/jsruntime"
)

//go:embed border.js
var borderScript string

// originHost is the name under which the host's script is compiled; stacks drop frames of
// files that begin with "isolane:".
const originHost = "isolane:host"

// hostScript is the script of the border, the web APIs and core.js; its completion value
// is boot, as jsruntime.CoreScript has it.
func hostScript(webapi string) string {
	return "((global) => {\nconst border = " + jsruntime.Expression(borderScript) + "();\nconst webapi = " + jsruntime.Expression(webapi) +
		";\nreturn " + jsruntime.Expression(jsruntime.CoreScript()) + "(border, webapi, global);\n})(globalThis)"
}

// What border.js asks io for.
const (
	ioRead = iota
	ioWrite
)

// argument is one of those that JavaScript calls a function of Go's with.
func argument(argc int32, argv uintptr, n int) lib.TJSValue {
	if n >= int(argc) {
		return undefined()
	}
	return unsafe.Slice(at[lib.TJSValue](argv), argc)[n]
}

// callHost answers what the host's script asks for at once: border.call.
func callHost(_ *libc.TLS, ctx uintptr, _ lib.TJSValue, argc int32, argv uintptr) (result lib.TJSValue) {
	r := realmOf(ctx)
	defer r.contain(&result)
	op, _ := r.read(argument(argc, argv, 0))
	text, _ := r.read(argument(argc, argv, 1))
	switch op {
	case "gc":
		lib.XJS_RunGC(r.iso.tls, r.iso.rt)
		return undefined()
	case "part":
		return r.part(text)
	}
	out, bytes, err := r.call(op, text, r.taken())
	if err != nil {
		r.words[jsruntime.WordErr] = 1
		out, bytes = err.Error(), nil
	}
	r.give(bytes)
	value, err := r.text(out)
	if err != nil {
		return exception()
	}
	return value
}

// part runs a script of the web APIs' that JavaScript has just touched; undefined where it
// could not be, for want of memory.
func (r *realm) part(name string) lib.TJSValue {
	source, ok := jsruntime.Part(name)
	if !ok {
		return undefined()
	}
	v, err := r.evaluateHost(source, jsruntime.PartOrigin(name), r.iso.engine.partCode(name))
	if err != nil {
		return undefined()
	}
	return v
}

// moveBytes is border.js's io.
func moveBytes(_ *libc.TLS, ctx uintptr, _ lib.TJSValue, argc int32, argv uintptr) (result lib.TJSValue) {
	r := realmOf(ctx)
	defer r.contain(&result)
	switch what := argument(argc, argv, 0); int32(*(*uint64)(unsafe.Pointer(&what))) {
	case ioRead:
		return r.buffer(r.in)
	case ioWrite:
		r.out = r.bytesOf(argument(argc, argv, 1))
	}
	return undefined()
}

// buffer makes an ArrayBuffer with a copy of bytes.
func (r *realm) buffer(bytes []byte) lib.TJSValue {
	from, err := r.copied(string(bytes))
	if err != nil {
		return lib.XJS_ThrowOutOfMemory(r.iso.tls, r.ctx)
	}
	defer r.uncopy(from)
	return lib.XJS_NewArrayBufferCopy(r.iso.tls, r.ctx, from, libc.Tsize_t(len(bytes)))
}

// bytesOf copies what a Uint8Array holds.
func (r *realm) bytesOf(array lib.TJSValue) []byte {
	const word = int(unsafe.Sizeof(libc.Tsize_t(0)))
	frame := r.iso.tls.Alloc(4 * word)
	defer r.iso.tls.Free(4 * word)
	numbers := unsafe.Slice(at[libc.Tsize_t](frame), 4)
	buffer := lib.XJS_GetTypedArrayBuffer(r.iso.tls, r.ctx, array, frame, frame+uintptr(word), frame+uintptr(2*word))
	if thrown(buffer) {
		r.drop()
		return []byte{}
	}
	defer r.free(buffer)
	p := lib.XJS_GetArrayBuffer(r.iso.tls, r.ctx, frame+uintptr(3*word), buffer)
	offset, length, size := numbers[0], numbers[1], numbers[3]
	if p == 0 || offset > size || length > size-offset {
		if lib.XJS_HasException(r.iso.tls, r.ctx) != 0 {
			r.drop()
		}
		return []byte{}
	}
	return slices.Clone(unsafe.Slice(at[byte](p+uintptr(offset)), length))
}

// tellRejection passes on what the engine says of a promise without a handler.
func tellRejection(_ *libc.TLS, ctx uintptr, promise, reason lib.TJSValue, handled int32, _ uintptr) {
	r := realmOf(ctx)
	if !r.booted {
		return
	}
	var result lib.TJSValue
	defer r.contain(&result)
	r.free(r.apply(r.hook, number(handled), promise, reason))
	if lib.XJS_HasException(r.iso.tls, ctx) != 0 {
		r.drop()
	}
}

// refuseImport is the engine's loader of modules.
func refuseImport(_ *libc.TLS, ctx, name, _ uintptr) uintptr {
	r := realmOf(ctx)
	r.throwTypeError("import(\"" + libc.GoString(name) + "\") finds no modules at run time: a function is one script. Import what it needs at the top, or with import() of a path in quotes, so that it is bundled")
	return 0
}

// throwTypeError leaves an exception.
func (r *realm) throwTypeError(message string) {
	text, err := r.copied(message)
	if err != nil {
		lib.XJS_ThrowOutOfMemory(r.iso.tls, r.ctx)
		return
	}
	defer r.uncopy(text)
	format, err := r.copied("%s")
	if err != nil {
		lib.XJS_ThrowOutOfMemory(r.iso.tls, r.ctx)
		return
	}
	defer r.uncopy(format)
	arguments := r.iso.tls.Alloc(16)
	defer r.iso.tls.Free(16)
	lib.XJS_ThrowTypeError(r.iso.tls, r.ctx, format, libc.VaList(arguments+8, text))
}

// contain keeps a panic of the host's from going through the engine, which it would leave
// in the middle of something: JavaScript is stopped instead. It is to be deferred.
func (r *realm) contain(result *lib.TJSValue) {
	if v := recover(); v != nil {
		r.iso.fail(v)
		lib.XJS_ThrowOutOfMemory(r.iso.tls, r.ctx)
		lib.XJS_SetUncatchableException(r.iso.tls, r.ctx, 1)
		*result = exception()
	}
}

// realmOf is the realm whose JavaScript calls.
func realmOf(ctx uintptr) *realm { return at[realm](lib.XJS_GetContextOpaque(nil, ctx)) }
