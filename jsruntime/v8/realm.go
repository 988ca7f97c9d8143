package v8

import (
	"errors"
	"fmt"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// realm is one V8 context with the host's script in it.
type realm struct {
	iso       *isolate
	ctx       *bindContext
	border    *border
	port      port
	hook      *bindFunction // what V8 tells in the middle of JavaScript
	owner     owner
	undefined *bindValue
	call      func(op, text string, in []byte) (string, []byte, error)
	// garbage holds the values made for JavaScript's calls; they are released when
	// the turn is over.
	garbage []*bindValue
	// first is a record's text that an entry returned already.
	first  string
	gotten bool
}

var _ jsruntime.Realm = (*realm)(nil)

// NewRealm implements jsruntime.Isolate.
func (i *isolate) NewRealm(cfg jsruntime.RealmConfig) (jsruntime.Realm, error) {
	o := i.native.newOwner()
	i.native.charge(o)
	ctx := bindNewContext(i.iso)
	r := &realm{iso: i, ctx: ctx, call: cfg.Call, owner: o, undefined: bindUndefined(i.iso)}
	i.realms[ctx] = r
	if err := r.bootstrap(cfg.Config); err != nil {
		r.Close()
		return nil, fmt.Errorf("v8: host script: %w", err)
	}
	return r, nil
}

// bootstrap takes the host's script's entry.
func (r *realm) bootstrap(config string) error {
	boot, err := r.boot()
	if err != nil {
		return err
	}
	defer boot.Release()
	if r.border, err = r.iso.borderFor(r.ctx); err != nil {
		return err
	}
	text, err := bindNewString(r.iso.iso, config)
	if err != nil {
		return err
	}
	defer text.Release()
	call := r.iso.template.GetFunction(r.ctx)
	defer call.Release()
	entry, err := r.apply(boot, call, r.border.control, r.border.current, text)
	if err != nil {
		return err
	}
	enter, err := entry.AsFunction()
	if err != nil {
		return err
	}
	r.border.setWord(jsruntime.WordEntry, jsruntime.EntryHook)
	hook, err := enter.Call(r.undefined)
	if err != nil {
		return err
	}
	if r.hook, err = hook.AsFunction(); err != nil {
		return err
	}
	setHook(r.owner, r.hook)
	r.port = newPort(r, enter)
	return nil
}

// borderFor returns the border of a realm in ctx: its own if it is alone.
func (i *isolate) borderFor(ctx *bindContext) (*border, error) {
	if i.single {
		return newBorder(i, ctx)
	}
	if i.shared == nil {
		own := bindNewContext(i.iso)
		b, err := newBorder(i, own)
		if err != nil {
			own.Close()
			return nil, err
		}
		b.own = own
		i.shared = b
	}
	return i.shared, nil
}

// evaluate runs a script of the host in the context.
func (r *realm) evaluate(source, origin string, code *bundle.Code) (*bindValue, error) {
	script, fresh, err := r.iso.compile(source, origin, origin, code)
	if err != nil {
		return nil, err
	}
	value, err := script.Run(r.ctx)
	if err != nil {
		return nil, err
	}
	if fresh {
		keep(code, script)
	}
	return value, nil
}

func (r *realm) apply(f *bindValue, args ...bindValuer) (*bindValue, error) {
	fn, err := f.AsFunction()
	if err != nil {
		return nil, err
	}
	return fn.Call(r.undefined, args...)
}

// Load implements jsruntime.Realm.
func (r *realm) Load(s jsruntime.Script) error {
	defer r.sweep()
	r.iso.native.charge(r.owner)
	// The origin stands in stacks, so it is part of what is compiled.
	code := s.Code
	if code == nil {
		code = new(bundle.Code)
	}
	script, fresh, err := r.iso.compile(s.Source, s.Origin, s.Origin+"@"+s.Digest, code)
	if err != nil {
		return r.translate(err)
	}
	r.border.setWord(jsruntime.WordEntry, jsruntime.EntryLoad)
	verdict, _, err := r.port.enterScript(script)
	if err != nil {
		return r.translate(err)
	}
	if fresh {
		keep(code, script)
	}
	if verdict != "" {
		return &function.ScriptError{Message: verdict}
	}
	return nil
}

// translate turns the binding's errors into jsruntime's. The text of a termination is
// read here and nowhere else.
func (r *realm) translate(err error) error {
	var js *bindJSError
	if !errors.As(err, &js) {
		return err
	}
	if js.Message == "ExecutionTerminated: script execution has been terminated" {
		return jsruntime.ErrTerminated
	}
	return &function.ScriptError{Message: js.Message, Location: js.Location, Stack: js.StackTrace}
}

// Buffers implements jsruntime.Realm.
func (r *realm) Buffers() uint64 { return ownerBytes(r.owner) }

// answer serves a synchronous call of the host script.
func (r *realm) answer(op, text string) (string, error) {
	out, bytes, err := r.call(op, text, r.border.take())
	if err != nil {
		return "", err
	}
	if err := r.border.give(bytes); err != nil {
		return "", err
	}
	return out, nil
}

// sweep releases what a turn left behind.
func (r *realm) sweep() {
	for _, v := range r.garbage {
		v.Release()
	}
	r.garbage = r.garbage[:0]
}

// Close implements jsruntime.Realm.
func (r *realm) Close() {
	if r.ctx == nil {
		return
	}
	r.sweep()
	r.port.close()
	if r.border != nil && r.border != r.iso.shared {
		r.border.close()
	}
	delete(r.iso.realms, r.ctx)
	r.iso.native.charge(nilOwner)
	setHook(r.owner, nil)
	freeOwner(r.owner)
	r.ctx.Close()
	r.ctx = nil
}
