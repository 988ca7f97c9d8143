package jsruntime

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// contextKey names one version of a function.
type contextKey struct {
	name, version string
	// light says that it is in the light engine.
	light bool
}

// jsContext is a realm with a function loaded.
type jsContext struct {
	key      contextKey
	bundle   *bundle.Bundle
	vm       *vm
	realm    Realm
	api      *webapi.API
	inflight int
	used     uint64 // the tick of its last use
	// fresh ones serve one invocation and are closed after it.
	fresh bool
	// alone says that one invocation at a time is in it: the engine does not tell whose code
	// runs where several share a promise.
	alone  bool
	closed bool
	// disown gives up an isolate of its own; nil where it is shared.
	disown func()
}

// retire closes a context that served its one invocation. It is called between
// turns, never inside one.
func (x *jsContext) retire() {
	if x.fresh && x.inflight == 0 {
		x.close()
	}
}

func (x *jsContext) close() {
	if x.closed {
		return
	}
	x.closed = true
	if x.disown != nil {
		x.disown() // the isolate goes, and the context with it
		return
	}
	x.realm.Close()
}

// buffers is what the context holds outside the heap; nothing where its realm could
// not be made.
func (x *jsContext) buffers() uint64 {
	if x.realm == nil {
		return 0
	}
	return x.realm.Buffers()
}

// contexts is the set of a runtime's warm contexts, bounded by dropping the least recently
// used idle one. While all are busy it may exceed the bound.
type contexts struct {
	max   int
	live  func(name, version string) bool // nil: no other version is
	tick  uint64
	count int
	// byKey has one for each, or several where they are alone.
	byKey map[contextKey][]*jsContext
}

// find returns a context that takes one more invocation, the most recently used one, or
// nil.
func (c *contexts) find(key contextKey) *jsContext {
	var found *jsContext
	for _, x := range c.byKey[key] {
		if (!x.alone || x.inflight == 0) && (found == nil || x.used > found.used) {
			found = x
		}
	}
	return found
}

func (c *contexts) add(x *jsContext) {
	c.byKey[x.key] = append(c.byKey[x.key], x)
	c.count++
}

// forget takes x out, if it is in.
func (c *contexts) forget(x *jsContext) {
	list := c.byKey[x.key]
	at := slices.Index(list, x)
	if at < 0 {
		return
	}
	c.count--
	if len(list) == 1 {
		delete(c.byKey, x.key)
		return
	}
	c.byKey[x.key] = slices.Delete(list, at, at+1)
}

// each returns all of them.
func (c *contexts) each() []*jsContext {
	all := make([]*jsContext, 0, c.count)
	for _, list := range c.byKey {
		all = append(all, list...)
	}
	return all
}

// join counts an invocation in.
func (c *contexts) join(x *jsContext) {
	c.tick++
	x.used = c.tick
	x.inflight++
}

// makeRoom closes idle contexts: those of versions of the named function that are no
// longer called, and the least recently used one where the bound is reached.
func (c *contexts) makeRoom(key contextKey) {
	var oldest *jsContext
	for _, x := range c.each() {
		if x.inflight > 0 {
			continue
		}
		if x.key != key && x.key.name == key.name && (c.live == nil || !c.live(x.key.name, x.key.version)) {
			c.drop(x)
			continue
		}
		if oldest == nil || x.used < oldest.used {
			oldest = x
		}
	}
	if c.count >= c.max && oldest != nil {
		c.drop(oldest)
	}
}

func (c *contexts) drop(x *jsContext) {
	c.forget(x)
	x.close()
}

// enterContext finds or makes the context for i. Where the function cannot be
// loaded, i is answered and i.context stays nil.
func (r *Runtime) enterContext(i *invocation) error {
	key := contextKey{i.fn.Name, i.fn.Version, r.light(i.fn)}
	warm := i.fn.Manifest.Isolation == function.Warm
	if x := r.contexts.find(key); x != nil && warm {
		r.contexts.join(x)
		i.context = x
		return nil
	}
	i.cold = true
	if warm {
		r.contexts.makeRoom(key)
	}
	x, err := r.newContext(i, key)
	if err != nil || x == nil {
		return err
	}
	x.fresh = !warm
	if warm {
		if !key.light && i.fn.Manifest.Engine == function.EngineAuto {
			r.promoted(key)
		}
		r.contexts.add(x)
	}
	r.contexts.join(x)
	i.context = x
	return nil
}

// newContext makes a realm and loads i's function into it, within i's CPU limit.
func (r *Runtime) newContext(i *invocation, key contextKey) (*jsContext, error) {
	x := &jsContext{key: key, bundle: i.fn.Bundle, vm: r.vm}
	limits := i.fn.Manifest.Limits
	config, err := json.Marshal(realmConfig{
		Needs: i.fn.Manifest.Needs(), Env: r.env(i.fn), Timers: limits.Timers, Subrequests: limits.Subrequests,
		Buffers: int64(limits.Buffers), LogsPerTurn: maxLogsPerTurn, LogLength: maxLogLength,
		Record: records(i.fn.Manifest) || r.cfg.Play != nil,
	})
	if err != nil {
		return nil, fmt.Errorf("jsruntime: realm configuration: %w", err)
	}
	x.api = webapi.New(webapi.Config{
		Permissions: i.fn.Manifest.Permissions, Limits: limits,
		HTTP: r.cfg.HTTP, Messenger: r.cfg.Messenger, Buckets: r.cfg.Buckets, Calls: r.cfg.Calls, Tracer: r.cfg.Tracer,
	})
	engine := r.engine
	if key.light {
		engine = r.cfg.Light
	}
	x.alone = !engine.Shares()
	if i.fn.Manifest.Isolation == function.PerIsolate || !engine.Shares() {
		if err := r.own(x, engine, limits); err != nil {
			r.settleFailure(i, function.Failure(function.Crashed, err.Error()))
			return nil, nil
		}
	}
	x.realm, err = x.vm.isolate.NewRealm(RealmConfig{Config: string(config), Call: func(op, text string, in []byte) (string, []byte, error) {
		return r.call(x, op, text, in)
	}})
	if err != nil {
		if x.vm.own {
			x.close()
			r.settleFailure(i, function.Failure(function.Crashed, err.Error()))
			return nil, nil
		}
		return nil, r.stopped(i, x, false, err)
	}
	b := i.fn.Bundle
	r.loading = true
	err = r.enter(i, x, func() error {
		return x.realm.Load(Script{Source: b.Script, Origin: b.Origin, Digest: b.Digest, Code: b.CodeOf(engine.Name())})
	})
	r.loading = false
	if err != nil {
		return nil, err
	}
	if r.inflight[i.id] != i { // it could not be loaded, and was answered
		x.close()
		return nil, nil
	}
	return x, nil
}

// own gives x an isolate of its own.
func (r *Runtime) own(x *jsContext, engine Engine, limits function.Limits) error {
	own, err := newVM(engine, limits, true)
	if err != nil {
		return err
	}
	r.owned[own] = struct{}{}
	x.vm = own
	x.disown = func() {
		delete(r.owned, own)
		own.dispose()
	}
	return nil
}

// env is what a function sees as ctx.env.
func (r *Runtime) env(fn *bundle.Function) map[string]string {
	env := make(map[string]string)
	for _, name := range fn.Manifest.Permissions.Env {
		if v, ok := r.cfg.Env[name]; ok {
			env[name] = v
		}
	}
	maps.Copy(env, fn.Manifest.Env)
	return env
}

const (
	maxLogsPerTurn = 256
	maxLogLength   = 8 << 10
)

// realmConfig is what core.js reads.
type realmConfig struct {
	// Needs is Manifest.Needs. It stands first: core.js looks for it there, before it
	// reads all.
	Needs       string            `json:"needs,omitempty"`
	Env         map[string]string `json:"env"`
	Timers      int               `json:"timers"`
	Subrequests int               `json:"subrequests"`
	Buffers     int64             `json:"buffers"`
	LogsPerTurn int               `json:"logsPerTurn"`
	LogLength   int               `json:"logLength"`
	// Record has time and chance asked of Go. It stands last: core.js looks for it there.
	Record bool `json:"record,omitempty"`
}
