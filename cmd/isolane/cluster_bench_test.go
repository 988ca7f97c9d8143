package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"golang.org/x/sys/unix"
	"google.golang.org/protobuf/types/known/wrapperspb"

	"github.com/isolane/isolane/cluster/clustertest"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// processorTime is what a process has used, of all its threads, in user and system, by the
// scheduler's count; that of /proc comes in ticks of 10 ms.
func processorTime(tb testing.TB, pid int) time.Duration {
	tb.Helper()
	// clock_getcpuclockid(3), which is no system call: the complement of the process, and
	// CPUCLOCK_SCHED.
	var at unix.Timespec
	require.NoError(tb, unix.ClockGettime(int32(^pid<<3|2), &at)) //nolint:gosec // as the kernel reads it
	return time.Duration(at.Nano())
}

// sendMany sends calls requests from some requesters and returns the latencies, sorted.
func sendMany(tb testing.TB, url, subject string, requesters, calls int) []time.Duration {
	tb.Helper()
	payload := bytes.Repeat([]byte("x"), 64)
	latencies := make([]time.Duration, calls)
	var next atomic.Int64
	var wg sync.WaitGroup
	conns := make([]*nats.Conn, min(requesters, 4))
	for i := range conns {
		conn, err := nats.Connect(url)
		require.NoError(tb, err)
		defer conn.Close()
		conns[i] = conn
	}
	for r := range requesters {
		wg.Go(func() {
			for i := next.Add(1) - 1; i < int64(calls); i = next.Add(1) - 1 {
				sent := time.Now()
				msg, err := conns[r%len(conns)].Request(subject, payload, patience)
				if err != nil || !bytes.Equal(msg.Data, payload) {
					tb.Errorf("%s: %v %v", subject, msg, err)
					return
				}
				latencies[i] = time.Since(sent)
			}
		})
	}
	wg.Wait()
	slices.Sort(latencies)
	return latencies
}

var echoFiles = []string{
	"echo.js", `export default (m) => m.text()`,
	"hold.js", `export default async (m) => { await new Promise(r => setTimeout(r, 3_000_000)) }`,
	"hold.yaml", "limits: { wall: 1h, inflight: 1 }",
}

// BenchmarkMemberCost is what the cluster costs a member that has no need of it: the
// processor time of a node for calls that it serves itself, as one of three members
// beside that of a node alone. Both use the same NATS server, in rounds that take turns.
// It reports the median ratio of the rounds and the CPU seconds for 1,000 calls:
//
//	go test -run '^$' -bench MemberCost -benchtime 20x ./cmd/isolane
func BenchmarkMemberCost(b *testing.B) {
	const calls, turns = 8000, 20 // of both together, in each round
	g := startGroup(b, 1, echoFiles)
	g.addElsewhere("n2", "n3")
	b.Setenv("ISOLANE_NATS_PREFIX", "alone")
	alone := start(b, "--functions", g.functions, "--name", "alone", "--nats", g.url, "--runtimes", "2").awaitReady()
	nodes := []*process{alone, g.nodes["n1"]}
	subjects := []string{"alone.echo", "fn.echo"}
	for _, requesters := range []int{1, 16} {
		b.Run("requesters="+strconv.Itoa(requesters), func(b *testing.B) {
			for _, subject := range subjects {
				sendMany(b, g.url, subject, requesters, calls/2) // warm
			}
			var total [2]time.Duration
			var ratios []float64
			round := 0
			for b.Loop() {
				var used [2]time.Duration
				// In short turns, first the one and then the other, and then the other way
				// round: what else the machine does meets both alike.
				for turn := range turns {
					which := (turn + turn/2) % 2
					before := processorTime(b, nodes[which].cmd.Process.Pid)
					sendMany(b, g.url, subjects[which], requesters, calls/turns)
					used[which] += processorTime(b, nodes[which].cmd.Process.Pid) - before
				}
				for i := range used {
					total[i] += used[i]
				}
				ratios = append(ratios, used[1].Seconds()/used[0].Seconds())
				round++
			}
			slices.Sort(ratios)
			b.ReportMetric(ratios[len(ratios)/2], "member/alone")
			b.ReportMetric(ratios[len(ratios)/4], "quarter-below")
			b.ReportMetric(ratios[len(ratios)*3/4], "quarter-above")
			b.ReportMetric(total[0].Seconds()/float64(round)/(calls/2)*1000, "alone-cpu-s/1000")
			b.ReportMetric(total[1].Seconds()/float64(round)/(calls/2)*1000, "member-cpu-s/1000")
		})
	}
}

// echoElsewhere starts a bare gRPC server in another process and returns a round trip to
// it.
func echoElsewhere(b *testing.B) func(*wrapperspb.BytesValue) error {
	b.Helper()
	binary, err := os.Executable()
	require.NoError(b, err)
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), asEcho+"=1")
	out, err := cmd.StdoutPipe()
	require.NoError(b, err)
	require.NoError(b, cmd.Start())
	b.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	address, err := bufio.NewReader(out).ReadString('\n')
	require.NoError(b, err)
	return clustertest.GRPCTrip(b, strings.TrimSpace(address))
}

// BenchmarkSpilledCall is what it costs to have a peer run a call: the median time of an
// echo that the member which took it runs itself, of one that it hands on, and of a bare
// gRPC round trip over loopback, to another process and within one, in rounds that take
// turns.
//
//	go test -run '^$' -bench SpilledCall -benchtime 20x ./cmd/isolane
func BenchmarkSpilledCall(b *testing.B) {
	const calls = 1000
	b.Setenv("ISOLANE_CLUSTER_SPILL_AT", "1")
	b.Setenv("ISOLANE_RUNTIMES_MAX_INFLIGHT", "1")
	g := startGroup(b, 1, echoFiles)
	// The peer has room all the time. With so short a queue it would report none whenever a
	// report is made while a call is about to start, and the next call would wait here.
	b.Setenv("ISOLANE_CLUSTER_SPILL_AT", "256")
	b.Setenv("ISOLANE_RUNTIMES_MAX_INFLIGHT", "256")
	g.addElsewhere("n2")
	g.awaitLoads()
	conn := g.nodes["n1"].connect()
	node := func() admin.Runtimes {
		answers, err := admin.Ask[admin.Runtimes](b.Context(), conn, admin.RuntimesOf, "n1", nil)
		require.NoError(b, err)
		require.Len(b, answers, 1)
		return answers[0]
	}
	// Two runtimes with room for one each are taken for the whole run, and one waits:
	// what comes now is handed on. One after the other, or the third is handed on itself.
	for held := 1; held <= 3; held++ {
		require.NoError(b, conn.Publish("fn.hold", nil))
		eventually(b, patience, func() error {
			now := node()
			inside := now.Queue
			for _, r := range now.Runtimes {
				inside += r.Inflight
			}
			if inside != held || held < 3 && now.Queue > 0 {
				return fmt.Errorf("%d are held, not %d: %+v", inside, held, now)
			}
			return nil
		})
	}
	trips := func(bare func(*wrapperspb.BytesValue) error) func() []time.Duration {
		return func() []time.Duration {
			in := wrapperspb.Bytes(bytes.Repeat([]byte("x"), 64))
			latencies := make([]time.Duration, calls)
			for i := range latencies {
				sent := time.Now()
				require.NoError(b, bare(in))
				latencies[i] = time.Since(sent)
			}
			slices.Sort(latencies)
			return latencies
		}
	}
	way := []func() []time.Duration{
		func() []time.Duration { return sendMany(b, g.url, "elsewhere.echo", 1, calls) },
		func() []time.Duration { return sendMany(b, g.url, "fn.echo", 1, calls) },
		trips(echoElsewhere(b)),
		trips(clustertest.GRPCEcho(b)),
	}
	for _, run := range way {
		run() // warm
	}
	var medians [4][]time.Duration
	for b.Loop() {
		for i, run := range way {
			medians[i] = append(medians[i], run()[calls/2])
		}
	}
	var of [4]float64
	for i := range medians {
		slices.Sort(medians[i])
		of[i] = float64(medians[i][len(medians[i])/2].Microseconds())
	}
	for i, name := range []string{"local-µs", "spilled-µs", "grpc-µs", "grpc-inside-µs"} {
		b.ReportMetric(of[i], name)
	}
	b.ReportMetric((of[1]-of[0])/of[2], "added/grpc")
	b.ReportMetric((of[1]-of[0])/of[3], "added/grpc-inside")
	require.GreaterOrEqual(b, node().Spilled, uint64(calls*len(medians[0])), "calls were not handed on")
}
