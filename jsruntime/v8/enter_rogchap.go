//go:build rogchap

package v8

import (
	"errors"

	"github.com/isolane/isolane/jsruntime"
)

// volley is nothing: here each invocation crosses the border alone.
type volley struct{}

// port is a realm's way into JavaScript, through the binding.
type port struct {
	realm *realm
	entry *bindFunction
}

// use takes the entry of a host's script that has run in r's context.
func (p *port) use(r *realm, entry, _ *bindFunction) { *p = port{r, entry} }

// boot is for a snapshot, which there is not.
func (*port) boot(*realm, string) error { return errors.ErrUnsupported }

func (*port) close() {}

func (*port) halt() {}

// enter calls the entry that stands in the control block without arguments. It returns
// the text that JavaScript returned, or that of the outbox's oldest record, and whether
// there is one.
func (p *port) enter() (string, bool, error) { return p.call() }

// enterText is enter with an argument.
func (p *port) enterText(a string) (string, bool, error) {
	text, err := bindNewString(p.realm.iso.iso, a)
	if err != nil {
		return "", false, err
	}
	defer text.Release()
	return p.call(text)
}

// enterTexts is enter with two arguments, of which the first may be undefined.
func (p *port) enterTexts(a string, undefined bool, b string) (string, bool, error) {
	second, err := bindNewString(p.realm.iso.iso, b)
	if err != nil {
		return "", false, err
	}
	defer second.Release()
	if undefined {
		return p.call(p.realm.undefined, second)
	}
	first, err := bindNewString(p.realm.iso.iso, a)
	if err != nil {
		return "", false, err
	}
	defer first.Release()
	return p.call(first, second)
}

// enterScript runs the script and is enter with its completion value.
func (p *port) enterScript(script *bindScript) (string, bool, error) {
	namespace, err := script.Run(p.realm.ctx)
	if err != nil {
		return "", false, err
	}
	defer namespace.Release()
	return p.call(namespace)
}

func (p *port) call(args ...bindValuer) (string, bool, error) {
	for {
		value, err := p.entry.Call(p.realm.undefined, args...)
		if err != nil {
			return "", false, err
		}
		text, is := value.String(), value.IsString()
		value.Release()
		b := p.realm.border
		if is || b.word(jsruntime.WordOut)+b.word(jsruntime.WordRejected) == 0 || b.word(jsruntime.WordEntry) == jsruntime.EntryNext {
			return text, is, nil
		}
		b.setWord(jsruntime.WordEntry, jsruntime.EntryNext)
		args = nil
	}
}
