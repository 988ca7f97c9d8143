package bridge

import (
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestReadDeadline(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(time.RFC3339Nano) }
	for name, tc := range map[string]struct {
		header  nats.Header
		want    time.Time
		outcome function.Outcome
	}{
		"none":                    {},
		"other headers":           {header: nats.Header{"A": {"b"}}},
		"deadline with fraction":  {header: nats.Header{HeaderDeadline: {at(1500 * time.Millisecond)}}, want: now.Add(1500 * time.Millisecond)},
		"deadline in a zone":      {header: nats.Header{HeaderDeadline: {"2026-01-02T05:04:06+02:00"}}, want: now.Add(time.Second)},
		"timeout":                 {header: nats.Header{HeaderTimeout: {"1m30s"}}, want: now.Add(90 * time.Second)},
		"both, timeout earlier":   {header: nats.Header{HeaderDeadline: {at(time.Minute)}, HeaderTimeout: {"1s"}}, want: now.Add(time.Second)},
		"both, deadline earlier":  {header: nats.Header{HeaderDeadline: {at(time.Second)}, HeaderTimeout: {"1m"}}, want: now.Add(time.Second)},
		"names are exact":         {header: nats.Header{strings.ToLower(HeaderTimeout): {"junk"}}},
		"empty counts as absent":  {header: nats.Header{HeaderTimeout: {""}}},
		"now is too late":         {header: nats.Header{HeaderDeadline: {at(0)}}, outcome: function.Timeout},
		"past":                    {header: nats.Header{HeaderDeadline: {at(-time.Second)}}, outcome: function.Timeout},
		"negative timeout":        {header: nats.Header{HeaderTimeout: {"-1s"}}, outcome: function.Timeout},
		"one of them past":        {header: nats.Header{HeaderDeadline: {at(time.Minute)}, HeaderTimeout: {"0s"}}, outcome: function.Timeout},
		"timeout without a unit":  {header: nats.Header{HeaderTimeout: {"5"}}, outcome: function.BadRequest},
		"timeout over int64":      {header: nats.Header{HeaderTimeout: {"99999999999h"}}, outcome: function.BadRequest},
		"deadline without a zone": {header: nats.Header{HeaderDeadline: {"2026-01-02T03:04:06"}}, outcome: function.BadRequest},
		"hostile deadline":        {header: nats.Header{HeaderDeadline: {strings.Repeat("9", 1<<16)}}, outcome: function.BadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			var inv function.Invocation
			res := readRequest(&inv, "fn", &nats.Msg{Subject: "fn.a", Header: tc.header}, now)
			if tc.outcome == 0 {
				require.Nil(t, res)
				require.True(t, tc.want.Equal(inv.Deadline), "%s", inv.Deadline)
				return
			}
			require.NotNil(t, res)
			require.Equal(t, tc.outcome, res.Outcome)
			require.Less(t, len(res.Message), 300)
		})
	}
}

// TestWhoWaits: only a message with a reply has anybody waiting for its answer, and what
// headers say of it is bounded.
func TestWhoWaits(t *testing.T) {
	for name, tc := range map[string]struct {
		header    nats.Header
		noReply   bool
		depth     int
		recursive bool
	}{
		"nobody":          {},
		"one":             {header: nats.Header{HeaderHops: {"1"}, HeaderCallers: {"b"}}, depth: 1},
		"itself":          {header: nats.Header{HeaderHops: {"3"}, HeaderCallers: {"b,a,c"}}, depth: 3, recursive: true},
		"a part of it":    {header: nats.Header{HeaderHops: {"1"}, HeaderCallers: {"aa"}}, depth: 1},
		"published":       {header: nats.Header{HeaderHops: {"3"}, HeaderCallers: {"a"}}, noReply: true},
		"an older member": {header: nats.Header{HeaderHops: {"2"}}, depth: 2},
		"no hops":         {header: nats.Header{HeaderCallers: {"a"}}},
		"no number":       {header: nats.Header{HeaderHops: {"many"}, HeaderCallers: {"a"}}},
		"hostile":         {header: nats.Header{HeaderHops: {"999999999"}, HeaderCallers: {strings.Repeat(",", 1<<16) + "a"}}, depth: function.MaxDepth},
	} {
		t.Run(name, func(t *testing.T) {
			msg := &nats.Msg{Subject: "fn.a", Header: tc.header, Reply: "r"}
			if tc.noReply {
				msg.Reply = ""
			}
			var inv function.Invocation
			require.Nil(t, readRequest(&inv, "fn", msg, time.Now()))
			require.Equal(t, tc.depth, inv.Depth)
			require.Equal(t, tc.recursive, inv.Recursive)
		})
	}
}

func TestCallers(t *testing.T) {
	require.Equal(t, "a", Callers(nil, "a"))
	h := function.Header{HeaderCallers: {"a,b"}}
	require.Equal(t, "a,b,c", Callers(h, "c"))
	for range 600 {
		h[HeaderCallers] = []string{Callers(h, strings.Repeat("x", 60))}
	}
	require.LessOrEqual(t, len(h.Get(HeaderCallers)), maxCallers)
	require.NotContains(t, h.Get(HeaderCallers), "a")
	h[HeaderCallers] = []string{strings.Repeat("y", 1<<17)}
	require.Equal(t, "c", Callers(h, "c"))
}

func TestInvocationID(t *testing.T) {
	for name, tc := range map[string]struct {
		id   string
		kept bool
	}{
		"short":    {"a", true},
		"symbols":  {"!~{}/:", true},
		"longest":  {strings.Repeat("x", 64), true},
		"too long": {strings.Repeat("x", 65), false},
		"empty":    {"", false},
		"space":    {"a b", false},
		"tab":      {"a\tb", false},
		"utf-8":    {"é", false},
		"delete":   {"a\x7f", false},
	} {
		t.Run(name, func(t *testing.T) {
			got := invocationID(nats.Header{HeaderInvocation: {tc.id}})
			if tc.kept {
				require.Equal(t, tc.id, got)
				return
			}
			require.NotEqual(t, tc.id, got)
			require.True(t, InvocationIDOK(got))
		})
	}
	first, second := invocationID(nil), invocationID(nil)
	require.NotEqual(t, first, second)
}

// FuzzReadRequest: whatever comes, there is an id and either a valid invocation
// or a refusal that says why.
func FuzzReadRequest(f *testing.F) {
	f.Add("fn.a", "id", "500ms", "2026-01-02T03:04:05Z", []byte("x"))
	f.Add("fn.A.>", "", "junk", "", []byte(nil))
	f.Add("fn.a", "\x00", "-1h", "0001-01-01T00:00:00Z", []byte{0xff})
	f.Add("fn.a", "x", "2562047h47m16.854775807s", "9999-12-31T23:59:59.999999999Z", []byte{})
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	f.Fuzz(func(t *testing.T, subj, id, timeout, deadline string, payload []byte) {
		var inv function.Invocation
		msg := &nats.Msg{Subject: subj, Data: payload, Header: nats.Header{
			HeaderInvocation: {id}, HeaderTimeout: {timeout}, HeaderDeadline: {deadline},
		}}
		res := readRequest(&inv, "fn", msg, now)
		if !InvocationIDOK(inv.ID) {
			t.Fatalf("id %q", inv.ID)
		}
		if res != nil {
			if res.Message == "" || res.Outcome == function.OK || !res.Outcome.Valid() {
				t.Fatalf("%+v", res)
			}
			return
		}
		if err := function.ValidateName(inv.Function); err != nil {
			t.Fatal(err)
		}
		if !inv.Deadline.IsZero() && !inv.Deadline.After(now) {
			t.Fatalf("took the deadline %s", inv.Deadline)
		}
	})
}
