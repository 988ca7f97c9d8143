package quickjs

import (
	"unicode/utf8"
	"unsafe"

	"modernc.org/libc"
	lib "modernc.org/libquickjs"
)

func undefined() lib.TJSValue { return lib.TJSValue{Ftag: lib.EJS_TAG_UNDEFINED} }

func exception() lib.TJSValue { return lib.TJSValue{Ftag: lib.EJS_TAG_EXCEPTION} }

func number(n int32) lib.TJSValue { return lib.XNewInt32(nil, 0, n) }

func thrown(v lib.TJSValue) bool { return v.Ftag == lib.EJS_TAG_EXCEPTION }

func isString(v lib.TJSValue) bool {
	return v.Ftag == lib.EJS_TAG_STRING || v.Ftag == lib.EJS_TAG_STRING_ROPE
}

func (r *realm) free(v lib.TJSValue) { lib.XFreeValue(r.iso.tls, r.ctx, v) }

// copied copies a text to memory that the engine may read; the result is to be freed.
func (r *realm) copied(text string) (uintptr, error) {
	block, err := r.iso.memory.blocks.UintptrMalloc(len(text) + 1)
	if err != nil {
		return 0, err
	}
	to := unsafe.Slice(at[byte](block), len(text)+1)
	copy(to, text)
	to[len(text)] = 0
	return block, nil
}

func (r *realm) uncopy(block uintptr) { _ = r.iso.memory.blocks.UintptrFree(block) }

// text makes a string.
func (r *realm) text(s string) (lib.TJSValue, error) {
	from, err := r.copied(s)
	if err != nil {
		return undefined(), err
	}
	defer r.uncopy(from)
	v := lib.XJS_NewStringLen(r.iso.tls, r.ctx, from, libc.Tsize_t(len(s)))
	if thrown(v) {
		return v, r.exceptionError()
	}
	return v, nil
}

// read returns v as a string; false where JavaScript threw, which is dropped.
func (r *realm) read(v lib.TJSValue) (string, bool) {
	size := int(unsafe.Sizeof(libc.Tsize_t(0)))
	length := r.iso.tls.Alloc(size)
	defer r.iso.tls.Free(size)
	p := lib.XJS_ToCStringLen2(r.iso.tls, r.ctx, length, v, 0)
	if p == 0 {
		r.drop()
		return "", false
	}
	defer lib.XJS_FreeCString(r.iso.tls, r.ctx, p)
	return wellFormed(string(unsafe.Slice(at[byte](p), *at[libc.Tsize_t](length)))), true
}

// drop takes the exception that is pending away.
func (r *realm) drop() { r.free(lib.XJS_GetException(r.iso.tls, r.ctx)) }

// property reads a string property; "" where there is none.
func (r *realm) property(v lib.TJSValue, name string) string {
	key, err := r.copied(name)
	if err != nil {
		return ""
	}
	defer r.uncopy(key)
	value := lib.XJS_GetPropertyStr(r.iso.tls, r.ctx, v, key)
	if thrown(value) {
		r.drop()
		return ""
	}
	defer r.free(value)
	if !isString(value) && value.Ftag != lib.EJS_TAG_INT {
		return ""
	}
	text, _ := r.read(value)
	return text
}

// wellFormed puts the replacement character in the place of what the engine writes of a
// lone surrogate: three bytes that are no UTF-8.
func wellFormed(s string) string {
	if utf8.ValidString(s) {
		return s
	}
	out := []byte(s)
	for n := 0; n < len(out); {
		c, size := utf8.DecodeRune(out[n:])
		if c == utf8.RuneError && size == 1 {
			if n+2 < len(out) && out[n] == 0xed {
				n += copy(out[n:], "\ufffd")
				continue
			}
			out[n] = '?' // the engine writes nothing else
		}
		n += size
	}
	return string(out)
}
