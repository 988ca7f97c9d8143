package cpuprofile

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// moved is a bundle whose lines are ten further down in what the author wrote; line 1 is the
// bundler's.
type moved struct{}

func (moved) Position(line, column int) (string, int, int, bool) {
	return "src/pay.ts", line + 10, column, line > 1
}

const raw = `{"nodes":[
 {"id":1,"callFrame":{"functionName":"(root)","scriptId":0,"url":"","lineNumber":-1,"columnNumber":-1},"hitCount":0,"children":[2,3,6]},
 {"id":2,"callFrame":{"functionName":"enter","scriptId":7,"url":"isolane:host","lineNumber":3,"columnNumber":4},"hitCount":1,"children":[4,5]},
 {"id":3,"callFrame":{"functionName":"(garbage collector)","scriptId":0,"url":"","lineNumber":-1,"columnNumber":-1},"hitCount":1},
 {"id":4,"callFrame":{"functionName":"pay","scriptId":8,"url":"fn:pay","lineNumber":4,"columnNumber":2},"hitCount":2,"positionTicks":[{"line":6,"ticks":2},{"line":1,"ticks":1}],"children":[7]},
 {"id":5,"callFrame":{"functionName":"secret","scriptId":9,"url":"fn:other","lineNumber":4,"columnNumber":2},"hitCount":1},
 {"id":6,"callFrame":{"functionName":"alone","scriptId":9,"url":"fn:other","lineNumber":4,"columnNumber":2},"hitCount":1},
 {"id":7,"callFrame":{"functionName":"sort","scriptId":0,"url":"","lineNumber":-1,"columnNumber":-1},"hitCount":1}
],"startTime":1000,"endTime":100000,"samples":[2,4,4,3,5,6,7],"timeDeltas":[1000,1000,1000,1000,50000,1000,-5]}`

func TestOf(t *testing.T) {
	p, err := Parse([]byte(raw))
	require.NoError(t, err)
	mine := p.Of("fn:pay", moved{}, time.Millisecond)
	text, err := json.Marshal(mine)
	require.NoError(t, err)
	again, err := Parse(text)
	require.NoError(t, err, "it is a profile")
	require.Equal(t, mine, again)
	require.NotContains(t, string(text), "secret")
	require.NotContains(t, string(text), "alone")

	names := map[string]Node{}
	for _, n := range mine.Nodes {
		names[n.CallFrame.FunctionName] = n
	}
	pay := names["pay"]
	require.Equal(t, CallFrame{FunctionName: "pay", ScriptID: "8", URL: "src/pay.ts", LineNumber: 14, ColumnNumber: 2}, pay.CallFrame)
	require.Equal(t, []PositionTick{{Line: 16, Ticks: 2}}, pay.PositionTicks)
	require.Equal(t, 2, pay.HitCount)
	require.Equal(t, 1, names["sort"].HitCount)
	require.Equal(t, 1, names["(garbage collector)"].HitCount)
	require.Equal(t, 1, names["enter"].HitCount, "the host above it")
	require.Equal(t, 2, names[others].HitCount)
	require.Equal(t, 2, names[idle].HitCount, "50 ms without a sample, and 45 at the end")
	require.Equal(t, 4, mine.Hits())
	now := mine.StartTime
	for _, d := range mine.TimeDeltas {
		require.GreaterOrEqual(t, d, int64(0))
		now += d
	}
	require.LessOrEqual(t, now, mine.EndTime)

	nobody := p.Of("fn:nobody", moved{}, time.Millisecond)
	require.Zero(t, nobody.Hits())
}

func TestParseRefuses(t *testing.T) {
	for name, text := range map[string]string{
		"nothing": ``, "no object": `[]`, "no nodes": `{}`,
		"twice":            `{"nodes":[{"id":1},{"id":1}]}`,
		"a loop":           `{"nodes":[{"id":1,"children":[1]}]}`,
		"two parents":      `{"nodes":[{"id":1,"children":[2,3]},{"id":2,"children":[3]},{"id":3}]}`,
		"in the air":       `{"nodes":[{"id":1},{"id":2}]}`,
		"no such child":    `{"nodes":[{"id":1,"children":[9]}]}`,
		"no such sample":   `{"nodes":[{"id":1}],"samples":[2],"timeDeltas":[1]}`,
		"samples or times": `{"nodes":[{"id":1}],"samples":[1],"timeDeltas":[]}`,
		"script":           `{"nodes":[{"id":1,"callFrame":{"scriptId":{}}}]}`,
	} {
		_, err := Parse([]byte(text))
		require.ErrorIs(t, err, ErrFormat, name)
	}
}

// Whatever is read as a profile has one of a function, which is a profile.
func FuzzParse(f *testing.F) {
	f.Add([]byte(raw))
	f.Add([]byte(`{"nodes":[{"id":-1}],"samples":[-1],"timeDeltas":[9223372036854775807]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Parse(text)
		if err != nil {
			return
		}
		mine := p.Of("fn:pay", moved{}, time.Millisecond)
		if err := mine.check(); err != nil {
			t.Fatal(err)
		}
	})
}
