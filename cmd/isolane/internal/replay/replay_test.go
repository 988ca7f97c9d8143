package replay

import (
	"context"
	"errors"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/cmd/isolane/internal/redact"
	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
	"github.com/isolane/isolane/jsruntime/quickjs"
	"github.com/isolane/isolane/jsruntime/tape"
	"github.com/isolane/isolane/jsruntime/v8"
	"github.com/isolane/isolane/jsruntime/webapi"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const patience = time.Minute

func build(t *testing.T, source string, change func(*function.Manifest)) *bundle.Function {
	t.Helper()
	b, err := bundle.Build(t.Context(), bundle.Options{Name: "f", Dir: t.TempDir(), Source: &bundle.Source{File: "f.ts", Contents: source}})
	require.NoError(t, err)
	m := function.DefaultManifest()
	m.Stream, m.Record = &function.Stream{Name: "S"}, function.RecordAll
	m.Permissions.Net = []string{"127.0.0.1:*"}
	m.Limits.Wall, m.Limits.CPU = patience, patience
	if change != nil {
		change(&m)
	}
	fn, err := bundle.NewFunction("f", m, function.DefaultLimits(), b)
	require.NoError(t, err)
	return fn
}

// record runs a message as a node does, twice, so that the second finds the module loaded, and
// returns the records of both.
func record(t *testing.T, fn *bundle.Function, inv *function.Invocation, env map[string]string) []*tape.Tape {
	t.Helper()
	client, err := webapi.NewHTTP(webapi.DefaultHTTPConfig())
	require.NoError(t, err)
	defer client.Close() //nolint:errcheck // a test's
	q := newQueue()
	rc := jsruntime.DefaultConfig()
	rc.Node, rc.HTTP, rc.Messenger, rc.Buckets, rc.Post, rc.Env = "n1", client, hostcap.Closed{}, hostcap.Closed{}, q.post, env
	rc.Light, rc.Redact = quickjs.NewEngine(quickjs.DefaultConfig()), redact.New(env).Text
	rt, err := jsruntime.New(rc, v8.NewEngine(v8.Config{WebAPI: webapi.Script()}))
	require.NoError(t, err)
	defer rt.Close() //nolint:errcheck // a test's
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if fn.Manifest.Key != "" && inv.Keyed == nil {
		inv.Keyed = &function.Keyed{ID: "7", State: []byte(`{"sum":4}`)}
	}
	var tapes []*tape.Tape
	for range 2 {
		var res *function.Result
		err := rt.Invoke(inv, fn, func(r *function.Result) { res = r })
		for err == nil && res == nil {
			var ev jsruntime.Event
			if ev, err = q.next(ctx); err == nil {
				err = rt.Handle(ev)
			}
		}
		require.NotNil(t, res, "%v", err)
		require.NotNil(t, res.Record)
		one, err := tape.Decode(res.Record)
		require.NoError(t, err)
		tapes = append(tapes, one)
		if _, lost := errors.AsType[*jsruntime.CondemnedError](err); lost || res.Loss != nil {
			break
		}
	}
	return tapes
}

func aMessage() *function.Invocation {
	return &function.Invocation{
		ID: "s1", Function: "f", Subject: "orders.7.new", Header: function.Header{"Nats-Stream": {"S"}, "A": {"1", "2"}},
		Payload: []byte(`{"n":3}`), Attempt: 2, Kept: true,
	}
}

func server(t *testing.T) (url string, asked *atomic.Int32) {
	t.Helper()
	asked = new(atomic.Int32)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n := asked.Add(1)
		w.Header().Set("X-N", strings.Repeat("x", int(n%5)))
		_, _ = w.Write([]byte(strings.Repeat("body of "+r.URL.Path+" ", 20*int(n%2*40+1))))
	}))
	t.Cleanup(s.Close)
	return s.URL, asked
}

// A run with fetch, state, time, timers and chance goes as it went, byte for byte, and asks
// nobody for anything.
func TestReplayIsTheSame(t *testing.T) {
	url, asked := server(t)
	source := `
const born = Date.now(), lucky = Math.random();
export default class F { async message(msg: any, ctx: any) {
  console.log(Date.now(), new Date().toISOString(), Date(), performance.now(), Math.random(), typeof born, typeof lucky);
  console.log(crypto.randomUUID(), [...crypto.getRandomValues(new Uint8Array(9))].join());
  const state = (await ctx.state.get()) ?? { sum: 0 };
  const began = Date.now();
  const [a, b] = await Promise.all([fetch("` + url + `/a"), fetch("` + url + `/b", { method: "POST", body: "x" + Math.random() })]);
  console.log(a.headers.get("x-n"), (await a.text()).length, (await b.text()).slice(0, 30));
  await new Promise((r) => setTimeout(r, 20));
  console.log(Date.now() - began, msg.subject, msg.headers.get("a"), msg.attempt, ctx.key, JSON.stringify(ctx.invocation));
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode("x"));
  console.log(new Uint8Array(digest)[0], new Date(0).getTime(), new Date() instanceof Date, Date.length, Date.UTC(2020, 1), (new Date()).constructor === Date);
  try { await fetch("http://127.0.0.1:1/refused") } catch (e) { console.warn("" + e) }
  try { await ctx.nats.request("nobody", "") } catch (e) { console.warn("" + e) }
  state.sum += msg.json().n + Math.random();
  await ctx.state.put(state);
  if (ctx.env.FAIL) throw new TypeError("failed at " + Date.now());
  return { sum: state.sum, at: new Date() };
} }`
	for name, change := range map[string]func(*function.Manifest){
		"v8":      nil,
		"quickjs": func(m *function.Manifest) { m.Engine = function.EngineQuickJS },
		"fails":   func(m *function.Manifest) { m.Env = map[string]string{"FAIL": "1"} },
		"context": func(m *function.Manifest) { m.Isolation = function.PerContext },
	} {
		t.Run(name, func(t *testing.T) {
			fn := build(t, source, func(m *function.Manifest) {
				m.Key, m.Permissions.NATS.Request = "orders.{id}.>", []string{"nobody"}
				if change != nil {
					change(m)
				}
			})
			for i, before := range record(t, fn, aMessage(), nil) {
				require.False(t, before.Cut)
				require.Contains(t, []function.Outcome{function.OK, function.Exception}, before.Outcome, before.Message)
				n := asked.Load()
				r, err := Run(t.Context(), Config{Function: fn, Message: aMessage(), Tape: before})
				require.NoError(t, err)
				require.Nil(t, r.Divergence, "run %d: %v", i, r.Divergence)
				require.Empty(t, r.Differences, "then:\n%s\nnow:\n%s", strings.Join(before.Console(), "\n"), strings.Join(r.Console, "\n"))
				require.True(t, r.Same())
				require.Equal(t, before.Console(), r.Console)
				require.Len(t, r.Console, 7)
				require.Equal(t, before.Outcome, r.Outcome)
				require.Equal(t, string(before.State), r.State)
				require.Equal(t, n, asked.Load(), "it asked for something")
				require.NotEmpty(t, r.Calls)
			}
		})
	}
}

// Where the function asks for something else, that is told, and what it asks for is refused.
func TestReplayDiverges(t *testing.T) {
	url, asked := server(t)
	source := func(path string) string {
		return `export default async (msg: any) => { const r = await fetch("` + url + path + `"); console.log(r.status); return await r.text() }`
	}
	before := record(t, build(t, source("/a"), nil), aMessage(), nil)[0]
	n := asked.Load()
	r, err := Run(t.Context(), Config{Function: build(t, source("/b"), nil), Message: aMessage(), Tape: before})
	require.NoError(t, err)
	require.NotNil(t, r.Divergence)
	require.Equal(t, "at host call 1: the function asked for fetch GET "+url+"/b, the record has fetch GET "+url+"/a", r.Divergence.String())
	require.Equal(t, function.Exception, r.Outcome)
	require.Contains(t, r.Message, "is not on the record, and is refused")
	require.Contains(t, strings.Join(r.Differences, "\n"), "the version: ")
	require.Equal(t, n, asked.Load())
	r, err = Run(t.Context(), Config{Function: build(t, source("/b"), nil), Message: aMessage(), Tape: before, Live: true})
	require.NoError(t, err)
	require.Equal(t, function.OK, r.Outcome, r.Message)
	require.Equal(t, n+1, asked.Load())
}

// A record that was cut says so, and what comes after is refused, without being a divergence.
func TestReplayOfACutRecord(t *testing.T) {
	fn := build(t, `export default async () => {
	  for (let i = 0; i < 3000; i++) { console.log(i, "`+strings.Repeat("x", 200)+`"); if (i % 100 === 0) await new Promise((r) => setTimeout(r, 0)); }
	  return "end";
	}`, nil)
	before := record(t, fn, aMessage(), nil)[0]
	require.True(t, before.Cut)
	data, err := before.Encode()
	require.NoError(t, err)
	require.Less(t, len(data), 2*tape.MaxRecord)
	r, err := Run(t.Context(), Config{Function: fn, Message: aMessage(), Tape: before})
	require.NoError(t, err)
	require.Equal(t, "cut", r.Record)
	require.False(t, r.Same())
	require.Nil(t, r.Divergence)
	require.Equal(t, function.OK, r.Outcome)
}

// A run that ended at its deadline, or took its isolate with it, does so again.
func TestReplayOfLimits(t *testing.T) {
	for name, c := range map[string]struct {
		source string
		want   function.Outcome
	}{
		"deadline": {`export default async () => { console.log("waits"); await new Promise(() => {}) }`, function.Timeout},
		"cpu":      {`export default async () => { console.log("spins"); await new Promise((r) => setTimeout(r, 1)); for (;;); }`, function.ExceededCPU},
	} {
		t.Run(name, func(t *testing.T) {
			fn := build(t, c.source, func(m *function.Manifest) { m.Limits.Wall, m.Limits.CPU = 2*time.Second, 200*time.Millisecond })
			before := record(t, fn, aMessage(), nil)[0]
			require.Equal(t, c.want, before.Outcome)
			r, err := Run(t.Context(), Config{Function: fn, Message: aMessage(), Tape: before})
			require.NoError(t, err)
			require.True(t, r.Same(), "%+v", r)
			require.Equal(t, c.want, r.Outcome)
		})
	}
}

// Secrets are not in a record, and a replay without them goes the same way.
func TestSecretsAreNotRecorded(t *testing.T) {
	url, _ := server(t)
	fn := build(t, `export default async (msg: any, ctx: any) => {
	  const r = await fetch("`+url+`/a?key=" + ctx.env.TOKEN, { headers: { authorization: ctx.env.TOKEN } });
	  console.log("token", ctx.env.TOKEN); return "token " + ctx.env.TOKEN;
	}`, func(m *function.Manifest) { m.Permissions.Env = []string{"TOKEN"} })
	const token = "very-secret-value"
	before := record(t, fn, aMessage(), map[string]string{"TOKEN": token})[0]
	data, err := before.Encode()
	require.NoError(t, err)
	require.NotContains(t, string(data), token)
	for _, env := range []map[string]string{nil, {"TOKEN": token}, {"TOKEN": "another-secret"}} {
		r, err := Run(t.Context(), Config{Function: fn, Message: aMessage(), Tape: before, Env: env})
		require.NoError(t, err)
		require.True(t, r.Same(), "%+v", r)
	}
}

// Without a record it runs, and what it asks for is refused.
func TestReplayWithoutARecord(t *testing.T) {
	fn := build(t, `export default async (msg: any) => { console.log(msg.text(), Date.now() > 0); await fetch("http://127.0.0.1:1/") }`, nil)
	r, err := Run(t.Context(), Config{Function: fn, Message: aMessage()})
	require.NoError(t, err)
	require.Equal(t, "none", r.Record)
	require.Equal(t, []string{`log {"n":3} true`}, r.Console)
	require.Equal(t, function.Exception, r.Outcome)
	require.Contains(t, r.Message, "refused")
	require.Nil(t, r.Divergence)
}

// The alarm of a key and the call of a method go as they went, with the state that they found; so
// does a batch, with what it said of its messages.
func TestReplayOfWhatIsNoMessage(t *testing.T) {
	url, asked := server(t)
	body := `
  console.log(Date.now(), Math.random(), JSON.stringify(ctx.invocation));
  const text = await (await fetch("` + url + `/a")).text();`
	keyed := `
export default class F {
  async message() {}
  async alarm(ctx: any) {` + body + `
    const state = await ctx.state.get();
    await ctx.state.put({ sum: state.sum + Math.random(), text });
    await ctx.alarm.set(Date.now() + 1000);
    throw new TypeError("failed at " + Date.now() + " with " + state.sum);
  }
  async add(args: any, ctx: any) {` + body + `
    const state = await ctx.state.get();
    console.log(ctx.key, await ctx.alarm.get());
    await ctx.state.put({ sum: state.sum + args.n });
    if (args.n > 5) throw new RangeError("too much: " + JSON.stringify(args));
    return { sum: state.sum + args.n, text };
  }
}`
	batch := `
export default { async batch(msgs: any[], ctx: any) {` + body + `
  for (const m of msgs) console.log(m.subject, m.text(), m.attempt, m.headers.get("a"), (await m.bytes()).length);
  msgs[0].ack(); msgs[1].retry({ delay: 5000 }); msgs[2].reject("no " + text.slice(0, 4));
  throw new TypeError("the rest failed at " + Date.now());
} }`
	whole := func(n int, payload string) function.Message {
		return function.Message{ID: "s" + payload, Subject: "orders." + payload, Payload: []byte(payload), Attempt: n, Header: function.Header{"A": {"1"}, "Nats-Stream": {"S"}, "Nats-Sequence": {payload}}}
	}
	state := []byte(`{"sum":4}`)
	for name, c := range map[string]struct {
		source string
		inv    *function.Invocation
		want   function.Outcome
		said   []string
	}{
		"alarm": {keyed, &function.Invocation{ID: "a1", Attempt: 2, Header: function.Header{}, Keyed: &function.Keyed{ID: "7", Due: true, State: state}}, function.Exception, nil},
		"call": {keyed, &function.Invocation{
			ID: "i.c1", Subject: "isolane.call.x", Attempt: 1, Payload: []byte(`{"n":3}`), Keyed: &function.Keyed{ID: "7", Method: "add", State: state, Alarm: time.UnixMilli(5e12)},
		}, function.OK, nil},
		"a call that fails": {keyed, &function.Invocation{ID: "i.c1", Attempt: 1, Payload: []byte(`{"n":9}`), Keyed: &function.Keyed{ID: "7", Method: "add", State: state}}, function.Exception, nil},
		"batch": {batch, &function.Invocation{
			ID: "b1", Attempt: 3, Kept: true, Batch: []function.Message{whole(1, "1"), whole(2, "2"), whole(3, "3"), whole(1, "4")},
		}, function.Exception, []string{"ack of S:1", "retry of S:2 after 5s", "reject of S:3: no body"}},
	} {
		for _, engine := range []function.Engine{function.EngineV8, function.EngineQuickJS} {
			t.Run(name+"/"+string(engine), func(t *testing.T) {
				fn := build(t, c.source, func(m *function.Manifest) {
					m.Engine = engine
					if m.Key = "orders.{id}.>"; len(c.inv.Batch) > 0 {
						m.Key, m.Stream.Batch = "", &function.Batch{Size: 10}
					}
				})
				for i, before := range record(t, fn, c.inv, nil) {
					require.Equal(t, c.want, before.Outcome, before.Message)
					require.Equal(t, c.inv.ID, before.Invocation)
					require.Len(t, before.Batch, len(c.inv.Batch))
					n := asked.Load()
					r, err := Run(t.Context(), Config{Function: fn, Message: before.Run(), Tape: before})
					require.NoError(t, err)
					require.True(t, r.Same(), "run %d: %+v", i, r)
					require.Equal(t, before.Message, r.Message)
					require.Equal(t, before.Console(), r.Console)
					require.NotEmpty(t, r.Console)
					require.Equal(t, c.said, r.Said)
					require.Equal(t, len(c.inv.Batch), r.Messages)
					if k := c.inv.Keyed; k != nil {
						require.Equal(t, []any{k.ID, k.Due, k.Method}, []any{r.Key, r.Due, r.Method})
					}
					require.Equal(t, n, asked.Load(), "it asked for something")
					// A changed function is told from it.
					changed := build(t, strings.ReplaceAll(c.source, url+"/a", url+"/b"), func(m *function.Manifest) { *m = fn.Manifest })
					r, err = Run(t.Context(), Config{Function: changed, Message: before.Run(), Tape: before})
					require.NoError(t, err)
					require.NotNil(t, r.Divergence)
					require.Equal(t, "fetch GET "+url+"/b", r.Divergence.Asked)
				}
			})
		}
	}
}
