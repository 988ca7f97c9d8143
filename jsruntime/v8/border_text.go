//go:build rogchap

package v8

import (
	"github.com/isolane/isolane/jsruntime"
)

// border is Go's side of border.js for a binding that cannot share memory: words go
// one by one through the binding, bytes as text of code points below 256. It is
// slow, and there so that the two bindings can be compared.
type border struct {
	iso              *isolate
	own              *bindContext
	call             *bindValue // the function by which JavaScript asks Go
	make, take_, put *bindFunction
	control, current *bindValue
	size             int
	words, floats    *bindObject
}

const textScript = `(() => {
	const SAB = SharedArrayBuffer, U8 = Uint8Array, I32 = Int32Array, F64 = Float64Array;
	const { fromCharCode } = String;
	const control = new SAB(256);
	return {
		make: (n) => new SAB(n), control, words: new I32(control), floats: new F64(control),
		take: (buffer, n) => { const view = new U8(buffer, 0, n); let text = ""; for (let i = 0; i < n; i++) text += fromCharCode(view[i]); return text; },
		put: (buffer, text) => { const view = new U8(buffer); for (let i = 0; i < text.length; i++) view[i] = text.charCodeAt(i); },
	};
})()`

func newBorder(i *isolate, ctx *bindContext) (*border, error) {
	b := &border{iso: i}
	value, err := ctx.RunScript(textScript, originBorder)
	if err != nil {
		return nil, err
	}
	object, err := value.AsObject()
	if err != nil {
		return nil, err
	}
	if b.control, err = object.Get("control"); err != nil {
		return nil, err
	}
	for name, o := range map[string]**bindObject{"words": &b.words, "floats": &b.floats} {
		v, err := object.Get(name)
		if err != nil {
			return nil, err
		}
		if *o, err = v.AsObject(); err != nil {
			return nil, err
		}
	}
	for name, f := range map[string]**bindFunction{"make": &b.make, "take": &b.take_, "put": &b.put} {
		v, err := object.Get(name)
		if err != nil {
			return nil, err
		}
		if *f, err = v.AsFunction(); err != nil {
			return nil, err
		}
	}
	return b, b.grow(minTransfer)
}

func (b *border) grow(n int) error {
	value, err := b.allocate(n)
	if err != nil {
		return err
	}
	if b.current != nil {
		b.current.Release()
	}
	b.current, b.size = value, n
	b.setWord(jsruntime.WordCapacity, int32(n))
	b.setWord(jsruntime.WordGen, b.word(jsruntime.WordGen)+1)
	return nil
}

func (b *border) word(i int) int32 {
	v, err := b.words.GetIdx(uint32(i))
	if err != nil {
		return 0
	}
	defer v.Release()
	return v.Int32()
}

// setWord cannot fail: the array is the host's own and the value a number.
func (b *border) setWord(i int, v int32) { _ = b.words.SetIdx(uint32(i), v) }

func (b *border) setFloat(i int, v float64) { _ = b.floats.SetIdx(uint32(i), v) }

func (b *border) take() []byte {
	n := b.word(jsruntime.WordBytes)
	if n < 0 {
		return nil
	}
	size, err := bindNewInt(b.iso.iso, n)
	if err != nil {
		return nil
	}
	defer size.Release()
	value, err := b.take_.Call(bindUndefined(b.iso.iso), b.current, size)
	if err != nil {
		return nil
	}
	defer value.Release()
	out := make([]byte, 0, n)
	for _, c := range value.String() {
		out = append(out, byte(c))
	}
	return out
}

func (b *border) give(bytes []byte) error {
	if bytes == nil {
		b.setWord(jsruntime.WordBytes, -1)
		return nil
	}
	if len(bytes) > b.size {
		if err := b.grow(len(bytes)); err != nil {
			return err
		}
	}
	b.setWord(jsruntime.WordBytes, int32(len(bytes)))
	text := make([]rune, len(bytes))
	for i, c := range bytes {
		text[i] = rune(c)
	}
	value, err := bindNewString(b.iso.iso, string(text))
	if err != nil {
		return err
	}
	defer value.Release()
	done, err := b.put.Call(bindUndefined(b.iso.iso), b.current, value)
	if err != nil {
		return err
	}
	done.Release()
	return nil
}

func (b *border) close() {
	if b.own != nil {
		b.own.Close()
	}
	*b = border{}
}
