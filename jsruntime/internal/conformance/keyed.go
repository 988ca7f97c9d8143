package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// KeyedState is a test of every engine: what a function makes of its key's state.
func KeyedState(t *testing.T, e Engine) {
	t.Helper()
	state := func(text string) *function.StateChange { return &function.StateChange{State: []byte(text)} }
	for _, c := range []struct {
		name, body, before string
		want               *function.StateChange
		outcome            function.Outcome
		reply              string
	}{
		{"reads nothing", `return String(await ctx.state.get())`, "", nil, function.OK, "undefined"},
		{"reads", `return (await ctx.state.get()).n + ctx.key`, `{"n":7}`, nil, function.OK, "7k 1"},
		{"puts", `const s = (await ctx.state.get()) ?? { n: 0 }; s.n++; await ctx.state.put(s)`, `{"n":7}`, state(`{"n":8}`), function.OK, ""},
		{"is not changed by what it read", `(await ctx.state.get()).n = 9; return (await ctx.state.get()).n + ""`, `{"n":7}`, nil, function.OK, "7"},
		{"sees what it put", `await ctx.state.put([1]); (await ctx.state.get()).push(2); return await ctx.state.get()`, "", state("[1]"), function.OK, "[1]"},
		{"the last counts", `ctx.state.put(1); ctx.state.delete(); ctx.state.put("<\u00e9>")`, "", state(`"<é>"`), function.OK, ""},
		{"takes away", `await ctx.state.delete(); return String(await ctx.state.get())`, "1", &function.StateChange{}, function.OK, "undefined"},
		{"null is a state", `await ctx.state.put(null); return [await ctx.state.get()]`, "", state("null"), function.OK, "[null]"},
		{"throws", `await ctx.state.put(1); throw new Error("no")`, "", nil, function.Exception, ""},
		{"no JSON", `await ctx.state.put(() => 1)`, "", nil, function.Exception, ""},
		{"a circle", `const a = []; a.push(a); await ctx.state.put(a)`, "", nil, function.Exception, ""},
		{"after the answer", `ctx.waitUntil((async () => { await new Promise(r => setTimeout(r, 1)); await ctx.state.put(2).catch(() => {}) })()); await ctx.state.put(1)`, "", state("1"), function.OK, ""},
		{"an object of its own", `this.n = (this.n ?? 0) + 1; return [this.n, this.made]`, "", nil, function.OK, "[1,true]"},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := NewLoop(t, e, nil)
			fn := Module(t, "order", `Object.prototype.state = "not a state"; Object.prototype.keyed = false;
export default class Order { constructor() { this.made = true } async message(msg, ctx) { `+c.body+` } }`, keyedBy)
			for id := range 2 { // warm, too
				inv := keyedInvocation(string(rune('a'+id)), c.before)
				res := l.Begin(t, inv, fn)
				require.Equal(t, c.outcome, res.Outcome, "%s %s", res.Message, res.Stack)
				require.Equal(t, c.want, res.State)
				require.Equal(t, c.reply, string(res.Body))
			}
		})
	}
}

// KeyedExports is a test of every engine: what a keyed function may export, and who may call
// it.
func KeyedExports(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	for _, source := range []string{
		`export default async (msg, ctx) => ctx.key`,
		`export default { message(msg, ctx) { return ctx.key } }`,
		`class Base { message(msg, ctx) { return ctx.key } } export default class extends Base {}`,
	} {
		res := l.Begin(t, keyedInvocation("a", ""), Module(t, "order", source, keyedBy))
		require.Equal(t, "k 1", string(res.Body), "%s: %s", source, res.Message)
	}
	fn := Module(t, "order", `export default class { message() {} }`, keyedBy)
	plain := keyedInvocation("b", "")
	plain.Keyed = nil
	res := l.Begin(t, plain, fn)
	require.Equal(t, function.BadRequest, res.Outcome)
	require.Contains(t, res.Message, "this is a keyed function")
	res, err := l.Call(Module(t, "plain", `export default (msg, ctx) => ctx.state.get()`, nil), nil)
	require.NoError(t, err)
	require.Equal(t, function.Exception, res.Outcome)
	require.Contains(t, res.Message, "give the manifest a key")
	for source, want := range map[string]string{
		`export default class { handle() {} }`: "the class has no message(msg, ctx) method",
	} {
		res = l.Begin(t, keyedInvocation("c", ""), Module(t, "order", source, keyedBy))
		require.Equal(t, function.Exception, res.Outcome)
		require.Contains(t, res.Message, want)
	}
}

func keyedBy(m *function.Manifest) {
	m.Key, m.Stream = "orders.{id}.>", &function.Stream{Name: "ORDERS"}
}

func keyedInvocation(id, state string) *function.Invocation {
	inv := &function.Invocation{
		ID: id, Function: "order", Subject: "orders.k 1.new", Attempt: 1, Received: time.Now(), Kept: true,
		Keyed: &function.Keyed{ID: "k 1"},
	}
	if state != "" {
		inv.Keyed.State = []byte(state)
	}
	return inv
}
