package main

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/receipt"
)

// killsVariable is how many nodes BenchmarkKeyedDeath kills, of each kind.
const killsVariable = "ISOLANE_KEYED_KILLS"

// probed is one answered message.
type probed struct {
	sent, got time.Time
	node      string
}

// probes sends messages to keys, to each the next one when the one before is answered.
type probes struct {
	stop func() // ends them, and fails where one was not answered

	mu      sync.Mutex
	waiting map[string]chan string // by id; guarded by mu
	of      map[string][]probed    // by key; guarded by mu
	failed  []string               // guarded by mu
}

func startProbes(tb testing.TB, url string, keys int) *probes {
	tb.Helper()
	p := &probes{waiting: map[string]chan string{}, of: map[string][]probed{}}
	conn, err := nats.Connect(url)
	require.NoError(tb, err)
	tb.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(tb, err)
	_, err = js.CreateStream(tb.Context(), jetstream.StreamConfig{Name: "COUNTERS", Subjects: []string{"counter.*"}})
	require.NoError(tb, err)
	_, err = conn.Subscribe("counted.*", p.heard)
	require.NoError(tb, err)
	require.NoError(tb, conn.Flush())
	ctx, stop := context.WithCancel(context.Background())
	var working sync.WaitGroup
	p.stop = sync.OnceFunc(func() {
		stop()
		working.Wait()
		p.mu.Lock()
		defer p.mu.Unlock()
		require.Empty(tb, p.failed, "not answered")
	})
	tb.Cleanup(p.stop)
	for k := range keys {
		working.Go(func() { p.probe(ctx, js, "k"+strconv.Itoa(k)) })
	}
	return p
}

// heard takes a reply.
func (p *probes) heard(msg *nats.Msg) {
	var got struct{ ID string }
	r, _, err := receipt.Parse(msg.Header.Get(receipt.Header))
	if err != nil || json.Unmarshal(msg.Data, &got) != nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if ch := p.waiting[got.ID]; ch != nil {
		delete(p.waiting, got.ID)
		ch <- r.Node
	}
}

// probe asks one key again and again, until ctx is done.
func (p *probes) probe(ctx context.Context, js jetstream.JetStream, key string) {
	for n := 0; ctx.Err() == nil; n++ {
		id, ch := fmt.Sprintf("%s/%d", key, n), make(chan string, 1)
		p.mu.Lock()
		p.waiting[id] = ch
		p.mu.Unlock()
		sent := time.Now()
		if _, err := js.Publish(ctx, "counter."+key, fmt.Appendf(nil, `{"id":%q,"add":1}`, id)); err != nil {
			continue
		}
		select {
		case node := <-ch:
			p.mu.Lock()
			p.of[key] = append(p.of[key], probed{sent, time.Now(), node})
			p.mu.Unlock()
		case <-time.After(patience):
			p.mu.Lock()
			p.failed = append(p.failed, id)
			p.mu.Unlock()
			return
		}
		wait(10 * time.Millisecond)
	}
}

// at is where each key ran last.
func (p *probes) at() map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()
	at := map[string]string{}
	for key, all := range p.of {
		at[key] = all[len(all)-1].node
	}
	return at
}

// without is how long each of the keys was without service from then on: the longest that a
// message of it waited, up to the first one that was sent after that.
func (p *probes) without(tb testing.TB, keys []string, then time.Time) (gaps []time.Duration) {
	tb.Helper()
	eventually(tb, 2*patience, func() error {
		p.mu.Lock()
		defer p.mu.Unlock()
		gaps = gaps[:0]
		for _, key := range keys {
			gap, over := time.Duration(0), false
			for _, o := range p.of[key] {
				if o.got.Before(then) {
					continue
				}
				from := o.sent
				if from.Before(then) {
					from = then
				}
				gap = max(gap, o.got.Sub(from))
				if over = o.sent.After(then); over {
					break
				}
			}
			if !over {
				return fmt.Errorf("%s has no answer yet", key)
			}
			gaps = append(gaps, gap)
		}
		return nil
	})
	return gaps
}

// settled waits until all keys are answered, and returns where they run.
func (p *probes) settled(tb testing.TB, keys, nodes int) map[string]string {
	tb.Helper()
	var at map[string]string
	eventually(tb, patience, func() error {
		at = p.at()
		on := map[string]bool{}
		for _, node := range at {
			on[node] = true
		}
		if len(at) < keys || len(on) < nodes {
			return fmt.Errorf("%d keys answer, on %d nodes", len(at), len(on))
		}
		return nil
	})
	return at
}

// BenchmarkKeyedDeath is how long keys are without service when the member that runs them is
// killed, and when the one that has their order is; and what a member that joins costs. Three
// nodes, LAN timings. go test ./cmd/isolane -run '^$' -bench KeyedDeath -benchtime 1x, with
// ISOLANE_KEYED_KILLS=15 for 30 kills.
func BenchmarkKeyedDeath(b *testing.B) {
	kills, keys := 2, 60
	if text := os.Getenv(killsVariable); text != "" {
		var err error
		kills, err = strconv.Atoi(text)
		require.NoError(b, err)
	}
	g := startGroup(b, 3, keyedFiles[:4])
	p := startProbes(b, g.url, keys)
	p.settled(b, keys, 3)
	k := &keyedChaos{t: b, g: g, random: rand.New(rand.NewPCG(1, 1))} //nolint:gosec // a test's
	for _, who := range []string{"runner", "sequencer"} {
		var gaps, joins, delays []time.Duration
		for range kills {
			at := p.settled(b, keys, 3)
			victim := k.holder()
			if who == "runner" {
				for name := range g.nodes {
					if name != k.holder() {
						victim = name
					}
				}
			}
			var affected []string
			for key, node := range at {
				if who == "sequencer" || node == victim {
					affected = append(affected, key)
				}
			}
			then := time.Now()
			g.nodes[victim].signal(syscall.SIGKILL)
			gaps = append(gaps, p.without(b, affected, then)...)
			g.nodes[victim].await()
			joined, delay := p.join(b, k, victim)
			joins, delays = append(joins, joined), append(delays, delay)
		}
		for _, m := range []struct {
			what string
			of   []time.Duration
		}{{"gap", gaps}, {"join", joins}, {"delay", delays}} {
			slices.Sort(m.of)
			b.ReportMetric(float64(quantile(m.of, 0.5).Milliseconds()), fmt.Sprintf("%s-%s-p50-ms", who, m.what))
			b.ReportMetric(float64(quantile(m.of, 0.99).Milliseconds()), fmt.Sprintf("%s-%s-p99-ms", who, m.what))
		}
	}
	p.stop()                   // while there are nodes that answer
	b.ReportMetric(0, "ns/op") // of no meaning
}

// join has a node join in the place of one that died. It returns how long it took from the first
// key that ran there until the last one that is its own did, and the longest that any message
// waited meanwhile.
func (p *probes) join(b *testing.B, k *keyedChaos, victim string) (spread, delay time.Duration) {
	b.Helper()
	delete(k.g.nodes, victim)
	k.g.reseed()
	k.names++
	name := fmt.Sprintf("m%d", k.names)
	then := time.Now()
	k.g.start(name, false).awaitReady()
	k.g.awaitSeen(name)
	p.without(b, p.keys(), time.Now()) // each has run since all see it
	p.mu.Lock()
	defer p.mu.Unlock()
	var first, last time.Time
	for _, all := range p.of {
		for i, o := range all {
			if o.got.Before(then) {
				continue
			}
			delay = max(delay, o.got.Sub(o.sent))
			if o.node == name && (i == 0 || all[i-1].node != name) {
				if first.IsZero() || o.sent.Before(first) {
					first = o.sent
				}
				if o.got.After(last) {
					last = o.got
				}
			}
		}
	}
	require.False(b, first.IsZero(), "no key runs on the new node")
	return last.Sub(first), delay
}

func (p *probes) keys() (keys []string) {
	for key := range p.at() {
		keys = append(keys, key)
	}
	return keys
}
