package funclog

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/internal/natskit"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func connect(tb testing.TB) *nats.Conn {
	tb.Helper()
	return natskit.Start(tb, natskit.WithoutJetStream).Connect()
}

func TestPublish(t *testing.T) {
	conn := connect(t)
	sub, err := conn.SubscribeSync("logs.f")
	require.NoError(t, err)
	cfg := DefaultConfig("n1")
	cfg.Redact = func(text string) string { return strings.ReplaceAll(text, "sesame", "[redacted]") }
	p := Start(conn, cfg)
	at := time.Now().UTC().Truncate(time.Millisecond)
	for i := range 300 {
		p.Add(Line{Time: at, Level: "info", Function: "f", Version: "abc", Runtime: 1, Invocation: "i", Text: fmt.Sprint("sesame ", i)})
		p.Add(Line{Function: "g", Text: "other"})
	}
	p.Close()
	p.Close()
	for i := range 300 {
		msg, err := sub.NextMsg(time.Minute)
		require.NoError(t, err)
		l, err := Decode(msg.Data)
		require.NoError(t, err)
		require.Equal(t, Line{Time: at, Level: "info", Function: "f", Version: "abc", Node: "n1", Runtime: 1, Invocation: "i", Text: fmt.Sprint("[redacted] ", i), Seq: uint64(2*i + 1)}, l)
	}
	require.Len(t, p.Recent("f", 1000), 200)
	last := p.Recent("f", 3)
	require.Equal(t, []string{"[redacted] 297", "[redacted] 298", "[redacted] 299"}, []string{last[0].Text, last[1].Text, last[2].Text})
	require.Len(t, p.Recent("", 1000), 400)
	require.Empty(t, p.Recent("h", 10))
	require.Zero(t, p.Dropped())
}

// What there is no room for, or no connection, is dropped, never waited for, and counted:
// each line was published or stands in the count of a later one.
func TestDropped(t *testing.T) {
	conn := connect(t)
	sub, err := conn.SubscribeSync("logs.*")
	require.NoError(t, err)
	cfg := DefaultConfig("n1")
	cfg.Queue = 8
	gate := make(chan struct{})
	cfg.Redact = func(text string) string { <-gate; return text }
	p := Start(conn, cfg)
	const n = 1000
	for i := range n { // nobody takes them off
		p.Add(Line{Function: "f", Text: fmt.Sprint(i)})
	}
	close(gate)
	p.Close()
	seen, told := uint64(0), uint64(0)
	for seen+told < n {
		msg, err := sub.NextMsg(time.Minute)
		require.NoError(t, err)
		l, err := Decode(msg.Data)
		require.NoError(t, err)
		told += l.Dropped
		if l.Runtime >= 0 {
			seen++
		}
	}
	require.Equal(t, uint64(n), seen+told)
	require.Equal(t, told, p.Dropped())
	require.LessOrEqual(t, seen, uint64(9))

	conn.Close()
	p = Start(conn, DefaultConfig("n1"))
	p.Add(Line{Function: "f", Text: "kept all the same"})
	p.Close()
	require.NotZero(t, p.Dropped())
	require.Equal(t, "kept all the same", p.Recent("f", 10)[0].Text)
}

func TestNothingIsPublishedWithoutAPrefix(t *testing.T) {
	conn := connect(t)
	sub, err := conn.SubscribeSync(">")
	require.NoError(t, err)
	cfg := DefaultConfig("n1")
	cfg.Prefix = ""
	p := Start(conn, cfg)
	p.Add(Line{Function: "f", Text: "x"})
	p.Close()
	require.NoError(t, conn.Publish("end", nil))
	msg, err := sub.NextMsg(time.Minute)
	require.NoError(t, err)
	require.Equal(t, "end", msg.Subject)
	require.Len(t, p.Recent("f", 10), 1)
}

// recent against a list of everything: what it keeps is the end of what came, within both
// bounds.
func TestRecentAgainstAll(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	r := newRecent(5, 3000)
	byName := map[string][]Line{}
	for i := range 2000 {
		l := Line{Function: fmt.Sprint("f", rng.IntN(8)), Seq: uint64(i), Text: strings.Repeat("x", rng.IntN(300))}
		r.add(l)
		byName[l.Function] = append(byName[l.Function], l)
		total := 0
		for name, all := range byName {
			kept := r.last(name, 100)
			require.LessOrEqual(t, len(kept), 5)
			if len(kept) > 0 {
				require.Equal(t, all[len(all)-len(kept):], kept)
			}
			for _, l := range kept {
				total += sizeOf(l)
			}
		}
		require.LessOrEqual(t, total, 3000)
		require.Equal(t, total, r.bytes)
		require.NotEmpty(t, r.last(l.Function, 1), "the newest is kept")
	}
}

func TestHammer(t *testing.T) {
	p := Start(connect(t), DefaultConfig("n1"))
	var all sync.WaitGroup
	for g := range 4 {
		all.Go(func() {
			for range 200 {
				p.Add(Line{Function: fmt.Sprint("f", g), Text: "x"})
				p.Recent("", 10)
			}
		})
	}
	all.Wait()
	p.Close()
	require.Len(t, p.Recent("", 10_000), 800)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"time":"2026-01-01T00:00:00Z","level":"info","function":"f","text":"x","seq":1}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		l, err := Decode(data)
		if err != nil {
			require.ErrorIs(t, err, ErrLine)
			return
		}
		again, err := json.Marshal(l)
		if err != nil { // a year that JSON cannot write
			return
		}
		same, err := Decode(again)
		if err == nil {
			require.Equal(t, l.Text, same.Text)
		}
	})
}

// BenchmarkAdd is what a line costs the function's turn, most of them dropped, and
// BenchmarkPass what it costs the node's other threads, with nobody subscribed.
func BenchmarkAdd(b *testing.B) {
	cfg := DefaultConfig("n1")
	cfg.Prefix = ""
	p := Start(connect(b), cfg)
	for b.Loop() {
		p.Add(benchmarkLine())
	}
	p.Close()
}

func BenchmarkPass(b *testing.B) {
	p := Start(connect(b), DefaultConfig("n1"))
	for b.Loop() {
		p.pass(benchmarkLine())
	}
	p.Close()
}

func benchmarkLine() Line {
	return Line{Time: time.Unix(0, 0), Level: "info", Function: "f", Version: "0123456789ab", Invocation: "DO0mneNpmTxXihvcL630EZ", Text: "a line as it is printed, of some length or other"}
}
