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
	owner     owner
	undefined *bindValue
	call      func(op, text string, in []byte) (string, []byte, error)
	// first is a record's text that an entry returned already.
	first  string
	gotten bool
	closed bool
	// parts are the functions of the web APIs' parts that JavaScript asked for.
	parts []*bindValue
}

var _ jsruntime.Realm = (*realm)(nil)

// NewRealm implements jsruntime.Isolate.
func (i *isolate) NewRealm(cfg jsruntime.RealmConfig) (jsruntime.Realm, error) {
	r := &realm{iso: i, call: cfg.Call, owner: i.native.newOwner(), undefined: bindUndefined(i.iso)}
	i.realms[r] = struct{}{}
	i.charge(r)
	if err := r.open(cfg.Config); err != nil {
		r.Close()
		return nil, fmt.Errorf("v8: host script: %w", err)
	}
	return r, nil
}

// open makes the context and takes the host's script's entry.
func (r *realm) open(config string) (err error) {
	snapshot := r.iso.engine.host.ready
	if r.ctx, err = r.iso.newContext(snapshot); err != nil {
		return err
	}
	if r.border, err = r.iso.borderFor(r.ctx); err != nil {
		return err
	}
	if snapshot {
		return r.port.boot(r, config)
	}
	return r.bootstrap(config)
}

// contextKind is which context of the snapshot's is meant.
type contextKind int

const (
	// contextHost is a new one with the host's script in it.
	contextHost contextKind = iota
	// contextPlain is a new one without.
	contextPlain
	// contextFirst is the one that was made with the isolate, with the host's script in it.
	contextFirst
)

// newContext makes a context, with the host's script in it where a snapshot has that.
func (i *isolate) newContext(snapshot bool) (*bindContext, error) {
	switch {
	case !snapshot:
		return bindNewContext(i.iso), nil
	case i.single && !i.first:
		i.first = true
		return i.native.newContext(i.iso, contextFirst)
	}
	return i.native.newContext(i.iso, contextHost)
}

// plainContext makes a context without the host's script.
func (i *isolate) plainContext() (*bindContext, error) {
	if i.engine.host.ready {
		return i.native.newContext(i.iso, contextPlain)
	}
	return bindNewContext(i.iso), nil
}

// bootstrap runs the host's script, where there is no snapshot of it.
func (r *realm) bootstrap(config string) error {
	r.iso.native.offerFlow(r.ctx)
	boot, err := r.evaluate(r.iso.engine.host.source, originHost, &r.iso.engine.hostCode)
	if err != nil {
		return err
	}
	defer boot.Release()
	text, err := bindNewString(r.iso.iso, config)
	if err != nil {
		return err
	}
	defer text.Release()
	entry, err := r.apply(boot, r.border.call, r.border.control, r.border.current, text)
	if err != nil {
		return err
	}
	enter, err := entry.AsFunction()
	if err != nil {
		return err
	}
	r.border.setWord(jsruntime.WordEntry, jsruntime.EntryHook)
	value, err := enter.Call(r.undefined)
	if err != nil {
		return err
	}
	hook, err := value.AsFunction()
	if err != nil {
		return err
	}
	r.port.use(r, enter, hook)
	return nil
}

// borderFor returns the border of a realm in ctx: its own if it is alone.
func (i *isolate) borderFor(ctx *bindContext) (*border, error) {
	if i.single {
		return i.borderIn(ctx)
	}
	if i.shared == nil {
		own, err := i.plainContext()
		if err != nil {
			return nil, err
		}
		b, err := i.borderIn(own)
		if err != nil {
			own.Close()
			return nil, err
		}
		b.own = own
		i.shared = b
	}
	return i.shared, nil
}

// borderIn makes a border whose values are in ctx.
func (i *isolate) borderIn(ctx *bindContext) (*border, error) {
	call, err := i.calls.function(i, ctx)
	if err != nil {
		return nil, err
	}
	b, err := newBorder(i, ctx)
	if err != nil {
		return nil, err
	}
	b.call = call
	return b, nil
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
	r.iso.ripen(code, script)
	return value, nil
}

// part runs a script of the web APIs' that JavaScript has just touched; nil where it
// could not be, for want of memory.
func (r *realm) part(name string) *bindValue {
	source, ok := jsruntime.Part(name)
	if !ok {
		return nil
	}
	value, err := r.evaluate(source, jsruntime.PartOrigin(name), r.iso.engine.partCode(name))
	if err != nil {
		return nil
	}
	r.parts = append(r.parts, value)
	return value
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
	defer r.iso.calls.sweep()
	r.iso.charge(r)
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
	r.iso.ripen(code, script)
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

// Close implements jsruntime.Realm.
func (r *realm) Close() {
	if r.closed {
		return
	}
	r.closed = true
	i := r.iso
	i.calls.sweep()
	for _, part := range r.parts {
		part.Release()
	}
	r.port.close()
	if r.border != nil && r.border != i.shared {
		r.border.close()
	}
	delete(i.realms, r)
	i.running = nil
	i.native.charge(nilOwner)
	forget(r.owner)
	freeOwner(r.owner)
	if r.ctx != nil {
		r.ctx.Close()
	}
}
