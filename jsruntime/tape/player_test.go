package tape

import (
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// playedTape has a module's load, two operations that end in the other order, and a time.
func playedTape(t *testing.T) *Tape {
	t.Helper()
	r := aRecorder(nil)
	r.Add(Entry{Kind: Call, Op: "chance", Text: "0.5", Load: true})
	r.Add(Entry{Kind: Call, Op: "now", Text: "1"})
	r.Begin(7, "fetch", "GET\nfollow\n\n0\nhttp://a/", nil)
	r.Begin(8, "kv.get", `{"bucket":"b","key":"k"}`, nil)
	r.End(8, "kv", nil, false)
	r.Add(Entry{Kind: Call, Op: "now", Text: "2"})
	r.End(7, "fetched", nil, false)
	return finished(t, r)
}

func TestPlayerGoesAsItWent(t *testing.T) {
	p := NewPlayer(playedTape(t), nil)
	e, ok := p.Call("chance", "", true)
	require.True(t, ok)
	require.Equal(t, "0.5", e.Text)
	e, ok = p.Call("now", "whatever it is now", false)
	require.True(t, ok)
	require.Equal(t, "1", e.Text)
	_, ok = p.Next()
	require.False(t, ok, "it has not begun")
	e, ok = p.Start("fetch", "GET\nfollow\n\n0\nhttp://a/", nil)
	require.True(t, ok)
	require.Equal(t, 1, e.N)
	_, ok = p.Next()
	require.False(t, ok, "the other one ended first")
	_, ok = p.Start("kv.get", `{"bucket":"b","key":"k"}`, nil)
	require.True(t, ok)
	e, ok = p.Next()
	require.True(t, ok)
	require.Equal(t, "kv", e.Text)
	p.Took()
	require.Equal(t, "the time", p.Left())
	_, ok = p.Call("now", "", false)
	require.True(t, ok)
	e, ok = p.Next()
	require.True(t, ok)
	require.Equal(t, "fetched", e.Text)
	p.Took()
	_, ok = p.Next()
	require.False(t, ok)
	require.Nil(t, p.Divergence())
	require.False(t, p.Off())
	require.Empty(t, p.Left())
}

// A warm isolate had loaded the module before: what that asks for is no divergence.
func TestPlayerOfAWarmRun(t *testing.T) {
	r := aRecorder(nil)
	r.Add(Entry{Kind: Call, Op: "now", Text: "1"})
	p := NewPlayer(finished(t, r), nil)
	_, ok := p.Call("chance", "", true)
	require.False(t, ok)
	e, ok := p.Call("now", "", false)
	require.True(t, ok)
	require.Equal(t, "1", e.Text)
	require.Nil(t, p.Divergence())
}

func TestPlayerDiverges(t *testing.T) {
	for name, c := range map[string]struct {
		ask  func(*Player)
		want string
	}{
		"another time": {func(p *Player) { p.Call("chance", "", false) }, "at host call 1: the function asked for Math.random(), the record has the time"},
		"another URL":  {func(p *Player) { p.Start("fetch", "GET\nfollow\n\n0\nhttp://b/", nil) }, "at host call 1: the function asked for fetch GET http://b/, the record has fetch GET http://a/"},
		"another body": {
			func(p *Player) { p.Start("fetch", "GET\nfollow\n\n0\nhttp://a/", []byte("x")) },
			"at host call 1: the function asked for fetch GET http://a/, the record has fetch GET http://a/ with something else in it",
		},
		"once more": {func(p *Player) {
			for range 3 {
				p.Call("now", "", false)
			}
		}, "at host call 3: the function asked for the time, and the record has nothing more"},
		"after a load": {func(p *Player) {
			p.Call("chance", "", true)
			p.Start("timer", "5", nil)
		}, "at host call 2: the function asked for a timer of 5 ms, the record has fetch GET http://a/"},
	} {
		t.Run(name, func(t *testing.T) {
			p := NewPlayer(playedTape(t), nil)
			c.ask(p)
			require.NotNil(t, p.Divergence())
			require.Equal(t, c.want, p.Divergence().String())
			require.True(t, p.Off())
			_, ok := p.Call("now", "", false)
			require.False(t, ok, "the rest is not told")
			require.Equal(t, c.want, p.Divergence().String(), "the first one counts")
		})
	}
	for name, change := range map[string]func(*Tape){
		"a cut record has no more":              func(tape *Tape) { tape.Cut = true },
		"nor has one of a run that was stopped": func(tape *Tape) { tape.Outcome = function.ExceededCPU },
	} {
		t.Run(name, func(t *testing.T) {
			tape := playedTape(t)
			change(tape)
			p := NewPlayer(tape, nil)
			for range 3 {
				p.Call("now", "", false)
			}
			require.True(t, p.Off())
			require.Nil(t, p.Divergence())
		})
	}
}

// Credentials are not kept, so others in their place are no divergence; other headers are.
func TestCredentialsAreNotCompared(t *testing.T) {
	r := aRecorder(nil)
	r.Begin(1, "fetch", request, nil)
	tape := finished(t, r)
	_, ok := NewPlayer(tape, nil).Start("fetch", "POST\nfollow\n\n2\nauthorization:Bearer other\naccept:*/*\nhttp://127.0.0.1/a", nil)
	require.True(t, ok)
	_, ok = NewPlayer(tape, nil).Start("fetch", "POST\nfollow\n\n2\nauthorization:Basic dTpw\naccept:text/html\nhttp://127.0.0.1/a", nil)
	require.False(t, ok)
}

// Whatever a run does, a player that is asked for the same again answers the same, in the order
// in which it happened.
func TestAnyRunIsPlayed(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2)) //nolint:gosec // a test's
	for range 200 {
		r := aRecorder(nil)
		var open []int32
		type step struct {
			op, asked string
			end       string
		}
		var steps []step
		for n := range 1 + random.IntN(30) {
			text := strconv.Itoa(n)
			switch k := random.IntN(3); {
			case k == 0:
				r.Begin(int32(n), "op", text, nil) //nolint:gosec // small
				open = append(open, int32(n))      //nolint:gosec // small
				steps = append(steps, step{op: "op", asked: text})
			case k == 1 && len(open) > 0:
				at := random.IntN(len(open))
				r.End(open[at], text, nil, false)
				open = append(open[:at], open[at+1:]...)
				steps = append(steps, step{end: text})
			default:
				r.Add(Entry{Kind: Call, Op: "random", Asked: text, Text: text})
				steps = append(steps, step{op: "random", asked: text})
			}
		}
		p := NewPlayer(finished(t, r), nil)
		for _, s := range steps {
			switch {
			case s.end != "":
				e, ok := p.Next()
				require.True(t, ok)
				require.Equal(t, s.end, e.Text)
				p.Took()
			case s.op == "op":
				_, ok := p.Start(s.op, s.asked, nil)
				require.True(t, ok)
			default:
				e, ok := p.Call(s.op, s.asked, false)
				require.True(t, ok)
				require.Equal(t, s.asked, e.Text)
			}
		}
		require.Empty(t, p.Left())
		require.Nil(t, p.Divergence())
		_, ok := p.Next()
		require.False(t, ok)
	}
}
