//go:build rogchap

package v8

import (
	"github.com/isolane/isolane/jsruntime"
)

// border is Go's side of border.js for a binding that cannot share memory: words go
// one by one through the binding, bytes as text of code points below 256. It is
// slow, and there so that the two bindings can be compared.
type border struct {
	realm                *realm
	words, floats        *bindObject
	takeText, acceptText *bindFunction
}

func (b *border) open(r *realm, core *bindObject) error {
	b.realm = r
	object := func(name string) (*bindObject, error) {
		v, err := core.Get(name)
		if err != nil {
			return nil, err
		}
		return v.AsObject()
	}
	var err error
	if b.words, err = object("ctl"); err != nil {
		return err
	}
	if b.floats, err = object("f64"); err != nil {
		return err
	}
	if b.takeText, err = getFunction(core, "takeText"); err != nil {
		return err
	}
	b.acceptText, err = getFunction(core, "acceptText")
	return err
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
	value, err := b.takeText.Call(b.realm.undefined)
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
	text := make([]rune, len(bytes))
	for i, c := range bytes {
		text[i] = rune(c)
	}
	value, err := bindNewString(b.realm.iso.iso, string(text))
	if err != nil {
		return err
	}
	defer value.Release()
	done, err := b.acceptText.Call(b.realm.undefined, value)
	if err != nil {
		return err
	}
	done.Release()
	return nil
}

func (b *border) close() { *b = border{} }
