package conformance

import (
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// called is an invocation that calls a method.
func called(id int, method, args, state string) *function.Invocation {
	inv := keyedInvocation("m"+strconv.Itoa(id), state)
	inv.Kept, inv.Payload = false, []byte(args)
	inv.Keyed.Method = method
	return inv
}

// Methods is a test of every engine: methods of a keyed function that others call.
func Methods(t *testing.T, e Engine) {
	t.Helper()
	fn := Module(t, "order", `
Object.prototype.sneaky = () => "no";
Object.prototype.value = () => "no";
class Base { inherited(args) { return "from base " + args } hidden() { return "no" } }
export default class Order extends Base {
  #secret() { return "no" }
  static made() { return "no" }
  get getter() { return () => "no" }
  get hidden() { return 1 }
  field = () => "no";
  constructor() { super(); this.n = 0 }
  message(msg, ctx) { return "message" }
  alarm(ctx) { return "no" }
  _own() { return "no" }
  [Symbol.for("x")]() { return "no" }
  add(args, ctx) { this.n++; return { n: this.n, sum: args.a + args.b, key: ctx.key } }
  async put(args, ctx) { await new Promise(r => setTimeout(r, 1)); await ctx.state.put(args) }
  async read(args, ctx) { return [typeof args, await ctx.state.get()] }
  text(args) { return args }
  zero() { return 0 }
  none() { return null }
  bytes() { return new Uint8Array(3) }
  response() { return new Response("x") }
  big() { return { deep: [1n] } }
  circle() { const a = []; a.push(a); return a }
  fn() { return () => 1 }
  async fails() { const e = new RangeError("too far"); e.code = "E_FAR"; throw e }
  numbered() { const e = new Error("n"); e.name = "Own"; e.code = 17; throw e }
  odd() { throw { get code() { throw 1 } } }
  says() { throw "words" }
}`, keyedBy)
	for n, c := range []struct {
		method, args, state string
		outcome             function.Outcome
		body                string // of OK, else what the message has
		thrown              *function.Thrown
	}{
		{"add", `{"a":1,"b":2}`, "", function.OK, `{"n":1,"sum":3,"key":"k 1"}`, nil},
		{"add", `{"a":1,"b":2}`, "", function.OK, `{"n":1,"sum":3,"key":"k 1"}`, nil},
		{"inherited", `"x"`, "", function.OK, `"from base x"`, nil},
		{"put", `[1]`, "", function.OK, "", nil},
		{"read", ``, "7", function.OK, `["undefined",7]`, nil},
		{"read", `null`, "", function.OK, `["object",null]`, nil},
		{"text", `"a \" b"`, "", function.OK, `"a \" b"`, nil},
		{"text", `"` + strings.Repeat("x", 100<<10) + `"`, "", function.OK, `"` + strings.Repeat("x", 100<<10) + `"`, nil},
		{"zero", ``, "", function.OK, "0", nil},
		{"none", ``, "", function.OK, "null", nil},
		{"bytes", ``, "", function.Exception, "no bytes", nil},
		{"response", ``, "", function.Exception, "no Response", nil},
		{"big", ``, "", function.Exception, "deep[0] is a BigInt", nil},
		{"circle", ``, "", function.Exception, "", nil},
		{"fn", ``, "", function.Exception, "a function cannot be a reply", nil},
		{"fails", ``, "", function.Exception, "RangeError: too far", &function.Thrown{Name: "RangeError", Message: "too far", Code: `"E_FAR"`}},
		{"numbered", ``, "", function.Exception, "Own: n", &function.Thrown{Name: "Own", Message: "n", Code: "17"}},
		{"odd", ``, "", function.Exception, "", nil},
		{"says", ``, "", function.Exception, "words", &function.Thrown{Message: "words"}},
		{"add", `{"a":`, "", function.Exception, "SyntaxError", nil},
		{"missing", ``, "", function.BadRequest, "there are add, put, read, text, zero, none, bytes, response, big, circle, fn, fails, numbered, odd, says, inherited", nil},
		{"message", ``, "", function.BadRequest, "it has no method", nil},
		{"alarm", ``, "", function.BadRequest, "it has no method", nil},
		{"constructor", ``, "", function.BadRequest, "it has no method", nil},
		{"_own", ``, "", function.BadRequest, "it has no method", nil},
		{"#secret", ``, "", function.BadRequest, "it has no method", nil},
		{"made", ``, "", function.BadRequest, "it has no method", nil},
		{"getter", ``, "", function.BadRequest, "it has no method", nil},
		{"hidden", ``, "", function.BadRequest, "it has no method", nil},
		{"field", ``, "", function.BadRequest, "it has no method", nil},
		{"sneaky", ``, "", function.BadRequest, "it has no method", nil},
		{"toString", ``, "", function.BadRequest, "it has no method", nil},
		{"__proto__", ``, "", function.BadRequest, "it has no method", nil},
	} {
		t.Run(strconv.Itoa(n)+" "+c.method, func(t *testing.T) {
			l := NewLoop(t, e, nil)
			for id := range 2 { // warm, too
				res := l.Begin(t, called(id, c.method, c.args, c.state), fn)
				require.Equal(t, c.outcome, res.Outcome, res.Message)
				if c.outcome == function.OK {
					require.Equal(t, c.body, string(res.Body))
					require.Equal(t, c.method == "put", res.State != nil)
				} else {
					require.Contains(t, res.Message, c.body)
				}
				if c.thrown != nil {
					require.Equal(t, c.thrown, res.Thrown)
				}
			}
		})
	}
	l := NewLoop(t, e, nil)
	res := l.Begin(t, called(1, "add", "", ""), Module(t, "order", `export default (msg) => 1`, keyedBy))
	require.Equal(t, function.BadRequest, res.Outcome)
	require.Contains(t, res.Message, "it has none")
	res = l.Begin(t, called(2, "add", "1", ""), Module(t, "object", `export default { message() {}, n: 7, add(a) { return a + this.n } }`, keyedBy))
	require.Equal(t, "8", string(res.Body), res.Message)
	res = l.Begin(t, called(3, "n", "1", ""), Module(t, "object", `export default { message() {}, n: 7, add(a) { return a + this.n } }`, keyedBy))
	require.Equal(t, function.BadRequest, res.Outcome)
}
