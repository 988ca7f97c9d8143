package receipt

import (
	"bytes"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestFormat(t *testing.T) {
	ran := function.Receipt{
		Queued: 38 * time.Microsecond, Wall: 1250*time.Microsecond + 999, CPU: 410 * time.Microsecond, IO: 800 * time.Microsecond,
		Heap: 3 << 20, Node: "a", Runtime: 1, Version: "4f1c09", Attempts: 2,
	}
	cold := ran
	cold.Cold, cold.Heap = true, 0
	for name, c := range map[string]struct {
		r     function.Receipt
		trace string
		want  string
	}{
		"ran":        {ran, "", `queued=38, wall=1250, cpu=410, io=800, heap=3145728, cold=?0, node="a", runtime=1, version="4f1c09", attempts=2`},
		"cold":       {cold, "0af7651916cd43dd8448eb211c80319c", `queued=38, wall=1250, cpu=410, io=800, cold=?1, node="a", runtime=1, version="4f1c09", attempts=2, trace="0af7651916cd43dd8448eb211c80319c"`},
		"never ran":  {function.Receipt{Node: "a", Runtime: -1, Wall: 1}, "", `queued=0, node="a", attempts=0`},
		"hostile":    {function.Receipt{Node: "a\"\\\r\n\x7fé", Runtime: -1}, "", `queued=0, node="a\"\\", attempts=0`},
		"clock back": {function.Receipt{Queued: -time.Hour, Runtime: -1}, "", "queued=0, attempts=0"},
	} {
		t.Run(name, func(t *testing.T) { require.Equal(t, c.want, Format(c.r, c.trace)) })
	}
}

// What is written is read again, to the microsecond.
func TestRoundTrip(t *testing.T) {
	for range 2000 {
		span := func() time.Duration {
			return time.Duration(rand.Int64N(int64(1000 * time.Hour))).Truncate(time.Microsecond)
		}
		r := function.Receipt{Queued: span(), Runtime: -1, Node: "n-" + strings.Repeat(`\"x`, rand.IntN(3)), Version: "v"}
		if rand.IntN(2) == 0 {
			r.Wall, r.CPU, r.IO, r.Cold = span(), span(), span(), rand.IntN(2) == 0
			r.Heap, r.Runtime, r.Attempts = rand.Uint64N(1<<40), rand.IntN(20_000), 1+rand.IntN(5)
		}
		got, trace, err := Parse(Format(r, "t"))
		require.NoError(t, err)
		require.Equal(t, r, got)
		require.Equal(t, "t", trace)
	}
}

func TestParseRefuses(t *testing.T) {
	for _, s := range []string{
		"queued", "=1", "Queued=1", "queued=", "queued=x", "queued=1,", "queued=1 wall=2", `node="a`, `node="a\b"`, "cold=?2",
		"queued=9999999999999999", "queued=1;wall=2",
	} {
		_, _, err := Parse(s)
		require.ErrorIs(t, err, ErrMalformed, s)
	}
	r, _, err := Parse(`later="x", wall=5, other=?1`)
	require.NoError(t, err, "keys that are added later are passed over")
	require.Equal(t, function.Receipt{Wall: 5 * time.Microsecond, Runtime: -1}, r)
}

func FuzzParse(f *testing.F) {
	f.Add(`queued=38, wall=1250, cpu=410, io=800, heap=3145728, cold=?0, node="a", runtime=1, version="4f1c09", attempts=1`)
	f.Add(`node="\"\\", later=1`)
	f.Fuzz(func(t *testing.T, s string) {
		r, trace, err := Parse(s)
		if err != nil {
			return
		}
		again, sameTrace, err := Parse(Format(r, trace))
		require.NoError(t, err)
		require.Equal(t, trace, sameTrace)
		require.Equal(t, r.Node, again.Node)
		if ran(r) {
			require.Equal(t, r.CPU, again.CPU)
		}
	})
}

func BenchmarkFormat(b *testing.B) {
	r := function.Receipt{Queued: 38 * time.Microsecond, Wall: time.Millisecond, CPU: 410 * time.Microsecond, Node: "node-1", Version: "4f1c09a0b1c2", Attempts: 1}
	b.ReportAllocs()
	for b.Loop() {
		Format(r, "")
	}
}

// BenchmarkHeaders is what receipts cost in a message, written and read again, as one header
// and as one for each value; beside a message with another header and without one.
func BenchmarkHeaders(b *testing.B) {
	r := function.Receipt{Queued: 38 * time.Microsecond, Wall: time.Millisecond, CPU: 410 * time.Microsecond, Node: "node-1", Version: "4f1c09a0b1c2", Attempts: 1}
	for name, header := range map[string]func() nats.Header{
		"one": func() nats.Header { return nats.Header{Header: {Format(r, "")}} },
		"each": func() nats.Header {
			h := make(nats.Header, 9)
			for f := range strings.SplitSeq(Format(r, ""), ", ") {
				key, value, _ := strings.Cut(f, "=")
				h["Isolane-"+key] = []string{value}
			}
			return h
		},
	} {
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				var text bytes.Buffer
				text.WriteString("NATS/1.0\r\n")
				require.NoError(b, http.Header(header()).Write(&text)) // as nats.go does
				text.WriteString("\r\n")
				_, err := nats.DecodeHeadersMsg(text.Bytes())
				require.NoError(b, err)
			}
		})
	}
}
