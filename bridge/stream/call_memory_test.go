package stream

import (
	"encoding/base64"
	"encoding/binary"
	"encoding/json"
	"maps"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/call"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// sureCalls is how many of the last calls a record knows at least.
const sureCalls = (stubBatches-1)*stubBatch + 1

// oneCall is a call of the model: what becomes of it, and what its caller knows.
type oneCall struct {
	digest string
	// since is what repetitions of it say: when its caller began first, by a clock that is off.
	since time.Time
	value string
	// applied is which one it was of those that were applied, from 1; 0: it was not.
	applied int
	tried   bool
}

// callModel is a key's record with a list of all calls that there ever were.
type callModel struct {
	random *rand.Rand
	rec    record
	now    time.Time
	calls  []*oneCall
	// order are those that were applied, the last one last, and at when.
	order []*oneCall
	at    []time.Time
}

func (m *callModel) fresh() *oneCall {
	var id [12]byte
	binary.LittleEndian.PutUint64(id[:], m.random.Uint64())
	binary.LittleEndian.PutUint32(id[8:], uint32(len(m.calls))) //nolint:gosec // a test's
	off := time.Duration(m.random.Int64N(int64(2*callSkew))) - callSkew
	c := &oneCall{digest: base64.RawURLEncoding.EncodeToString(id[:]), since: m.now.Add(off)}
	m.calls = append(m.calls, c)
	return c
}

// try is one attempt of c, of which a tenth are lost before they are committed.
func (m *callModel) try(t *testing.T, c *oneCall) recollection {
	t.Helper()
	got := m.rec.recall(asked{digest: c.digest, repeated: c.tried, dated: c.tried, since: c.since})
	switch got {
	case fresh:
		require.Zero(t, c.applied, "it is applied twice")
		if c.tried = true; m.random.IntN(10) == 0 {
			return got
		}
		c.value = strconv.Itoa(len(m.order))
		if m.random.IntN(20) == 0 {
			c.value = `"` + strings.Repeat("x", m.random.IntN(3<<10)) + `"`
		}
		m.rec = m.rec.remember(answered{ID: c.digest, Value: json.RawMessage(c.value), At: m.now.UnixMilli()})
		m.order, m.at = append(m.order, c), append(m.at, m.now)
		c.applied = len(m.order)
	case remembered:
		value, _ := m.rec.answer(c.digest)
		require.NotZero(t, c.applied)
		require.Equal(t, c.value, string(value))
	case unanswered:
		require.NotZero(t, c.applied, "it was never applied")
	case unsure:
		require.True(t, c.tried, "it is the first one")
		// Only where more calls came since its caller began than are remembered.
		others := 0
		for i := len(m.at) - 1; i >= 0 && m.at[i].UnixMilli() >= c.since.Add(-callSkew).UnixMilli(); i-- {
			others++
		}
		require.Greater(t, others, sureCalls, "it need not be refused")
	}
	if c.applied > 0 && len(m.order)-c.applied < sureCalls {
		require.Contains(t, []recollection{fresh, remembered, unanswered}, got, "%d others came after it", len(m.order)-c.applied)
	}
	if len(m.order) > 0 {
		require.True(t, m.rec.knows(m.order[len(m.order)-1].digest), "the last one is not there")
	}
	return got
}

// No call is applied twice, whatever is repeated when and in which order, and however far the
// clocks are apart; what is applied for the first time is never refused, and what is repeated only
// where so much came between that it cannot be told.
func TestCallsAreNotAppliedTwice(t *testing.T) {
	seed := seedOf(t)
	m := &callModel{random: rand.New(rand.NewPCG(seed, 2)), now: time.UnixMilli(1764140938123)} //nolint:gosec // a test's
	seen := map[recollection]int{}
	for range 30_000 {
		m.now = m.now.Add(time.Duration(m.random.IntN(20)) * time.Millisecond)
		if m.random.IntN(5000) == 0 {
			m.now = m.now.Add(time.Hour)
		}
		var c *oneCall
		switch n := len(m.calls); {
		case n == 0 || m.random.IntN(2) == 0:
			c = m.fresh()
			if m.random.IntN(4) == 0 { // its caller has something else to do first
				continue
			}
		case m.random.IntN(3) == 0: // any
			c = m.calls[m.random.IntN(n)]
		default: // one of late
			c = m.calls[max(0, n-1-m.random.IntN(2*sureCalls))]
		}
		seen[m.try(t, c)]++
		if m.random.IntN(50) == 0 { // another member takes the key over
			m.rec.Stream = "A@1"
			data, err := m.rec.encode()
			require.NoError(t, err)
			require.Less(t, len(data), 20<<10)
			m.rec, err = readRecord(data)
			require.NoError(t, err)
		}
	}
	for _, want := range []recollection{fresh, remembered, unanswered, unsure} {
		require.Greater(t, seen[want], 50, "%v", seen)
	}
}

// What an older version has written of calls says not when they were: what may be forgotten of them
// counts as if it were of now.
func TestCallsOfAnOlderVersion(t *testing.T) {
	var old record
	for n := range 16 {
		old.Calls = append(old.Calls, answered{ID: "old0000000000" + strconv.Itoa(100+n)})
	}
	now := time.UnixMilli(1764140938123)
	r := old
	for n := range rememberedCalls {
		r = r.remember(answered{ID: "new0000000000" + strconv.Itoa(100+n), At: now.UnixMilli()})
	}
	require.Len(t, old.Calls, 16)
	before := asked{digest: "before", repeated: true, dated: true, since: now.Add(-time.Hour)}
	require.Equal(t, unsure, r.recall(before))
	before.since = now.Add(time.Minute)
	require.Equal(t, fresh, r.recall(before))
	require.Equal(t, remembered, r.recall(asked{digest: "new0000000000100"}))
}

// What a call says of itself: the first of its attempts, one of several, or one of which that is
// not known, since it has a name or was long on its way.
func TestAskedBy(t *testing.T) {
	now := time.UnixMilli(1764140938123)
	for name, c := range map[string]struct {
		header nats.Header
		id     string
		want   asked
	}{
		"an older version": {nil, "", asked{}},
		"at once":          {nats.Header{call.HeaderSent: {bridge.FormatSince(now.Add(-time.Second))}}, "", asked{}},
		"a clock ahead":    {nats.Header{call.HeaderSent: {bridge.FormatSince(now.Add(time.Second))}}, "", asked{}},
		"long on its way":  {nats.Header{call.HeaderSent: {bridge.FormatSince(now.Add(-time.Minute))}}, "", asked{repeated: true, dated: true, since: now.Add(-time.Minute)}},
		"repeated": {
			nats.Header{call.HeaderSent: {bridge.FormatSince(now)}, bridge.HeaderSince: {bridge.FormatSince(now.Add(-time.Hour))}},
			"",
			asked{repeated: true, dated: true, since: now.Add(-time.Hour)},
		},
		"named":      {nil, "pay-7", asked{repeated: true}},
		"unreadable": {nats.Header{bridge.HeaderSince: {"soon"}}, "", asked{repeated: true, dated: true, since: time.UnixMilli(0)}},
	} {
		t.Run(name, func(t *testing.T) {
			header := nats.Header{bridge.HeaderInvocation: {"i"}}
			maps.Copy(header, c.header)
			inv, failure := call.Read("pay", call.Message("q", hostcap.Call{Function: "pay", Key: "a", Method: "add", ID: c.id}, header), now)
			require.Nil(t, failure)
			got := askedBy(inv)
			require.Len(t, got.digest, 16)
			got.digest = ""
			require.True(t, c.want.since.Equal(got.since) || !c.want.dated, "%s", got.since)
			got.since, c.want.since = time.Time{}, time.Time{}
			require.Equal(t, c.want, got)
		})
	}
	require.Equal(t, function.Header{bridge.HeaderSince: {"7"}}, repeated(nil, time.UnixMilli(7)))
}

// BenchmarkRemember is what remembering a call costs a commit, and how large the record is that is
// written: without any calls, with as many as were remembered before there were stubs, and with all.
func BenchmarkRemember(b *testing.B) {
	for _, calls := range []int{0, 16, rememberedCalls, rememberedCalls + stubBatches*stubBatch + stubBatch} {
		b.Run(strconv.Itoa(calls), func(b *testing.B) {
			r := record{Stream: "A@1", State: json.RawMessage(`{"balance":120}`)}
			id := func(n int) string {
				return base64.RawURLEncoding.EncodeToString([]byte("digest" + strconv.Itoa(100_000+n)))
			}
			for n := range calls {
				r = r.remember(answered{ID: id(n), Value: json.RawMessage(`{"balance":120}`), At: 1764140938123})
			}
			size := 0
			for b.Loop() {
				next := r
				if calls > 0 {
					next = r.remember(answered{ID: id(calls), Value: json.RawMessage(`{"balance":120}`), At: 1764140938123})
				}
				data, err := next.encode()
				if err != nil {
					b.Fatal(err)
				}
				size = len(data)
			}
			b.ReportMetric(float64(size), "record-bytes")
		})
	}
}
