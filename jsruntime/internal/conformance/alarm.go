package conformance

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// KeyedAlarm is a test of every engine: what a function makes of its key's alarm.
func KeyedAlarm(t *testing.T, e Engine) {
	t.Helper()
	at := func(ms int64) *function.AlarmChange { return &function.AlarmChange{At: time.UnixMilli(ms)} }
	for _, c := range []struct {
		name, body string
		before     time.Time
		want       *function.AlarmChange
		outcome    function.Outcome
		reply      string
	}{
		{"reads none", `return String(await ctx.alarm.get())`, time.Time{}, nil, function.OK, "undefined"},
		{"reads", `return String(await ctx.alarm.get())`, time.UnixMilli(1_764_140_938_123), nil, function.OK, "1764140938123"},
		{"a number", `await ctx.alarm.set(1764140938123); return String(await ctx.alarm.get())`, time.Time{}, at(1_764_140_938_123), function.OK, "1764140938123"},
		{"a Date", `await ctx.alarm.set(new Date(7))`, time.UnixMilli(1), at(7), function.OK, ""},
		{"never early", `await ctx.alarm.set(7.2)`, time.Time{}, at(8), function.OK, ""},
		{"long passed", `await ctx.alarm.set(-1e15); return String(await ctx.alarm.get())`, time.Time{}, at(0), function.OK, "0"},
		{"the farthest", `await ctx.alarm.set(8.64e15)`, time.Time{}, at(8_640_000_000_000_000), function.OK, ""},
		{"the last counts", `ctx.alarm.set(1); ctx.alarm.delete(); ctx.alarm.set(3)`, time.Time{}, at(3), function.OK, ""},
		{"takes away", `await ctx.alarm.delete(); return String(await ctx.alarm.get())`, time.UnixMilli(1), &function.AlarmChange{}, function.OK, "undefined"},
		{"throws", `await ctx.alarm.set(1); throw new Error("no")`, time.Time{}, nil, function.Exception, ""},
		{"no time", `await ctx.alarm.set(NaN)`, time.Time{}, nil, function.Exception, ""},
		{"no date", `await ctx.alarm.set(new Date(NaN))`, time.Time{}, nil, function.Exception, ""},
		{"past all dates", `await ctx.alarm.set(Infinity)`, time.Time{}, nil, function.Exception, ""},
		{"text", `await ctx.alarm.set("2026-01-01")`, time.Time{}, nil, function.Exception, ""},
		{"nothing", `await ctx.alarm.set()`, time.Time{}, nil, function.Exception, ""},
		{"after the answer", `ctx.waitUntil((async () => { await new Promise(r => setTimeout(r, 1)); await ctx.alarm.set(2).catch(() => {}) })()); await ctx.alarm.set(1)`, time.Time{}, at(1), function.OK, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := NewLoop(t, e, nil)
			fn := Module(t, "order", `Object.prototype.alarm = "no alarm"; Object.prototype.rung = true; Date.prototype.getTime = () => 99;
export default class Order { async message(msg, ctx) { `+c.body+` } async alarm(ctx) {} }`, keyedBy)
			for id := range 2 { // warm, too
				inv := keyedInvocation(string(rune('a'+id)), "")
				inv.Keyed.Alarm = c.before
				res := l.Begin(t, inv, fn)
				require.Equal(t, c.outcome, res.Outcome, "%s %s", res.Message, res.Stack)
				require.Equal(t, c.want, res.Alarm)
				require.Nil(t, res.State)
				require.Equal(t, c.reply, string(res.Body))
			}
		})
	}
}

// KeyedAlarmDue is a test of every engine: what is called when an alarm is due, and what is
// said where nothing can be.
func KeyedAlarmDue(t *testing.T, e Engine) {
	t.Helper()
	l := NewLoop(t, e, nil)
	due := func(id, state string) *function.Invocation {
		inv := keyedInvocation(id, state)
		inv.Subject, inv.Keyed.Due = "", true
		return inv
	}
	const body = `const n = await ctx.state.get(); await ctx.state.put(n + 1); await ctx.alarm.set(60_000 + n); return [ctx.key, n, this.made, arguments.length]`
	for _, c := range []struct{ source, want string }{
		{`class Base { constructor() { this.made = true } async alarm(ctx) { ` + body + ` } } export default class extends Base { message() {} }`, `["k 1",7,true,1]`},
		{`export default { made: false, message() {}, async alarm(ctx) { ` + body + ` } }`, `["k 1",7,false,1]`},
	} {
		res := l.Begin(t, due("a", "7"), Module(t, "order", c.source, keyedBy))
		require.Equal(t, function.OK, res.Outcome, res.Message)
		require.Equal(t, c.want, string(res.Body))
		require.Equal(t, &function.StateChange{State: []byte("8")}, res.State)
		require.Equal(t, &function.AlarmChange{At: time.UnixMilli(60_007)}, res.Alarm)
	}
	without := Module(t, "order", `export default class { message(msg, ctx) { return ctx.alarm.set(1) } }`, keyedBy)
	for _, inv := range []*function.Invocation{keyedInvocation("b", ""), due("c", "")} {
		res := l.Begin(t, inv, without)
		require.Equal(t, function.Exception, res.Outcome)
		require.Contains(t, res.Message, "alarm(ctx) method")
	}
	res, err := l.Call(Module(t, "plain", `export default (msg, ctx) => ctx.alarm.set(1)`, nil), nil)
	require.NoError(t, err)
	require.Equal(t, function.Exception, res.Outcome)
	require.Contains(t, res.Message, "give the manifest a key")
}
