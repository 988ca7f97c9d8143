package call

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var now = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// overTheWire is msg as its receiver has it.
func overTheWire(tb testing.TB, msg *nats.Msg) *nats.Msg {
	tb.Helper()
	return &nats.Msg{Subject: msg.Subject, Reply: msg.Reply, Header: msg.Header, Data: msg.Data}
}

func headerOf(id, callers string) nats.Header {
	return nats.Header{
		bridge.HeaderInvocation: {id}, bridge.HeaderCallers: {callers}, bridge.HeaderHops: {"2"}, bridge.HeaderTimeout: {"2s"},
	}
}

// What is asked for is what is read, whatever key and method are.
func TestRequest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := hostcap.Call{Function: "order", Key: rapid.StringMatching(`[^\s.*>\x00-\x20\x7f]{1,60}`).Draw(t, "key"), Method: rapid.StringMatching(`[a-z$é][A-Za-z0-9_ü]{0,30}`).Draw(t, "method"), Args: []byte(`{"a":1}`)}
		if function.KeyFault(c.Key) != "" || function.MethodFault(c.Method) != "" {
			t.Skip()
		}
		msg := Message("q.x", c, headerOf("i.c1", "web,order/7"))
		for name, values := range msg.Header {
			for _, v := range values {
				if strings.ContainsFunc(v, func(r rune) bool { return r < ' ' || r > '~' }) {
					t.Fatalf("%s: %q cannot be sent", name, v)
				}
			}
		}
		inv, failure := Read("order", msg, now)
		if bridge.Identity("order", c.Key) == "order/7" {
			if failure == nil {
				t.Fatal("a cycle is not seen")
			}
			return
		}
		if failure != nil {
			t.Fatal(failure.Message)
		}
		if inv.Keyed.ID != c.Key || inv.Keyed.Method != c.Method || inv.Depth != 2 || !inv.Recursive || !inv.Deadline.Equal(now.Add(2*time.Second)) {
			t.Fatalf("%+v", inv)
		}
	})
	require.Equal(t, "isolane.call.q-x.order.*", Subjects("q.x", "order"))
	require.Regexp(t, `^isolane\.call\.q-x\.order\.[0-9a-f]{2}$`, Subject("q.x", "order", "7"))
}

func TestRequestsThatAreNone(t *testing.T) {
	good := func() *nats.Msg {
		return Message("q", hostcap.Call{Function: "order", Key: "7", Method: "add"}, headerOf("i", "web"))
	}
	for name, c := range map[string]struct {
		change  func(*nats.Msg)
		outcome function.Outcome
		has     string
	}{
		"no headers":  {func(m *nats.Msg) { m.Header = nil }, function.BadRequest, "use ctx.call"},
		"no key":      {func(m *nats.Msg) { m.Header.Del(HeaderKey) }, function.BadRequest, "the key"},
		"bad key":     {func(m *nats.Msg) { m.Header.Set(HeaderKey, "%zz") }, function.BadRequest, HeaderKey},
		"wildcard":    {func(m *nats.Msg) { m.Header.Set(HeaderKey, "*") }, function.BadRequest, "the key"},
		"no method":   {func(m *nats.Msg) { m.Header.Del(HeaderMethod) }, function.BadRequest, "is empty"},
		"message":     {func(m *nats.Msg) { m.Header.Set(HeaderMethod, "message") }, function.BadRequest, "is not called by others"},
		"own":         {func(m *nats.Msg) { m.Header.Set(HeaderMethod, "_x") }, function.BadRequest, "is not called by others"},
		"no JSON":     {func(m *nats.Msg) { m.Data = []byte("{") }, function.BadRequest, "no JSON"},
		"cycle":       {func(m *nats.Msg) { m.Header.Set(bridge.HeaderCallers, "a,order/7,b") }, function.BadRequest, "waits for this call itself"},
		"expired":     {func(m *nats.Msg) { m.Header.Set(bridge.HeaderTimeout, "-1s") }, function.Timeout, "was not run"},
		"no duration": {func(m *nats.Msg) { m.Header.Set(bridge.HeaderTimeout, "soon") }, function.BadRequest, "no duration"},
	} {
		t.Run(name, func(t *testing.T) {
			msg := good()
			c.change(msg)
			inv, failure := Read("order", overTheWire(t, msg), now)
			require.NotNil(t, failure)
			require.Equal(t, c.outcome, failure.Outcome)
			require.Contains(t, failure.Message, c.has)
			answer, sign, err := ReadReply(Reply(inv, failure, 1<<20))
			require.NoError(t, err)
			require.Equal(t, None, sign)
			require.Equal(t, failure.Message, answer.Message)
		})
	}
}

// The digest is that of what is asked, and of who asks.
func TestDigest(t *testing.T) {
	read := func(c hostcap.Call, id string) string {
		inv, failure := Read("order", Message("q", c, headerOf(id, "web")), now)
		require.Nil(t, failure)
		return Digest(inv)
	}
	c := hostcap.Call{Function: "order", Key: "7", Method: "add", Args: []byte("1")}
	other, method, named := c, c, c
	other.Args, method.Method, named.ID = []byte("2"), "sub", "i"
	same := c
	require.Equal(t, read(c, "i"), read(same, "i"))
	require.Equal(t, read(named, "i"), read(named, "j"))
	all := map[string]bool{read(c, "i"): true, read(c, "j"): true, read(other, "i"): true, read(method, "i"): true, read(named, "i"): true}
	require.Len(t, all, 5)
}

func TestReplies(t *testing.T) {
	inv, failure := Read("order", Message("q", hostcap.Call{Function: "order", Key: "7", Method: "add"}, headerOf("i", "web")), now)
	require.Nil(t, failure)
	thrown := function.Failure(function.Exception, "Own: no")
	thrown.Thrown, thrown.Stack = &function.Thrown{Name: "Own", Message: "no", Code: "7"}, "at x"
	for name, c := range map[string]struct {
		res  *function.Result
		most int64
		want hostcap.Answer
	}{
		"undefined": {&function.Result{Outcome: function.OK}, 1 << 20, hostcap.Answer{Outcome: function.OK}},
		"a value":   {&function.Result{Outcome: function.OK, Body: []byte("[1]")}, 1 << 20, hostcap.Answer{Outcome: function.OK, Value: []byte("[1]")}},
		"thrown":    {thrown, 1 << 20, hostcap.Answer{Outcome: function.Exception, Message: "Own: no", Stack: "at x", Thrown: thrown.Thrown}},
		"no room":   {thrown, 100, hostcap.Answer{Outcome: function.Exception, Message: "Own: no"}},
		"silent":    {function.Failure(function.Crashed, ""), 1 << 20, hostcap.Answer{Outcome: function.Crashed, Message: "crashed"}},
	} {
		t.Run(name, func(t *testing.T) {
			answer, sign, err := ReadReply(overTheWire(t, Reply(inv, c.res, c.most)))
			require.NoError(t, err)
			require.Equal(t, None, sign)
			require.Equal(t, c.want, answer)
		})
	}
	large := &function.Result{Outcome: function.OK, Body: make([]byte, 5000)}
	answer, _, err := ReadReply(Reply(inv, large, 4096))
	require.NoError(t, err)
	require.Equal(t, function.TooLarge, answer.Outcome)
	for _, s := range []Sign{Waiting, Moved, Crossed, Applied, Forgotten} {
		_, sign, err := ReadReply(Word(s))
		require.NoError(t, err)
		require.Equal(t, s, sign)
	}
	_, sign, err := ReadReply(&nats.Msg{Header: nats.Header{"Status": {"503"}}})
	require.NoError(t, err)
	require.Equal(t, Nobody, sign)
	for _, msg := range []*nats.Msg{
		{},
		Word("nobody"), Word("what"),
		{Header: nats.Header{bridge.HeaderOutcome: {"fine"}}},
		{Header: nats.Header{bridge.HeaderOutcome: {"ok"}}, Data: []byte("{")},
	} {
		_, _, err := ReadReply(msg)
		require.ErrorIs(t, err, ErrUnreadable)
	}
}

// Whatever comes in the place of a call is refused, or is one that says the same when it is sent
// again.
func FuzzRead(f *testing.F) {
	f.Add("i", "7", "add", "web,order/8", "2", "1s", "once", []byte(`{"a":1}`))
	f.Add("", "%2e", "constructor", ",,,/", "-1", "x", "", []byte("{"))
	f.Add("i", "%00", "a%20b", strings.Repeat("order/7,", 9), "9999", "-1h", "\xff", []byte("1 2"))
	f.Fuzz(func(t *testing.T, id, key, method, callers, hops, timeout, once string, data []byte) {
		msg := &nats.Msg{Subject: "s", Data: data, Header: nats.Header{
			bridge.HeaderInvocation: {id}, HeaderKey: {key}, HeaderMethod: {method}, bridge.HeaderCallers: {callers},
			bridge.HeaderHops: {hops}, bridge.HeaderTimeout: {timeout}, HeaderOnce: {once},
		}}
		inv, failure := Read("order", msg, now)
		if failure != nil {
			if failure.Outcome != function.BadRequest && failure.Outcome != function.Timeout {
				t.Fatal(failure.Outcome)
			}
			if _, _, err := ReadReply(Reply(inv, failure, 1<<20)); err != nil {
				t.Fatal(err)
			}
			return
		}
		if function.KeyFault(inv.Keyed.ID) != "" || inv.Keyed.Method != SetAlarm && function.MethodFault(inv.Keyed.Method) != "" || inv.Depth < 0 || inv.Depth > function.MaxDepth {
			t.Fatalf("%+v %+v", inv, inv.Keyed)
		}
		if len(data) > 0 && !json.Valid(data) {
			t.Fatal("no JSON")
		}
		c := hostcap.Call{Function: "order", Key: inv.Keyed.ID, Method: inv.Keyed.Method, Args: data, ID: once}
		again, failure := Read("order", Message("q", c, headerOf(id, callers)), now)
		if failure != nil || again.Keyed.ID != inv.Keyed.ID || again.Keyed.Method != inv.Keyed.Method || Digest(again) != Digest(inv) {
			t.Fatalf("%+v, not %+v: %+v", again, inv, failure)
		}
	})
}

// Whatever comes in the place of an answer is refused, or is one.
func FuzzReadReply(f *testing.F) {
	f.Add("ok", "", "", "", []byte("1"))
	f.Add("exception", "no", "", "", []byte(`{"message":"m","thrown":{"name":"n","message":"x","code":[1]},"stack":"s"}`))
	f.Add("", "", "waiting", "503", []byte{})
	f.Fuzz(func(t *testing.T, outcome, text, sign, status string, data []byte) {
		answer, said, err := ReadReply(&nats.Msg{Data: data, Header: nats.Header{
			bridge.HeaderOutcome: {outcome}, bridge.HeaderError: {text}, headerSign: {sign}, "Status": {status},
		}})
		if err != nil || said != None {
			return
		}
		if !answer.Outcome.Valid() || answer.Outcome == function.OK && len(answer.Value) > 0 && !json.Valid(answer.Value) {
			t.Fatalf("%+v", answer)
		}
		if th := answer.Thrown; th != nil && th.Code != "" && !json.Valid([]byte(th.Code)) {
			t.Fatalf("%+v", th)
		}
	})
}
