package tape

import (
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// finished ends a record of a run that failed.
func finished(t *testing.T, r *Recorder) *Tape {
	t.Helper()
	data, err := r.Finish(func(t *Tape) { t.Outcome, t.Message = function.Exception, "Error: no" })
	require.NoError(t, err)
	require.LessOrEqual(t, len(data), MaxSize)
	back, err := Decode(data)
	require.NoError(t, err)
	return back
}

func aRecorder(redact func(string) string) *Recorder {
	return NewRecorder(Tape{Function: "pay", Version: "v1", Engine: "v8", Invocation: "s1", Subject: "orders.7", Attempt: 1}, redact)
}

const request = "POST\nfollow\n\n2\nauthorization:Basic dTpw\naccept:*/*\nhttp://127.0.0.1/a"

func TestRecordIsReadAsItWasWritten(t *testing.T) {
	r := aRecorder(nil)
	r.Add(Entry{Kind: Call, Op: "now", Text: "1", Load: true})
	r.Begin(3, "fetch", request, []byte{0, 255})
	r.Add(Entry{Kind: Log, Op: "warn", Text: "half \xff a rune"})
	r.Begin(9, "crypto", "a key", []byte("its bytes"))
	r.End(9, "", []byte("derived"), false)
	r.End(3, "TypeError\nrefused", nil, true)
	r.End(4, "never began", nil, false)
	r.Add(Entry{Kind: Deadline})
	data, err := r.Finish(func(t *Tape) {
		t.Outcome, t.Body, t.State, t.Stated = function.OK, []byte{}, nil, true
		t.Header = function.Header{"A": {"1", "2"}}
		t.Alarm = &function.AlarmChange{At: time.UnixMilli(5).UTC()}
		t.MaxPayload = 77
	})
	require.NoError(t, err)
	back, err := Decode(data)
	require.NoError(t, err)
	require.Equal(t, &Tape{
		Format: Format, Function: "pay", Version: "v1", Engine: "v8", Invocation: "s1", Subject: "orders.7", Attempt: 1,
		Header: function.Header{"A": {"1", "2"}}, MaxPayload: 77, Outcome: function.OK, Body: []byte{}, Stated: true,
		Alarm: &function.AlarmChange{At: time.UnixMilli(5).UTC()},
		Entries: []Entry{
			{Kind: Call, Op: "now", Text: "1", Load: true},
			{Kind: Start, N: 1, Op: "fetch", Asked: strings.Replace(request, "Basic dTpw", leftOut, 1), Sent: []byte{0, 255}},
			{Kind: Log, Op: "warn", Text: "half \uFFFD a rune"},
			{Kind: Start, N: 2, Op: "crypto", Live: true},
			{Kind: End, N: 2, Live: true},
			{Kind: End, N: 1, Text: "TypeError\nrefused", Err: true},
			{Kind: Deadline},
		},
	}, back)
	require.Equal(t, []string{"warn half \uFFFD a rune"}, back.Console())
	require.NotContains(t, string(data), "dTpw")
}

// Secrets are taken out of all texts, and out of bytes that are no text.
func TestSecretsAreTakenOut(t *testing.T) {
	const secret = "very-secret"
	r := aRecorder(func(text string) string { return strings.ReplaceAll(text, secret, "[redacted]") })
	r.Begin(1, "fetch", "GET\nfollow\n\n1\nx:"+secret+"\nhttp://a/?k="+secret, []byte("\xff\x00"+secret))
	r.End(1, secret, []byte(secret+"\xfe"), false)
	r.Add(Entry{Kind: Log, Op: "log", Text: secret})
	data, err := r.Finish(func(t *Tape) {
		t.Outcome, t.Message, t.Stack, t.Body, t.State = function.OK, secret, secret, []byte("\xff"+secret), []byte(secret)
		t.Header = function.Header{"A": {secret}}
	})
	require.NoError(t, err)
	back, err := Decode(data)
	require.NoError(t, err)
	all := fmt.Sprint(back.Message, back.Stack, string(back.Body), string(back.State), back.Header)
	for _, e := range back.Entries {
		all += fmt.Sprint(e.Asked, e.Text, string(e.Sent), string(e.Bytes))
	}
	require.Equal(t, 11, strings.Count(all, "[redacted]"), all)
	require.NotContains(t, all, secret)
	require.Equal(t, "\xff[redacted]", string(back.Body))
	require.Equal(t, "\xff\x00[redacted]", string(back.Entries[0].Sent))
}

// What is too long is cut at a bound, and what JSON makes longer is cut again.
func TestRecordIsBounded(t *testing.T) {
	for name, c := range map[string]struct {
		entries int
		text    string
		body    int
		cut     bool
	}{
		"small":        {10, "x", 10, false},
		"many":         {10_000, "", 0, true},
		"long":         {2, strings.Repeat("x", MaxRecord), 0, true},
		"escaped":      {40, strings.Repeat("\x01", 6000), 0, true},
		"long reply":   {1, "x", MaxRecord, true},
		"no room left": {1, strings.Repeat("x", MaxRecord-200), 1000, true},
	} {
		t.Run(name, func(t *testing.T) {
			r := aRecorder(nil)
			for range c.entries {
				r.Add(Entry{Kind: Call, Op: "now", Text: c.text})
			}
			data, err := r.Finish(func(t *Tape) { t.Outcome, t.Body = function.OK, make([]byte, c.body) })
			require.NoError(t, err)
			require.LessOrEqual(t, len(data), MaxSize)
			back, err := Decode(data)
			require.NoError(t, err)
			require.Equal(t, c.cut, back.Cut)
			require.LessOrEqual(t, len(back.Entries), MaxRecord/entryCost)
			if !c.cut {
				require.Len(t, back.Entries, c.entries)
				require.Len(t, back.Body, c.body)
			}
		})
	}
	t.Run("headers without end", func(t *testing.T) {
		r := aRecorder(nil)
		data, err := r.Finish(func(t *Tape) {
			t.Outcome, t.Header = function.OK, function.Header{"A": {strings.Repeat("x", 2*MaxSize)}}
		})
		require.NoError(t, err)
		back, err := Decode(data)
		require.NoError(t, err)
		require.True(t, back.Cut)
		require.Empty(t, back.Header)
	})
	t.Run("an error without end", func(t *testing.T) {
		_, err := aRecorder(nil).Finish(func(t *Tape) { t.Outcome, t.Message = function.OK, strings.Repeat("x", 2*MaxSize) })
		require.ErrorContains(t, err, "without any entry")
	})
}

func TestDecodeRefuses(t *testing.T) {
	for name, c := range map[string]struct{ data, want string }{
		"nothing":        {"", "unexpected end"},
		"no JSON":        {"{", "unexpected end"},
		"another format": {`{"format":2,"outcome":"ok"}`, "format 2, and this one is 1"},
		"no outcome":     {`{"format":1}`, "outcome"},
		"no such":        {`{"format":1,"outcome":"fine"}`, "outcome"},
		"ends unbegun":   {`{"format":1,"outcome":"ok","entries":[{"k":"end","n":1}]}`, `entry 1, a "end", is out of place`},
		"ends twice":     {`{"format":1,"outcome":"ok","entries":[{"k":"start","n":1,"op":"x"},{"k":"end","n":1},{"k":"end","n":1}]}`, "entry 3"},
		"out of order":   {`{"format":1,"outcome":"ok","entries":[{"k":"start","n":2,"op":"x"}]}`, "entry 1"},
		"below":          {`{"format":1,"outcome":"ok","entries":[{"k":"end","n":-1}]}`, "entry 1"},
		"nameless":       {`{"format":1,"outcome":"ok","entries":[{"k":"call"}]}`, "entry 1"},
		"another kind":   {`{"format":1,"outcome":"ok","entries":[{"k":"x"}]}`, "entry 1"},
		"two in one":     {`{"format":1,"outcome":"ok","key":"7","due":true,"method":"add"}`, "more than one of a batch"},
		"keyless":        {`{"format":1,"outcome":"ok","due":true}`, "names no key"},
		"large batch":    {`{"format":1,"outcome":"ok","batch":[` + strings.Repeat("{},", function.MaxBatch) + `{}]}`, "a batch of 1001 messages"},
		"too large":      {`{"format":1,"outcome":"ok","x":"` + strings.Repeat("x", MaxSize) + `"}`, "at most"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Decode([]byte(c.data))
			require.ErrorIs(t, err, ErrMalformed)
			require.ErrorContains(t, err, c.want)
		})
	}
}

// FuzzDecode: whatever stands in the bucket is refused, or is a record that can be written again
// and played, whatever the run asks for, without a panic and to an end.
func FuzzDecode(f *testing.F) {
	r := aRecorder(nil)
	r.Begin(1, "fetch", request, []byte("x"))
	r.Begin(2, "timer", "5", nil)
	r.Add(Entry{Kind: Call, Op: "now", Text: "1"})
	r.End(2, "", nil, false)
	r.End(1, "200", []byte("ok"), false)
	r.Add(Entry{Kind: Deadline})
	data, err := r.Finish(func(t *Tape) { t.Outcome = function.Timeout })
	require.NoError(f, err)
	f.Add(data, "fetch", request)
	f.Add([]byte(`{"format":1,"outcome":"ok","entries":[{"k":"start","n":1,"op":"x"},{"k":"end","n":1}]}`), "x", "")
	f.Add([]byte(`{"format":1,"outcome":"ok","cut":true,"entries":null}`), "fetch", "")
	f.Add([]byte(`{"format":1,"outcome":"ok","entries":[{"k":"call","op":"random","a":"4","l":true}]}`), "random", "4")
	f.Add([]byte(`{"format":1,"outcome":"ok","key":"7","method":"add","payload":"WzFd"}`), "random", "4")
	f.Add([]byte(`{"format":1,"outcome":"ok","batch":[{"id":"s1","header":{"Nats-Stream":["S"]},"payload":"eA==","attempt":2},{"id":"s2","left":true}],"verdicts":[{"Action":3,"Reason":"no"}]}`), "x", "")
	f.Fuzz(func(t *testing.T, data []byte, op, asked string) {
		tape, err := Decode(data)
		if err != nil {
			require.ErrorIs(t, err, ErrMalformed)
			return
		}
		again, err := tape.Encode()
		require.NoError(t, err)
		require.True(t, json.Valid(again))
		run := tape.Run()
		require.Len(t, run.Batch, len(tape.Batch))
		require.Equal(t, tape.Key != "", run.Keyed != nil)
		tape.Console()
		p := NewPlayer(tape, nil)
		for _, e := range tape.Entries { // as it went, until it is asked for something else
			switch e.Kind {
			case Start:
				p.Start(e.Op, e.Asked, e.Sent)
			case Call:
				p.Call(e.Op, e.Asked, e.Load)
			case End, Log, Deadline:
			}
		}
		p.Start(op, asked, data)
		p.Call(op, asked, false)
		p.Call(op, asked, true)
		for range tape.Entries {
			if _, ok := p.Next(); ok {
				p.Took()
			}
		}
		p.Left()
		if d := p.Divergence(); d != nil {
			require.NotEmpty(t, d.String())
		}
	})
}
