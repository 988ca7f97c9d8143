package v8

import (
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/webapi"
)

func batched(m *function.Manifest) {
	m.Stream = &function.Stream{Name: "ORDERS", Batch: &function.Batch{Size: 10}}
}

func ofBatch(m ...function.Message) *function.Invocation {
	return &function.Invocation{ID: "b1", Function: "many", Batch: m, Attempt: 1, Received: time.Now(), Kept: true}
}

func TestBatchOfMessages(t *testing.T) {
	var log []string
	fn := module(t, "many", `
Object.prototype.text = "not a payload"; Object.prototype.empty = true;
Object.defineProperty(Object.prototype, "said", { get() { return true }, set() { throw new Error("seen") } });
export default { async batch(msgs, ctx) {
  if (!Array.isArray(msgs)) throw new Error("no array");
  await null;
  console.log(JSON.stringify([ctx.invocation.id, msgs.map(m => [m.id, m.attempt, m.subject, m.headers.get("x"), m.text(), m.bytes().length])]));
  return { never: 1n }; // is not looked at
} }`, batched)
	l := newLoop(t, func(c *jsruntime.Config) {
		c.Console = func(line jsruntime.ConsoleLine) { log = append(log, line.Text) }
	})
	large := strings.Repeat("ü", 50_000)
	res := l.Begin(t, ofBatch(
		function.Message{ID: "m1", Attempt: 1, Subject: "orders.1", Payload: []byte(`a "text" <b>`), Header: function.Header{"X": {"1"}}},
		function.Message{ID: "m2", Attempt: 3, Subject: "orders.2"},
		function.Message{ID: "m3", Attempt: 1, Subject: "orders.3", Payload: []byte{0xff, 0}},
		function.Message{ID: "m4", Attempt: 1, Subject: "orders.4", Payload: []byte(large)},
	), fn)
	require.Equal(t, function.OK, res.Outcome, "%s %s", res.Message, res.Stack)
	require.Empty(t, res.Body)
	require.Nil(t, res.Verdicts)
	require.Len(t, log, 1)
	require.Contains(t, log[0], `["b1",[["m1",1,"orders.1","1","a \"text\" <b>",12],["m2",3,"orders.2",null,"",0],["m3",1,"orders.3",null,"`+"\ufffd\\u0000"+`",2],["m4",1,"orders.4",null,"üüü`)
}

// What is said of a message counts whatever becomes of the batch, and the first word does.
func TestVerdicts(t *testing.T) {
	three := func() *function.Invocation {
		return ofBatch(function.Message{ID: "m1"}, function.Message{ID: "m2"}, function.Message{ID: "m3"})
	}
	one := func() *function.Invocation {
		return &function.Invocation{ID: "b1", Function: "many", Subject: "orders.1", Attempt: 1, Received: time.Now(), Kept: true}
	}
	said := func(v ...function.Verdict) []function.Verdict { return v }
	ack, unsaid := function.Verdict{Action: function.SaidAck}, function.Verdict{}
	for name, c := range map[string]struct {
		inv     func() *function.Invocation
		body    string
		outcome function.Outcome
		want    []function.Verdict
		message string
	}{
		"all kinds": {
			three, `msgs[0].ack(); msgs[1].retry({ delay: 1500 }); msgs[2].reject("no such order")`, function.OK,
			said(ack, function.Verdict{Action: function.SaidRetry, Delay: 1500 * time.Millisecond}, function.Verdict{Action: function.SaidReject, Reason: "no such order"}), "",
		},
		"without a delay":    {three, `msgs[1].retry()`, function.OK, said(unsaid, function.Verdict{Action: function.SaidRetry, Delay: -1}, unsaid), ""},
		"a delay too long":   {three, `msgs[1].retry({ delay: 1e300 })`, function.OK, said(unsaid, function.Verdict{Action: function.SaidRetry, Delay: function.MaxRetryDelay}, unsaid), ""},
		"the first counts":   {three, `msgs[0].ack(); msgs[0].retry(); msgs[0].reject("x")`, function.OK, said(ack, unsaid, unsaid), ""},
		"then it throws":     {three, `msgs[2].ack(); throw new Error("later")`, function.Exception, said(unsaid, unsaid, ack), "later"},
		"then it never ends": {three, `msgs[2].ack(); await new Promise(() => {})`, function.Timeout, said(unsaid, unsaid, ack), ""},
		"bad delay":          {three, `msgs[0].retry({ delay: "1s" })`, function.Exception, nil, "the delay is a number of milliseconds"},
		"negative delay":     {three, `msgs[0].retry({ delay: -1 })`, function.Exception, nil, "the delay is a number of milliseconds"},
		"a million words":    {three, `for (let i = 0; i < 1e5; i++) msgs[0].ack()`, function.OK, said(ack, unsaid, unsaid), ""},
		"one message":        {one, `msgs.retry({ delay: 7 }); throw new Error("x")`, function.Exception, said(function.Verdict{Action: function.SaidRetry, Delay: 7 * time.Millisecond}), "x"},
		"one message's id":   {one, `if (msgs.id !== ctx.invocation.id || msgs.attempt !== 1) throw new Error(msgs.id); msgs.ack()`, function.OK, said(ack), ""},
		"a request": {
			func() *function.Invocation { i := one(); i.Kept = false; return i }, `msgs.retry()`, function.Exception, nil,
			"msg.retry() is for messages of a stream",
		},
		"after the answer": {three, `ctx.waitUntil((async () => { await new Promise(r => setTimeout(r, 1)); try { msgs[0].ack() } catch (e) { console.log(e.message) } })())`, function.OK, nil, ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := newLoop(t, nil)
			fn := module(t, "many", `const run = async (msgs, ctx) => {`+c.body+`}; export default { batch: run, message: run }`, func(m *function.Manifest) {
				batched(m)
				m.Limits.Wall = 400 * time.Millisecond
				if c.outcome != function.Timeout {
					patiently(m)
				}
			})
			res := l.Begin(t, c.inv(), fn)
			require.Equal(t, c.outcome, res.Outcome, res.Message)
			require.Equal(t, c.want, res.Verdicts)
			require.Contains(t, res.Message, c.message)
		})
	}
}

// What is said in a turn that is stopped does not count; what was said before does.
func TestVerdictsOfAStoppedTurn(t *testing.T) {
	l := newLoop(t, nil)
	fn := module(t, "many", `export default { async batch(msgs) {
  msgs[0].ack(); await new Promise(r => setTimeout(r, 1)); msgs[1].ack(); for (;;);
} }`, func(m *function.Manifest) { batched(m); m.Limits.CPU = time.Second })
	inv := ofBatch(function.Message{ID: "m1"}, function.Message{ID: "m2"})
	require.NoError(t, l.Runtime.Invoke(inv, fn, func(r *function.Result) { l.Results["b1"] = r }))
	require.Error(t, l.Run())
	require.Equal(t, function.ExceededCPU, l.Results["b1"].Outcome)
	require.Equal(t, []function.Verdict{{Action: function.SaidAck}, {}}, l.Results["b1"].Verdicts)
}

// What an innocent said before another's turn took the isolate goes to who owns its answer: the
// turn had ended. What is given back of one that said nothing is nil.
func TestVerdictsAreHandedBackByAbandon(t *testing.T) {
	l := newLoop(t, nil)
	fn := module(t, "many", `export default { async batch(msgs) {
  if (msgs[0].text() === "silent") await new Promise(() => {});
  msgs[0].ack(); await new Promise(r => setTimeout(r, 1)); msgs[2].reject("no"); await new Promise(() => {});
} }`, batched)
	begin := func(payload string) *function.Invocation {
		inv := ofBatch(function.Message{ID: "m1", Payload: []byte(payload)}, function.Message{ID: "m2"}, function.Message{ID: "m3"})
		require.NoError(t, l.Runtime.Invoke(inv, fn, func(*function.Result) { t.Error("answered") }))
		return inv
	}
	said, silent := begin("said"), begin("silent")
	require.NoError(t, l.Runtime.Handle(<-l.Events))
	_, err := l.Call(module(t, "spin", `export default () => { for(;;); }`, nil), nil)
	condemned, ok := errors.AsType[*jsruntime.CondemnedError](err)
	require.True(t, ok, "%v", err)
	require.Nil(t, condemned.Said, "Abandon is there to be asked")
	given := map[*function.Invocation][]function.Verdict{}
	for _, a := range l.Runtime.Abandon() {
		given[a.Invocation] = a.Verdicts
	}
	require.Equal(t, map[*function.Invocation][]function.Verdict{
		said:   {{Action: function.SaidAck}, {}, {Action: function.SaidReject, Reason: "no"}},
		silent: nil,
	}, given)
}

// A turn that cannot be stopped is told of while it goes on, with what all in flight had said.
func TestVerdictsAreToldWithTheStuck(t *testing.T) {
	stuck := make(chan *jsruntime.CondemnedError, 1)
	l := newLoop(t, func(c *jsruntime.Config) {
		c.Grace = 20 * time.Millisecond
		c.Stuck = func(e *jsruntime.CondemnedError) { stuck <- e }
	})
	fn := module(t, "many", `export default { async batch(msgs) {
  msgs[0].ack(); await new Promise(r => setTimeout(r, 1));
  if (msgs[0].text() === "waits") return await new Promise(() => {});
  const a = new Int32Array(14 << 20);
  for (let i = 0; i < a.length; i++) a[i] = Math.imul(i, 0x9e3779b1);
  msgs[1].ack(); a.sort();
} }`, func(m *function.Manifest) {
		batched(m)
		m.Limits.CPU = 400 * time.Millisecond // enough to fill the array, and not to sort it
	})
	begin := func(payload string) *function.Invocation {
		inv := ofBatch(function.Message{ID: "m1", Payload: []byte(payload)}, function.Message{ID: "m2"})
		require.NoError(t, l.Runtime.Invoke(inv, fn, func(*function.Result) {}))
		return inv
	}
	waits := begin("waits")
	require.NoError(t, l.Runtime.Handle(<-l.Events))
	answered := ofBatch(function.Message{ID: "m1"}) // and is in flight no more
	quick := module(t, "quick", `export default { batch(msgs) { msgs[0].ack() } }`, batched)
	require.NoError(t, l.Runtime.Invoke(answered, quick, func(*function.Result) {}))
	culprit := begin("")
	require.Error(t, l.Run())
	require.Len(t, stuck, 1, "the turn ended before it was given up")
	first := []function.Verdict{{Action: function.SaidAck}, {}}
	require.Equal(t, map[*function.Invocation][]function.Verdict{waits: first, culprit: first}, (<-stuck).Said)
}

// A message that the function does not take is refused, and a module that does not take what
// its manifest promises is not deployed.
func TestBatchMismatch(t *testing.T) {
	l := newLoop(t, nil)
	only := module(t, "many", `export default { batch() {} }`, batched)
	res, err := l.Call(only, nil)
	require.NoError(t, err)
	require.Equal(t, function.BadRequest, res.Outcome)
	require.Contains(t, res.Message, "takes batches of its stream alone")

	single := module(t, "single", `export default () => {}`, nil)
	res = l.Begin(t, ofBatch(function.Message{ID: "m1"}), single)
	require.Equal(t, function.BadRequest, res.Outcome)
	require.Contains(t, res.Message, "takes no batches")

	scheduled := func(m *function.Manifest) { batched(m); m.Schedule = []function.Schedule{{Cron: "@daily"}} }
	for name, c := range map[string]struct {
		source    string
		configure func(*function.Manifest)
		want      string
	}{
		"function":               {`export default () => {}`, batched, "the manifest has stream.batch, and the module exports a function for one message"},
		"message alone":          {`export default { message() {} }`, batched, "the manifest has stream.batch: export default { async batch"},
		"batch without manifest": {`export default { batch() {} }`, nil, "a batch(msgs, ctx) method and the manifest no stream.batch"},
		"schedule":               {`export default { batch() {} }`, scheduled, "runs of schedules are no batch"},
		"nothing":                {`export default {}`, nil, "no default export that can be called"},
		"both":                   {`export default { batch() {}, message() {} }`, scheduled, ""},
		"message, no manifest":   {`export default { batch() {}, message() {} }`, nil, ""},
		"env that looks like it": {`export default () => {}`, func(m *function.Manifest) { m.Env = map[string]string{"needs": "batch"} }, ""},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := jsruntime.DefaultConfig()
			fn := module(t, "many", c.source, c.configure)
			fn.Manifest.Limits = cfg.Limits
			err := jsruntime.Probe(t.Context(), cfg, NewEngine(Config{WebAPI: webapi.Script()}), fn)
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorContains(t, err, c.want)
		})
	}
}
