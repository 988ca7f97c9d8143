package v8

import (
	"errors"
	"fmt"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
)

// The names under which the host's scripts are compiled; stacks drop frames of
// files that begin with "isolane:".
const (
	originBorder = "isolane:border"
	originWebAPI = "isolane:webapi"
	originCore   = "isolane:core"
)

// entries are the functions that core.js returns.
type entries struct {
	start, resume, abort, load, next, collect *bindFunction
}

// realm is one V8 context with the host's script in it.
type realm struct {
	iso       *isolate
	ctx       *bindContext
	border    border
	enter     entries
	undefined *bindValue
	call      func(op, text string, in []byte) (string, []byte, error)
	// garbage holds the values made for JavaScript's calls; they are released when
	// the turn is over.
	garbage []*bindValue
	// head is the last invocation's subject and headers, kept since the next one's
	// are often the same.
	head      string
	headValue *bindValue
	// first is a record's text that an entry returned already.
	first  string
	gotten bool
}

var _ jsruntime.Realm = (*realm)(nil)

// NewRealm implements jsruntime.Isolate.
func (i *isolate) NewRealm(cfg jsruntime.RealmConfig) (jsruntime.Realm, error) {
	ctx := bindNewContext(i.iso)
	r := &realm{iso: i, ctx: ctx, call: cfg.Call, undefined: bindUndefined(i.iso)}
	i.realms[ctx] = r
	if err := r.bootstrap(cfg.Config); err != nil {
		r.Close()
		return nil, fmt.Errorf("v8: host script: %w", err)
	}
	return r, nil
}

// bootstrap evaluates the host's scripts and takes their entries.
func (r *realm) bootstrap(config string) error {
	makeBorder, err := r.evaluate(borderScript, originBorder, originBorder)
	if err != nil {
		return err
	}
	webapi, err := r.evaluate(r.iso.engine.cfg.WebAPI, originWebAPI, originWebAPI)
	if err != nil {
		return err
	}
	makeCore, err := r.evaluate(jsruntime.CoreScript(), originCore, originCore)
	if err != nil {
		return err
	}
	border, err := r.apply(makeBorder, r.iso.template.GetFunction(r.ctx))
	if err != nil {
		return err
	}
	text, err := bindNewString(r.iso.iso, config)
	if err != nil {
		return err
	}
	core, err := r.apply(makeCore, border, webapi, r.ctx.Global(), text)
	if err != nil {
		return err
	}
	object, err := core.AsObject()
	if err != nil {
		return err
	}
	for name, f := range map[string]**bindFunction{
		"start": &r.enter.start, "resume": &r.enter.resume, "abort": &r.enter.abort,
		"load": &r.enter.load, "next": &r.enter.next, "collect": &r.enter.collect,
	} {
		if *f, err = getFunction(object, name); err != nil {
			return err
		}
	}
	return r.border.open(r, object)
}

func getFunction(o *bindObject, name string) (*bindFunction, error) {
	v, err := o.Get(name)
	if err != nil {
		return nil, err
	}
	f, err := v.AsFunction()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return f, nil
}

// evaluate runs a script in the context. key names its source in the caches.
func (r *realm) evaluate(source, origin, key string) (*bindValue, error) {
	script, fresh, err := r.iso.compile(source, origin, key)
	if err != nil {
		return nil, err
	}
	value, err := script.Run(r.ctx)
	if err != nil {
		return nil, err
	}
	if fresh {
		r.iso.store(script, key)
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
	// The origin stands in stacks, so it is part of what is compiled.
	namespace, err := r.evaluate(s.Source, s.Origin, s.Origin+"@"+s.Digest)
	if err != nil {
		return r.translate(err)
	}
	defer namespace.Release()
	verdict, err := r.enter.load.Call(r.undefined, namespace)
	if err != nil {
		return r.translate(err)
	}
	defer verdict.Release()
	if text := verdict.String(); text != "" {
		return &function.ScriptError{Message: text}
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
	r.border.close()
	delete(r.iso.realms, r.ctx)
	r.ctx.Close()
	r.ctx = nil
}
