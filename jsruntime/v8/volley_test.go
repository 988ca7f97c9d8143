//go:build !rogchap

package v8

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/internal/conformance"
)

// volleys is a loop that begins several invocations at a time.
type volleys struct {
	*conformance.Loop
	t *testing.T
	// back takes what Unbegun is told.
	back chan int
}

func newVolleys(t *testing.T, configure func(*jsruntime.Config)) *volleys {
	t.Helper()
	b := &volleys{t: t, back: make(chan int, 1)}
	b.Loop = newLoop(t, func(c *jsruntime.Config) {
		c.Unbegun = func(begun int) { b.back <- begun }
		if configure != nil {
			configure(c)
		}
	})
	return b
}

// begin has the payloads begin in one volley, named by their places, and returns how many
// have.
func (b *volleys) begin(fn *bundle.Function, payloads ...string) (begun int, err error) {
	calls := make([]jsruntime.Call, 0, len(payloads))
	clear(b.Results)
	for i, p := range payloads {
		id := fmt.Sprint(i)
		inv := &function.Invocation{ID: id, Function: fn.Name, Subject: "fn." + fn.Name + "." + id, Payload: []byte(p), Attempt: 1, Received: time.Now()}
		calls = append(calls, jsruntime.Call{Invocation: inv, Done: func(r *function.Result) {
			require.NotContains(b.t, b.Results, id, "answered twice")
			b.Results[id] = r
		}})
	}
	err = b.Runtime.InvokeAll(calls, fn)
	select {
	case begun = <-b.back:
	default:
		begun = len(calls)
	}
	return begun, err
}

// all begins the payloads, those that are given back in further volleys, and returns the
// replies.
func (b *volleys) all(fn *bundle.Function, payloads ...string) []*function.Result {
	var results []*function.Result
	for len(payloads) > 0 {
		begun, err := b.begin(fn, payloads...)
		require.NoError(b.t, err)
		require.Positive(b.t, begun)
		require.NoError(b.t, b.Run())
		require.Len(b.t, b.Results, begun)
		for i := range begun {
			results = append(results, b.Results[fmt.Sprint(i)])
		}
		payloads = payloads[begun:]
	}
	return results
}

const manyWays = `let calls = 0;
export default (msg, ctx) => {
	const { how, say } = msg.json();
	calls++;
	switch (how) {
	case "text": return say;
	case "nothing": return;
	case "bytes": return new TextEncoder().encode(say);
	case "response": return new Response(say, { status: 201, headers: { "x-said": say } });
	case "throw": throw new RangeError(say);
	case "await": return (async () => { await null; return say })();
	case "timer": return new Promise((r) => setTimeout(() => r(say), 1));
	case "rejected": Promise.reject(new Error("nobody hears " + say)); return say;
	case "late": ctx.waitUntil(new Promise((r) => setTimeout(r, 1))); return say;
	case "subject": return msg.subject;
	case "calls": return String(calls);
	case "id": return ctx.invocation.id;
	}
}`

// TestVolleyIsAsOneByOne: each invocation of a volley has its own reply, as if it had been
// begun alone.
func TestVolleyIsAsOneByOne(t *testing.T) {
	b := newVolleys(t, nil)
	fn := module(t, "many", manyWays, func(m *function.Manifest) { m.Limits.CPU = 10 * time.Second })
	require.Equal(t, "1", string(b.all(fn, `{"how":"calls"}`)[0].Body)) // loads it
	hows := []string{"text", "nothing", "bytes", "response", "throw", "await", "timer", "rejected", "late", "text"}
	for round := range 50 {
		var payloads []string
		for i := range 16 {
			payloads = append(payloads, fmt.Sprintf(`{"how":%q,"say":"%d of %d"}`, hows[(i*7+round)%len(hows)], i, round))
		}
		for i, r := range b.all(fn, payloads...) {
			how, said := hows[(i*7+round)%len(hows)], fmt.Sprintf("%d of %d", i, round)
			require.NotNil(t, r, how)
			switch how {
			case "throw":
				require.Equal(t, function.Exception, r.Outcome)
				require.Equal(t, "RangeError: "+said, r.Message)
			case "nothing":
				require.Equal(t, function.OK, r.Outcome)
				require.Empty(t, r.Body)
			default:
				require.Equal(t, function.OK, r.Outcome, r.Message)
				require.Equal(t, said, string(r.Body), how)
			}
			if how == "response" {
				require.Equal(t, 201, r.Status)
				require.Equal(t, said, r.Header.Get("x-said"))
			}
			require.LessOrEqual(t, r.Receipt.CPU, r.Receipt.Wall+time.Millisecond)
			require.Positive(t, r.Receipt.CPU)
		}
	}
	for _, how := range []string{"subject", "id"} {
		ask := fmt.Sprintf(`{"how":%q}`, how)
		begun, err := b.begin(fn, ask, ask, ask)
		require.NoError(t, err)
		for i := range begun {
			id := fmt.Sprint(i)
			require.Contains(t, []string{id, "fn.many." + id}, string(b.Results[id].Body))
		}
	}
	require.Zero(t, b.Runtime.Inflight())
}

// TestVolleyOfLargeReplies: what does not fit the memory at rest is whole, text and bytes.
func TestVolleyOfLargeReplies(t *testing.T) {
	b := newVolleys(t, nil)
	fn := module(t, "large", `export default (msg) => {
	const [kind, n] = msg.text().split(" ");
	return kind === "text" ? "é".repeat(+n) : new Uint8Array(+n).fill(+n % 251);
}`, func(m *function.Manifest) { m.Limits.CPU = 10 * time.Second })
	b.all(fn, "text 1")
	for i, r := range b.all(fn, "text 3", "bytes 5000", "text 100000", "bytes 300000", "bytes 7", "text 0", "bytes 0", "bytes 4097") {
		n := []int{3, 5000, 100_000, 300_000, 7, 0, 0, 4097}[i]
		if i == 0 || i == 2 || i == 5 {
			require.Equal(t, strings.Repeat("é", n), string(r.Body))
			continue
		}
		require.Len(t, r.Body, n)
		for _, c := range r.Body {
			require.EqualValues(t, n%251, c)
		}
	}
}

// TestVolleyEndsWithItsCulprit: the ones before have their replies, the culprit alone is
// blamed, and those behind it go back while it still runs.
func TestVolleyEndsWithItsCulprit(t *testing.T) {
	for name, source := range map[string]string{
		"loop":      "for (;;);",
		"microtask": "const f = () => { Promise.resolve().then(f) }; f()",
		"heap":      "const k = []; for (;;) k.push(new Array(1000).fill(1))",
		"buffers":   "const k = []; for (;;) k.push(new Uint8Array(1 << 20))",
	} {
		t.Run(name, func(t *testing.T) {
			b := newVolleys(t, nil)
			fn := module(t, "culprit", "export default (msg) => { if (msg.text() === 'bad') { "+source+" } if (msg.text() === 'throw') throw new Error('mine'); return 'good' }", nil)
			b.all(fn, "x") // loads it
			// A turn that takes longer than it should ends a volley before its culprit, so that
			// it is tried again.
			for try := 0; ; try++ {
				require.Less(t, try, 100)
				begun, err := b.begin(fn, "x", "throw", "bad", "x", "x")
				if begun < 3 {
					require.NoError(t, err)
					continue
				}
				require.Equal(t, 3, begun)
				var condemned *jsruntime.CondemnedError
				require.ErrorAs(t, err, &condemned)
				require.Equal(t, "2", condemned.Invocation)
				require.Len(t, b.Results, 3)
				require.Equal(t, "good", string(b.Results["0"].Body))
				require.Equal(t, function.Exception, b.Results["1"].Outcome, "it ended before the culprit began")
				require.Contains(t, []function.Outcome{function.ExceededCPU, function.ExceededMemory}, b.Results["2"].Outcome)
				if name == "loop" {
					require.Equal(t, function.ExceededCPU, b.Results["2"].Outcome)
					require.GreaterOrEqual(t, b.Results["2"].Receipt.CPU, 250*time.Millisecond, "its own time")
				}
				require.Less(t, b.Results["1"].Receipt.CPU, b.Results["2"].Receipt.CPU)
				require.Empty(t, b.Runtime.Abandon())
				return
			}
		})
	}
}

// TestVolleyDoesNotWaitForALongTurn: what is behind a turn that takes long is given back
// before that ends.
func TestVolleyDoesNotWaitForALongTurn(t *testing.T) {
	stop := make(chan struct{})
	var early int
	b := &volleys{t: t, back: make(chan int, 1)}
	b.Loop = newLoop(t, func(c *jsruntime.Config) {
		c.Unbegun = func(begun int) { early = begun; close(stop) }
		c.Console = func(jsruntime.ConsoleLine) {}
	})
	fn := module(t, "long", `export default (msg) => {
	const end = Date.now() + +msg.text();
	while (Date.now() < end);
	return "done";
}`, func(m *function.Manifest) { m.Limits.CPU = 20 * time.Second })
	_, err := b.Call(fn, []byte("0"))
	require.NoError(t, err)
	returned := make(chan struct{})
	go func() {
		defer close(returned)
		if _, err := b.begin(fn, "500", "0", "0"); err != nil {
			t.Error(err)
		}
	}()
	select {
	case <-stop:
	case <-time.After(patience):
		t.Fatal("nothing is given back")
	}
	select {
	case <-returned:
		t.Fatal("it was given back at the end only")
	default:
	}
	<-returned
	require.Equal(t, 1, early)
	require.Equal(t, "done", string(b.Results["0"].Body))
	require.Len(t, b.Results, 1)
	require.Zero(t, b.Runtime.Inflight())
}
