package service

import (
	"bytes"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/micro"
	"github.com/stretchr/testify/require"
)

func many(n int) []Function {
	list := make([]Function, n)
	for i := range list {
		list[i] = example()
		list[i].Name = fmt.Sprintf("function-%05d", i)
		list[i].LastError = "504:the deadline passed before the function could start, 10ms after the message came"
	}
	return list
}

// TestManyFunctions: 2,000 fit into what a server takes by default; where not, the answer
// says what is missing, and so does the log, once.
func TestManyFunctions(t *testing.T) {
	const n = 2000
	for _, c := range []struct {
		name    string
		payload int32
		n       int
		cut     bool // functions are left out
		details bool
	}{
		{"default", 1 << 20, n, false, true},
		{"no room for details", 700 << 10, n, false, false},
		{"no room for all", 64 << 10, n, true, false},
		{"more than fit by default", 1 << 20, 10 * n, true, false},
	} {
		t.Run(c.name, func(t *testing.T) {
			url := serve(t, &server.Options{MaxPayload: c.payload})
			var logs bytes.Buffer
			all := many(c.n)
			s := start(t, connect(t, url), "n1", &deployed{list: all}, slog.New(slog.NewTextHandler(&logs, nil)))
			nc := connect(t, url)
			for range 2 {
				stats := ask[micro.Stats](t, nc, micro.StatsVerb, s.id)
				info := ask[micro.Info](t, nc, micro.InfoVerb, s.id)
				require.Equal(t, c.details, stats.Endpoints[0].Data != nil)
				for i, e := range stats.Endpoints {
					require.Equal(t, all[i].Name, e.Name)
					require.Equal(t, 10, e.NumRequests)
				}
				if c.cut {
					want := fmt.Sprintf("the last %d of %d functions: the server's max_payload is %d bytes", c.n-len(stats.Endpoints), c.n, c.payload)
					require.Contains(t, stats.Metadata[MetaOmitted], want)
					require.Greater(t, len(stats.Endpoints), 100)
					require.Less(t, len(info.Endpoints), c.n)
				} else {
					require.Len(t, stats.Endpoints, c.n)
					require.Len(t, info.Endpoints, c.n)
					require.Equal(t, c.details, stats.Metadata[MetaOmitted] == "")
				}
			}
			require.Equal(t, !c.details, logs.Len() > 0)
			require.LessOrEqual(t, strings.Count(logs.String(), "\n"), 1)
		})
	}
}

// TestFit against trying every number: the answer fits, and hardly more would.
func TestFit(t *testing.T) {
	type list struct {
		Omitted string   `json:"omitted"`
		List    []string `json:"list"`
	}
	element := func(i int, whole bool) any {
		if whole {
			return strings.Repeat("x", 90)
		}
		return strings.Repeat("x", 60+i%7)
	}
	build := func(n int, whole bool, omitted string) any {
		l := list{Omitted: omitted, List: []string{}}
		for i := range n {
			l.List = append(l.List, element(i, whole).(string))
		}
		return l
	}
	seen := map[string]int{}
	for _, total := range []int{0, 1, 2, 9, 10, 11, 50} {
		a := answer{total: total, build: build, element: element}
		for limit := 1; limit < 6000; limit += 51 {
			body, omitted, err := a.fit(limit)
			if size(build(total, true, "")) < limit {
				require.NoError(t, err)
				require.Empty(t, omitted)
				require.Len(t, decode[list](t, body).List, total)
				seen["whole"]++
				continue
			}
			best := -1
			for n := range total + 1 {
				if size(build(n, false, a.missing(n, limit))) <= limit {
					best = n
				}
			}
			if err != nil {
				require.ErrorIs(t, err, ErrTooSmall)
				require.LessOrEqual(t, best, 1)
				seen["too small"]++
				continue
			}
			require.LessOrEqual(t, len(body), limit)
			got := decode[list](t, body)
			require.Equal(t, omitted, got.Omitted)
			if omitted == "" { // to the byte
				require.Len(t, got.List, total)
				continue
			}
			require.LessOrEqual(t, len(got.List), best)
			require.GreaterOrEqual(t, len(got.List), best-1, "limit %d, total %d", limit, total)
			require.Equal(t, a.missing(len(got.List), limit), omitted)
			seen["cut"]++
		}
	}
	require.Len(t, seen, 3, "%v", seen)
}

// An answer that never fits is refused in the log, and nothing else happens.
func TestNoRoomAtAll(t *testing.T) {
	s := &Service{cfg: Config{Functions: (&deployed{list: many(3)}).get, Logger: slog.New(slog.DiscardHandler)}}
	for name, answer := range map[string]func(int) ([]byte, error){"ping": s.ping, "info": s.info, "stats": s.stats} {
		_, err := answer(50)
		require.ErrorIs(t, err, ErrTooSmall, name)
	}
}

func TestSemVer(t *testing.T) {
	for said, want := range map[string]string{
		"v1.2.3": "1.2.3", "1.2.3-rc.1+b": "1.2.3-rc.1+b", "": "0.0.0", "(devel)": "0.0.0+devel",
		"0123456789ab": "0.0.0+0123456789ab", "123456789012": "0.0.0+123456789012", "v1.2": "0.0.0+v12",
		"v0.0.0-20261125000000-90651afaaaaa+dirty": "0.0.0-20261125000000-90651afaaaaa+dirty", "unknown": "0.0.0+unknown",
		"01.2.3": "0.0.0+0123", "é": "0.0.0",
	} {
		require.Equal(t, want, SemVer(said), said)
	}
}

// What any binary says of itself is taken by the convention's own framework.
func FuzzSemVer(f *testing.F) {
	f.Add("v1.2.3")
	f.Add("(devel)")
	url := serve(f, &server.Options{})
	nc := connect(f, url)
	f.Fuzz(func(t *testing.T, said string) {
		s, err := micro.AddService(nc, micro.Config{Name: Name, Version: SemVer(said)})
		require.NoError(t, err, said)
		require.NoError(t, s.Stop())
	})
}

// BenchmarkStats is one answer of a node with 2,000 functions, and with 20,000, which has to
// be cut.
func BenchmarkStats(b *testing.B) {
	for _, n := range []int{10, 2000, 20_000} {
		b.Run(fmt.Sprint(n), func(b *testing.B) {
			s := &Service{cfg: Config{Functions: (&deployed{list: many(n)}).get, Logger: slog.New(slog.DiscardHandler)}}
			for b.Loop() {
				body, err := s.stats(1 << 20)
				require.NoError(b, err)
				b.ReportMetric(float64(len(body)), "bytes")
			}
		})
	}
}
