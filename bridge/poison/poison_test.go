package poison

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestJudge(t *testing.T) {
	suspect := &function.Loss{Isolate: "n2/runtime-1#4", Suspect: true, Cause: "exceeded-cpu: cpu limit of 1s reached"}
	beside := &function.Loss{Isolate: "n2/runtime-1#4", Cause: "exceeded-cpu of function bad"}
	first := []Kill{{Isolate: "n1/runtime-0#1", Cause: "exceeded-memory: heap"}}
	for name, c := range map[string]struct {
		of   Case
		want Verdict
	}{
		"no isolate was lost":                        {Case{}, None},
		"no isolate was lost this time":              {Case{Kills: first}, None},
		"it waited":                                  {Case{Loss: beside}, Spare},
		"it waited, and is suspected from before":    {Case{Loss: beside, Kills: first}, Spare},
		"it waited, in a batch":                      {Case{Loss: beside, Shared: true}, Spare},
		"it waited, once more":                       {Case{Loss: beside, Spared: MaxSpared - 1}, Spare},
		"it waited, too often":                       {Case{Loss: beside, Spared: MaxSpared}, None},
		"it waited, and was acknowledged":            {Case{Loss: beside, Said: function.SaidAck}, None},
		"it waited, and is to be retried":            {Case{Loss: beside, Said: function.SaidRetry}, None},
		"it waited, and was rejected":                {Case{Loss: beside, Said: function.SaidReject}, None},
		"it ran":                                     {Case{Loss: suspect}, Suspect},
		"it ran, and was spared before":              {Case{Loss: suspect, Spared: MaxSpared}, Suspect},
		"it ran, and is to be retried":               {Case{Loss: suspect, Said: function.SaidRetry}, Suspect},
		"it ran, and was acknowledged":               {Case{Loss: suspect, Said: function.SaidAck, Kills: first}, None},
		"it ran, and was rejected":                   {Case{Loss: suspect, Said: function.SaidReject, Kills: first}, None},
		"it ran, in a batch":                         {Case{Loss: suspect, Shared: true, Kills: first}, None},
		"it ran, the second time":                    {Case{Loss: suspect, Kills: first}, Condemn},
		"it ran, the second time, to be retried":     {Case{Loss: suspect, Kills: first, Said: function.SaidRetry}, Condemn},
		"it ran, the third time: a note that is odd": {Case{Loss: suspect, Kills: append(first, first...)}, Condemn},
	} {
		t.Run(name, func(t *testing.T) {
			before := len(c.of.Kills)
			d := Judge(c.of)
			require.Equal(t, c.want, d.Verdict)
			require.Equal(t, c.want == Condemn, d.Error != "")
			require.Equal(t, c.want == Condemn, d.Reason != "")
			if c.want == Suspect || c.want == Condemn {
				require.Len(t, d.Kills, before+1)
				require.Equal(t, Kill{Isolate: suspect.Isolate, Cause: suspect.Cause}, d.Kills[before])
			} else {
				require.Empty(t, d.Kills)
			}
		})
	}
	require.Equal(t, "the message killed 2 isolates: n1/runtime-0#1 (exceeded-memory: heap); n2/runtime-1#4 (exceeded-cpu: cpu limit of 1s reached)",
		Judge(Case{Loss: suspect, Kills: first}).Error)
}

// Whatever happens in its isolates, a message is condemned with the second one that it ends, and
// never for those that others ended; and it is not spared for ever.
func TestOnlyKillersAreCondemned(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var note Note
		spared := 0
		for n := range 60 {
			ran := rapid.Bool().Draw(t, "ran")
			d := Judge(Case{Loss: &function.Loss{Isolate: "i", Suspect: ran}, Spared: spared, Kills: note.Kills})
			switch {
			case ran && len(note.Kills) == MaxKills-1:
				require.Equal(t, Condemn, d.Verdict, "step %d", n)
				return
			case ran:
				require.Equal(t, Suspect, d.Verdict)
				note.Kills = d.Kills
			case d.Verdict == Spare:
				spared++
				require.LessOrEqual(t, spared, MaxSpared)
			default:
				require.Equal(t, None, d.Verdict)
				require.Equal(t, MaxSpared, spared)
			}
			data, err := note.Encode()
			require.NoError(t, err)
			note = DecodeNote(data) // it goes to another member
		}
	})
}

func TestNote(t *testing.T) {
	kills := []Kill{{"n1/runtime-0#1", "a \"quoted\" cause"}}
	for text, n := range map[string]Note{
		"0": {}, "7": {Forgiven: 7},
		`{"kills":[{"isolate":"n1/runtime-0#1","cause":"a \"quoted\" cause"}]}`:              {Kills: kills},
		`{"forgiven":3,"kills":[{"isolate":"n1/runtime-0#1","cause":"a \"quoted\" cause"}]}`: {Forgiven: 3, Kills: kills},
	} {
		data, err := n.Encode()
		require.NoError(t, err)
		require.Equal(t, text, string(data))
		require.Equal(t, n, DecodeNote(data))
	}
	for _, foreign := range []string{"", "x", "-4", "{", `{"kills":7}`, "null", "[]"} {
		require.Empty(t, DecodeNote([]byte(foreign)), foreign)
	}
	long := DecodeNote([]byte(`{"kills":[{"cause":"` + strings.Repeat("ü", 1000) + `"},{},{},{}]}`))
	require.Len(t, long.Kills, MaxKills)
	require.LessOrEqual(t, len(long.Kills[0].Cause), maxCause)
}

// FuzzNote: whatever is in the bucket, it is read without harm, and as it is written again.
func FuzzNote(f *testing.F) {
	for _, seed := range []string{"", "7", "-1", `{"forgiven":-3,"kills":[{"isolate":"a","cause":"\ud800"},{},{}]}`, "{"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		n := DecodeNote(data)
		require.GreaterOrEqual(t, n.Forgiven, 0)
		require.LessOrEqual(t, len(n.Kills), MaxKills)
		again, err := n.Encode()
		require.NoError(t, err)
		back := DecodeNote(again)
		require.Equal(t, n.Forgiven, back.Forgiven)
		require.Len(t, back.Kills, len(n.Kills))
		for i := range n.Kills {
			require.Equal(t, n.Kills[i], back.Kills[i])
		}
	})
}
