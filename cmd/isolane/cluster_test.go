package main

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// jetStreamServer runs a NATS server with JetStream in this process.
func jetStreamServer(tb testing.TB) string {
	tb.Helper()
	cfg := bridge.DefaultServerConfig()
	cfg.Port, cfg.DataDir = 0, filepath.Join(tb.TempDir(), "data")
	server, err := bridge.StartServer(tb.Context(), cfg)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, server.Shutdown(context.Background())) })
	return server.ClientURL()
}

// freePort returns a port that was free a moment ago, for TCP and UDP.
func freePort(tb testing.TB) int {
	tb.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(tb, err)
	defer func() { _ = l.Close() }()
	return l.Addr().(*net.TCPAddr).Port
}

// group is a cluster of processes.
type group struct {
	t         testing.TB
	url       string
	functions string
	seed      string
	extra     []string
	nodes     map[string]*process
}

// startGroup starts n nodes, n1 and so on, and waits until each sees all.
func startGroup(tb testing.TB, n int, files []string, extra ...string) *group {
	tb.Helper()
	g := &group{
		t: tb, url: jetStreamServer(tb), functions: folder(tb, files...), extra: extra,
		seed: net.JoinHostPort("127.0.0.1", strconv.Itoa(freePort(tb))), nodes: map[string]*process{},
	}
	for i := range n {
		g.start("n"+strconv.Itoa(i+1), i == 0)
	}
	for _, p := range g.nodes {
		p.awaitReady()
	}
	g.awaitAlive(n)
	return g
}

func (g *group) start(name string, first bool) *process {
	g.t.Helper()
	gossip := "127.0.0.1:0"
	if first {
		gossip = g.seed
	}
	args := append([]string{
		"--functions", g.functions, "--name", name, "--nats", g.url,
		"--gossip", gossip, "--remote", "127.0.0.1:0", "--join", g.seed, "--runtimes", "2",
	}, g.extra...)
	p := start(g.t, args...)
	g.nodes[name] = p
	return p
}

// reseed has nodes that start from here on join by one that lives.
func (g *group) reseed() {
	g.t.Helper()
	eventually(g.t, patience, func() error {
		for _, v := range g.views() {
			for _, m := range v.Members {
				if m.Name == v.Node && g.nodes[m.Name] != nil && m.Address != "" {
					g.seed = m.Address
					return nil
				}
			}
		}
		return errNotServed
	})
}

// awaitSeen waits until every node that lives sees that one alive.
func (g *group) awaitSeen(name string) {
	g.t.Helper()
	eventually(g.t, patience, func() error {
		seen := 0
		for _, v := range g.views() {
			for _, m := range v.Members {
				if m.Name == name && m.State == "alive" {
					seen++
				}
			}
		}
		if seen < len(g.nodes) {
			return fmt.Errorf("%d of %d nodes see %s", seen, len(g.nodes), name)
		}
		return nil
	})
}

// addElsewhere starts further nodes that serve another prefix, so that all that comes is
// for those of before, and waits until each sees all.
func (g *group) addElsewhere(names ...string) {
	g.t.Helper()
	g.t.Setenv("ISOLANE_NATS_PREFIX", "elsewhere")
	for _, name := range names {
		g.start(name, false).awaitReady()
	}
	g.awaitAlive(len(g.nodes))
}

// views are what the nodes that answer see.
func (g *group) views() []admin.View {
	g.t.Helper()
	conn, err := nats.Connect(g.url)
	require.NoError(g.t, err)
	defer conn.Close()
	ctx, cancel := context.WithTimeout(g.t.Context(), patience)
	defer cancel()
	views, err := admin.Ask[admin.View](ctx, conn, admin.Members, "", nil)
	require.NoError(g.t, err)
	return views
}

// awaitAlive waits until n nodes answer and each sees n alive, and returns how long that
// took.
func (g *group) awaitAlive(n int) time.Duration {
	g.t.Helper()
	began := time.Now()
	eventually(g.t, patience, func() error {
		views := g.views()
		if len(views) != n {
			return fmt.Errorf("%d nodes answer, not %d", len(views), n)
		}
		for _, v := range views {
			alive := 0
			for _, m := range v.Members {
				if m.State == "alive" {
					alive++
				}
			}
			if alive != n {
				return fmt.Errorf("%s sees %d alive, not %d: %+v", v.Node, alive, n, v.Members)
			}
		}
		return nil
	})
	return time.Since(began)
}

// awaitLoads waits until each member has heard how busy each other is.
func (g *group) awaitLoads() {
	g.t.Helper()
	eventually(g.t, patience, func() error {
		for _, v := range g.views() {
			for _, m := range v.Members {
				if m.Runtimes == 0 {
					return fmt.Errorf("%s has not heard of the load of %s", v.Node, m.Name)
				}
			}
		}
		return nil
	})
}

// awaitShares waits until the nodes that answer have total runtimes between them, and
// returns how many each has.
func (g *group) awaitShares(total int) map[string]int {
	g.t.Helper()
	each := map[string]int{}
	eventually(g.t, patience, func() error {
		out, _, status := cli(g.t, "runtimes", "ls", "--json", "--nats", g.url)
		if status != 0 {
			return fmt.Errorf("runtimes ls: %d", status)
		}
		var nodes []admin.Runtimes
		require.NoError(g.t, json.Unmarshal([]byte(out), &nodes))
		wanted, there := 0, 0
		clear(each)
		for _, n := range nodes {
			wanted += n.Wanted
			there += shared(n)
			each[n.Node] = shared(n)
		}
		if wanted != total || there != total {
			return fmt.Errorf("%d wanted and %d there, not %d: %s", wanted, there, total, out)
		}
		return nil
	})
	return each
}

var clusterFiles = []string{
	"where.js", `export default async (m, ctx) => { await new Promise(r => setTimeout(r, 2)); return ctx.invocation.node }`,
	"solo.js", `let n = 0; export default (m, ctx) => ({ node: ctx.invocation.node, n: ++n })`,
	"solo.yaml", "dedicated: true",
	"slow.js", `export default async (m, ctx) => { await new Promise(r => setTimeout(r, 300)); return ctx.invocation.node }`,
	"slow.yaml", "limits: { inflight: 1 }",
}

// load sends requests, one after the other from each of some senders, until stop.
type load struct {
	ok, failed, silent atomic.Int64
	stop               context.CancelFunc
	done               sync.WaitGroup
	faults             sync.Map
}

func (g *group) load(senders int) *load {
	g.t.Helper()
	ctx, cancel := context.WithCancel(g.t.Context())
	l := &load{stop: cancel}
	conn, err := nats.Connect(g.url)
	require.NoError(g.t, err)
	g.t.Cleanup(conn.Close)
	for range senders {
		l.done.Go(func() {
			for ctx.Err() == nil {
				msg, err := conn.Request("fn.where", nil, 3*time.Second)
				switch {
				case err != nil:
					l.silent.Add(1)
					l.faults.Store(err.Error(), true)
				case msg.Header.Get("Isolane-Outcome") != "" && msg.Header.Get("Isolane-Outcome") != "ok":
					l.failed.Add(1)
					l.faults.Store(msg.Header.Get("Nats-Service-Error"), true)
				default:
					l.ok.Add(1)
				}
			}
		})
	}
	return l
}

func (l *load) end() string {
	l.stop()
	l.done.Wait()
	text := fmt.Sprintf("%d ok, %d failed, %d without a reply", l.ok.Load(), l.failed.Load(), l.silent.Load())
	l.faults.Range(func(what, _ any) bool { text += fmt.Sprintf("; %v", what); return true })
	return text
}

// TestClusterLivesThroughDeath kills a member under load: its share of the runtimes and
// what is dedicated come up on the others, and only what it had in flight is lost.
func TestClusterLivesThroughDeath(t *testing.T) {
	g := startGroup(t, 3, clusterFiles)
	out, errOut, status := cli(t, "runtimes", "scale", "--total", "9", "--wait", "30s", "--nats", g.url)
	require.Zero(t, status, out+errOut)
	g.awaitShares(9)
	_, errOut, status = cli(t, "runtimes", "scale", "2", "--node", "n1", "--nats", g.url)
	require.NotZero(t, status)
	require.Contains(t, errOut, "the cluster has a wished total of runtimes, which goes before")
	conn := g.nodes["n1"].connect()
	var first struct {
		Node string
		N    int
	}
	solo := func() error {
		msg, err := conn.Request("fn.solo", nil, 15*time.Second)
		if err != nil {
			return err
		}
		first.Node = ""
		if err := json.Unmarshal(msg.Data, &first); err != nil || first.Node == "" {
			return fmt.Errorf("%v %s", msg.Header, msg.Data)
		}
		return nil
	}
	eventually(t, patience, solo)
	home, count := first.Node, first.N
	for range 20 {
		require.NoError(t, solo())
		count++
		require.Equal(t, home, first.Node, "one isolate in the cluster, whoever gets the message")
		require.Equal(t, count, first.N)
	}

	l := g.load(8)
	eventually(t, patience, func() error {
		if l.ok.Load() < 100 {
			return fmt.Errorf("%d ok", l.ok.Load())
		}
		return nil
	})
	killed := time.Now()
	g.nodes[home].signal(syscall.SIGKILL)
	g.nodes[home].await()
	g.awaitAlive(2)
	detected := time.Since(killed)
	g.awaitShares(9)
	moved := time.Since(killed)
	eventually(t, patience, solo)
	answered := time.Since(killed)
	require.NotEqual(t, home, first.Node)
	g.start(home, home == "n1").awaitReady()
	returned := time.Now()
	g.awaitAlive(3)
	for name, there := range g.awaitShares(9) {
		require.Equal(t, 3, there, "%s: the share goes back to the member that returned", name)
	}
	back := time.Since(returned)
	said := l.end()
	t.Logf("kill -9 under load: known after %s, share moved after %s, dedicated function answers after %s; back on the member %s after it was ready; %s",
		detected.Round(time.Millisecond), moved.Round(time.Millisecond), answered.Round(time.Millisecond), back.Round(time.Millisecond), said)
	require.LessOrEqual(t, l.failed.Load()+l.silent.Load(), int64(8), "what was in flight there, and nothing else: %s", said)
}

// TestClusterRollingUpdate drains each member in turn under load, and starts it again: no
// message is lost.
func TestClusterRollingUpdate(t *testing.T) {
	g := startGroup(t, 3, clusterFiles)
	l := g.load(4)
	for _, name := range []string{"n1", "n2", "n3"} {
		out, errOut, status := cli(t, "drain", name, "--nats", g.url, "--timeout", "50s")
		require.Zero(t, status, out+errOut)
		require.Contains(t, out, name+" has left")
		require.Zero(t, g.nodes[name].await(), g.nodes[name].log.String())
		g.start(name, name == "n1").awaitReady()
		g.awaitAlive(3)
	}
	said := l.end()
	t.Log(said)
	require.Zero(t, l.failed.Load()+l.silent.Load(), said)
	require.Greater(t, l.ok.Load(), int64(100))
}

// TestClusterSpills fills one member with slow work: what does not fit runs on peers.
func TestClusterSpills(t *testing.T) {
	t.Setenv("ISOLANE_CLUSTER_SPILL_AT", "2")
	t.Setenv("ISOLANE_RUNTIMES_SHED_TARGET", "0s") // sixty calls of a slow function on three runtimes wait
	t.Setenv("ISOLANE_RUNTIMES_MAX_INFLIGHT", "1")
	t.Setenv("ISOLANE_LIMITS_INFLIGHT", "1")
	t.Setenv("ISOLANE_RUNTIMES_SHED_TARGET", "0s") // what waits long is not refused: it is to be handed on, or to run
	g := startGroup(t, 1, clusterFiles)
	g.addElsewhere("n2", "n3")
	g.awaitLoads()
	conn := g.nodes["n1"].connect()
	var wg sync.WaitGroup
	nodes := make(chan string, 60)
	for range cap(nodes) {
		wg.Go(func() {
			msg, err := conn.Request("fn.slow", nil, 30*time.Second)
			if err != nil {
				nodes <- err.Error()
				return
			}
			nodes <- msg.Header.Get("Isolane-Outcome") + string(msg.Data)
		})
	}
	wg.Wait()
	close(nodes)
	ran := map[string]int{}
	for n := range nodes {
		ran[n]++
	}
	t.Log(ran)
	for _, name := range []string{"n1", "n2", "n3"} {
		require.Positive(t, ran[name], "%v", ran)
	}
	require.Equal(t, 60, ran["n1"]+ran["n2"]+ran["n3"], "%v", ran)
	out, _, status := cli(t, "runtimes", "ls", "--json", "--nats", g.url)
	require.Zero(t, status)
	var answers []admin.Runtimes
	require.NoError(t, json.Unmarshal([]byte(out), &answers))
	var spilled, served uint64
	for _, a := range answers {
		spilled += a.Spilled
		served += a.Served
	}
	t.Logf("%d of 60 were handed to a peer", spilled)
	require.Positive(t, spilled)
	require.Equal(t, spilled, served, "each is handed on once, and served once")
}

// TestClusterCommands shows what the commands print of a cluster, and of none.
func TestClusterCommands(t *testing.T) {
	g := startGroup(t, 2, clusterFiles)
	out, errOut, status := cli(t, "members", "--nats", g.url)
	require.Zero(t, status, errOut)
	require.Regexp(t, `^NAME +ADDRESS +VERSION +STATE +RUNTIMES`, out)
	require.Regexp(t, `n1 +127\.0\.0\.1:\d+ .* alive +2`, out)
	out, _, status = cli(t, "members", "--json", "--from", "n2", "--nats", g.url)
	require.Zero(t, status)
	var members []admin.Member
	require.NoError(t, json.Unmarshal([]byte(out), &members))
	require.Len(t, members, 2)
	out, _, status = cli(t, "health", "--node", "n2", "--nats", g.url)
	require.Zero(t, status)
	require.Equal(t, "n2 is ready, members: 2\n", out)
	_, errOut, status = cli(t, "health", "--node", "n9", "--nats", g.url)
	require.Equal(t, exitNoNode, status)
	require.Contains(t, errOut, "no node is named n9 there")
	_, errOut, status = cli(t, "runtimes", "scale", "--nats", g.url)
	require.Equal(t, exitUsage, status)
	require.Contains(t, errOut, "give one of N, --auto, --total N and --none")
	out, _, status = cli(t, "keys", "ls", "--nats", g.url)
	require.Zero(t, status)
	require.Contains(t, out, "(not encrypted)")
	_, errOut, status = cli(t, "drain", "n9", "--nats", g.url)
	require.Equal(t, exitNoNode, status)
	require.Contains(t, errOut, "no node is named n9")

	alone := startNode(t, folder(t, clusterFiles...), "--name", "single")
	out, _, status = cli(t, "members", "--nats", alone.url)
	require.Zero(t, status)
	require.Regexp(t, `single +- `, out)
	_, errOut, status = cli(t, "runtimes", "scale", "--total", "4", "--nats", alone.url)
	require.Equal(t, exitFailure, status)
	require.Contains(t, errOut, "no node there follows a total")
}
