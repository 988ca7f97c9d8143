package stream

import (
	"encoding/json"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestRecord(t *testing.T) {
	for name, r := range map[string]record{
		"empty":   {Stream: "A@1"},
		"state":   {Stream: "A@1", Seq: 7, Epoch: 3, State: json.RawMessage(`{"a":"<é>"}`)},
		"null":    {Stream: "A@1", Seq: 7, State: json.RawMessage(`null`)},
		"claimed": {Stream: "A@1", Seq: 7, Epoch: 4, Trying: &trying{Seq: 8, Times: 2}, State: json.RawMessage(`1`)},
		"alarm":   {Stream: "A@1", Seq: 7, Epoch: 3, Rung: true, Alarm: &alarm{At: 1, Number: 2, Tries: 3, Epoch: 3}, Alarms: 2, Fired: 1, State: json.RawMessage(`1`)},
		"called": {
			Stream: "A@1", Calls: []answered{{ID: "a-_9", Value: json.RawMessage(`{"a":"<é>"}`), At: 7}, {ID: "b"}, {ID: "c", Value: json.RawMessage(`null`)}},
			Stubs: []stubs{{IDs: "abcdefgh", At: 6}}, Forgot: 5, State: json.RawMessage(`1`),
		},
		"called, no state": {Stream: "A@1", Calls: []answered{{ID: "a", Value: json.RawMessage(`1`)}}},
		"replied":          {Stream: "A@1", Seq: 7, Reply: &reply{Body: []byte{0, 1}, Header: function.Header{"X": {"1"}}, Status: 201}},
	} {
		t.Run(name, func(t *testing.T) {
			data, err := r.encode()
			require.NoError(t, err)
			require.True(t, json.Valid(data), string(data))
			back, err := readRecord(data)
			require.NoError(t, err)
			require.Equal(t, r, back)
		})
	}
	for _, text := range []string{"", "7", "{}", `{"seq":1}`, `{"stream":"A","seq":-1}`, "not json"} {
		_, err := readRecord([]byte(text))
		require.ErrorIs(t, err, errNoRecord, text)
	}
}

// A claim counts the runs of the message that were about to begin, whoever began them.
func TestClaim(t *testing.T) {
	r := record{Stream: "A@1", Seq: 7, Epoch: 1, State: json.RawMessage(`1`)}
	for n := 1; n <= 3; n++ {
		r = r.claim("A@1", uint64(n+1), 8, 1) //nolint:gosec // a handful
		require.Equal(t, &trying{Seq: 8, Times: n}, r.Trying)
		require.True(t, r.applied("A@1", 7))
		require.False(t, r.applied("A@1", 8))
	}
	require.Equal(t, 1, r.claim("A@1", 9, 10, 1).Trying.Times, "another message")
	require.Equal(t, 7, r.claim("A@1", 9, 8, 7).Trying.Times, "who claims knows of more")
	require.Nil(t, r.settle("A@1", 5, 8, changes{}, nil).Trying)
	anew := r.claim("A@2", 9, 3, 1)
	require.False(t, anew.applied("A@2", 3), "the stream was made anew")
	require.Equal(t, 1, anew.Trying.Times)
	require.JSONEq(t, "1", string(anew.State), "the state stays")
}

func FuzzReadRecord(f *testing.F) {
	f.Add([]byte(`{"seq":812,"stream":"ORDERS@d0x4k2","epoch":97,"state":{"lines":[1,2]}}`))
	f.Add([]byte(`{"seq":1,"stream":"A@1","epoch":2,"trying":{"seq":3,"times":1},"reply":{"body":"AA=="},"state":null}`))
	f.Add([]byte(`{"stream":"A@1","calls":[{"id":"a\"b","value":null},{"id":"c","value":{"d":1},"at":7}],"stubs":[{"ids":"abcdefgh","at":6}],"forgot":5}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := readRecord(data)
		if err != nil {
			require.ErrorIs(t, err, errNoRecord)
			return
		}
		again, err := r.encode()
		require.NoError(t, err)
		back, err := readRecord(again)
		require.NoError(t, err)
		require.Equal(t, r.Seq, back.Seq)
		require.Equal(t, r.Stream, back.Stream)
		require.Len(t, back.Calls, len(r.Calls))
		require.Equal(t, r.Forgot, back.Forgot)
		require.JSONEq(t, string(orNull(r.State)), string(orNull(back.State)))
	})
}

func orNull(state json.RawMessage) json.RawMessage {
	if state == nil {
		return json.RawMessage("null")
	}
	return state
}

// No two keys are in one place, and each place is one that a bucket takes.
func TestStateKey(t *testing.T) {
	seen := map[string]string{}
	for _, key := range []string{"", "7", "a-b_C", "a b", "a/b", "ü", "=", "==", "=YQ", "a.b", strings.Repeat("a", 128), strings.Repeat("a", 129), strings.Repeat("a", 130), strings.Repeat("ü", 100)} {
		place := StateKey(key)
		require.Regexp(t, `^[-_=a-zA-Z0-9]+$`, place)
		require.NotContains(t, seen, place, "%q and %q", key, seen[place])
		seen[place] = key
	}
}

// The shelf against a list that is searched: what is at hand, and what has to go.
func TestShelfModel(t *testing.T) {
	seed := seedOf(t)
	random := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // a test's
	const most, idle = 5, 10 * time.Second
	const bytes = 4 * activationCost
	s := newShelf(most, bytes, idle)
	now := time.Unix(0, 0)
	type kept struct {
		key   string
		size  int64
		since time.Time
	}
	var model []kept // the oldest first
	size := func() (sum int64) {
		for _, k := range model {
			sum += k.size
		}
		return sum
	}
	for range 20_000 {
		now = now.Add(time.Duration(random.IntN(2000)) * time.Millisecond)
		key := string(rune('a' + random.IntN(10)))
		if random.IntN(100) == 0 {
			half := (len(model) + 1) / 2
			require.Equal(t, half, s.relieve())
			model = model[half:]
		}
		if random.IntN(4) == 0 {
			s.sweep(now)
			for len(model) > 0 && now.Sub(model[0].since) >= idle {
				model = model[1:]
			}
		}
		least := uint64(0)
		if random.IntN(8) == 0 {
			least = 1 // what is at hand is out of date
		}
		a := s.take(key, least)
		at := -1
		for i, k := range model {
			if k.key == key {
				at = i
			}
		}
		require.Equal(t, at >= 0 && least == 0, a.known)
		if at >= 0 {
			model = append(model[:at:at], model[at+1:]...)
		}
		if random.IntN(5) == 0 {
			continue // it is not put back
		}
		a.known = true
		a.record.State = make([]byte, random.IntN(activationCost))
		s.put(a, now)
		model = append(model, kept{key, a.weigh(), now})
		for len(model) > most || size() > bytes && len(model) > 1 {
			model = model[1:]
		}
		stats := s.stats()
		require.Equal(t, len(model), stats.active)
		require.Equal(t, size(), stats.bytes)
	}
	require.NotZero(t, s.stats().passivated)
}

// Marks remember the newest revision of each key of late, and forget the others in time.
func TestMarks(t *testing.T) {
	m := newMarks(100)
	m.set("a", 7)
	m.set("a", 5)
	m.set("a", 0)
	require.EqualValues(t, 7, m.get("a"))
	require.Zero(t, m.get("b"))
	for n := range 100 {
		m.set("k"+strconv.Itoa(n), uint64(n)+1)
	}
	require.EqualValues(t, 7, m.get("a"), "one generation back")
	m.set("a", 6)
	require.EqualValues(t, 7, m.get("a"))
	for n := range 1000 {
		m.set("k"+strconv.Itoa(n), uint64(n)+1)
		require.LessOrEqual(t, len(m.now)+len(m.old), 200)
	}
	require.Zero(t, m.get("a"))
	var none *marks
	none.set("a", 1)
	require.Zero(t, none.get("a"))
}
