package node

import (
	"bytes"
	"slices"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

// cpuTime is what the process has used, in all its threads.
func cpuTime(b *testing.B) time.Duration {
	b.Helper()
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		b.Fatal(err)
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}

// BenchmarkEcho sends requests of 64 bytes to an echo through NATS: a plain Go
// responder, and a function. Client and server are in the process too, and the same
// for both, so the CPU figure is that of the whole echo.
func BenchmarkEcho(b *testing.B) {
	payload := bytes.Repeat([]byte("x"), 64)
	files := map[string]string{
		"echo.js":  `export default (m) => m.text()`,
		"async.js": `export default async (m) => { await null; return m.text() }`,
	}
	for _, requesters := range []int{1, 16, 128} {
		for _, c := range []struct{ name, subject string }{
			{"go", "plain.echo"}, {"isolane", "fn.echo"}, {"isolane-async", "fn.async"},
		} {
			b.Run(c.name+"/requesters="+strconv.Itoa(requesters), func(b *testing.B) {
				n, _ := serve(b, files, func(c *config.Config) { c.Limits.CPU = 10 * time.Second })
				responder := connect(b, n)
				if _, err := responder.QueueSubscribe("plain.echo", "q", func(m *nats.Msg) {
					_ = m.Respond(m.Data)
				}); err != nil {
					b.Fatal(err)
				}
				if err := responder.Flush(); err != nil {
					b.Fatal(err)
				}
				clients := make([]*nats.Conn, min(requesters, 4))
				for i := range clients {
					clients[i] = connect(b, n)
				}
				drive(b, clients, requesters, c.subject, payload)
			})
		}
	}
}

// connect makes a connection as a client has it: over TCP.
func connect(b *testing.B, n *Node) *nats.Conn {
	b.Helper()
	nc, err := nats.Connect(n.Ready().NATS)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(nc.Close)
	return nc
}

// drive sends b.N requests and reports throughput, latency and CPU.
func drive(b *testing.B, clients []*nats.Conn, requesters int, subject string, payload []byte) {
	b.Helper()
	latencies := make([][]time.Duration, requesters)
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	before := cpuTime(b)
	b.ResetTimer()
	began := time.Now()
	for r := range requesters {
		wg.Go(func() {
			nc := clients[r%len(clients)]
			for left.Add(-1) >= 0 {
				sent := time.Now()
				m, err := nc.Request(subject, payload, patience)
				if err != nil || !bytes.Equal(m.Data, payload) {
					b.Error("wrong reply", err)
					return
				}
				latencies[r] = append(latencies[r], time.Since(sent))
			}
		})
	}
	wg.Wait()
	elapsed := time.Since(began)
	b.StopTimer()
	cpu := cpuTime(b) - before
	all := slices.Concat(latencies...)
	slices.Sort(all)
	if len(all) == 0 {
		return
	}
	b.ReportMetric(float64(b.N)/elapsed.Seconds(), "req/s")
	b.ReportMetric(float64(all[len(all)/2].Microseconds()), "p50-us")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds()), "p99-us")
	b.ReportMetric(cpu.Seconds()/float64(b.N)*1000, "cpu-s/1000")
}
