package main

import (
	"context"
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/funcstore"
)

// saying is the source of a function that answers with text and the node.
func saying(text string) string {
	return fmt.Sprintf(`export default (m, ctx) => %q + " " + (ctx.env.WHO ?? "")`, text)
}

// deploy1 deploys a script under a name and returns what became of it.
func deploy1(tb testing.TB, url, name, script string, args ...string) (r deployed, status int) {
	tb.Helper()
	path := filepath.Join(folder(tb, name+".ts", script), name+".ts")
	out, errOut, status := cli(tb, append([]string{"deploy", path, "--json", "--nats", url}, args...)...)
	var all []deployed
	require.NoError(tb, json.Unmarshal([]byte(out), &all), out+errOut)
	require.Len(tb, all, 1)
	return all[0], status
}

// must runs a command line that succeeds.
func must(tb testing.TB, args ...string) string {
	tb.Helper()
	out, errOut, status := cli(tb, args...)
	require.Zero(tb, status, "%v: %s%s", args, out, errOut)
	return out
}

// states are what nodes do with what was deployed, by their names.
func states(r deployed) map[string]string {
	all := map[string]string{}
	for _, n := range r.Nodes {
		all[n.Node] = n.State
	}
	return all
}

// says asks a function until its answer has this beginning.
func says(tb testing.TB, conn *nats.Conn, name, want string) {
	tb.Helper()
	eventually(tb, patience, func() error {
		msg, err := conn.Request("fn."+name, nil, 5*time.Second)
		if err != nil {
			return err
		}
		if !strings.HasPrefix(string(msg.Data), want) {
			return fmt.Errorf("%s says %q %v, not %q", name, msg.Data, msg.Header, want)
		}
		return nil
	})
}

// TestDeployToThreeNodes: what is deployed is served by every node, a rollback is one
// command, and a node that was away catches up.
func TestDeployToThreeNodes(t *testing.T) {
	g := startGroup(t, 3, nil)
	conn := g.nodes["n1"].connect()
	all := map[string]string{"n1": stateServing, "n2": stateServing, "n3": stateServing}
	first, status := deploy1(t, g.url, "greet", saying("one"), "--env", "WHO=me", "--wait", "--note", "the first")
	require.Zero(t, status)
	require.Equal(t, all, states(first))
	says(t, conn, "greet", "one me")
	again, status := deploy1(t, g.url, "greet", saying("one"), "--env", "WHO=me")
	require.Zero(t, status)
	require.Equal(t, "unchanged", again.Action)

	dry, status := deploy1(t, g.url, "greet", saying("two"), "--env", "WHO=you", "--dry-run")
	require.Zero(t, status)
	require.Equal(t, "would-deploy", dry.Action)
	require.Contains(t, dry.Diff, "-# --env WHO=me\n+# --env WHO=you\n")
	says(t, conn, "greet", "one me")

	// n3 is killed, and does not hold the deploy up longer than it takes to be missed.
	g.nodes["n3"].signal(syscall.SIGKILL)
	g.nodes["n3"].await()
	second, status := deploy1(t, g.url, "greet", saying("two"), "--wait")
	require.Zero(t, status, second)
	require.Equal(t, stateServing, states(second)["n1"])
	require.Equal(t, stateServing, states(second)["n2"])
	says(t, conn, "greet", "two")
	g.start("n3", false).awaitReady()
	g.awaitAlive(3)
	var shown shownFunction
	require.NoError(t, json.Unmarshal([]byte(must(t, "functions", "show", "greet", "--json", "--nats", g.url)), &shown))
	require.Len(t, shown.Nodes, 3)
	for _, n := range shown.Nodes {
		require.Equal(t, stateServing, n.State, n.Node)
		require.Equal(t, second.Version, n.Version, n.Node)
	}

	var back deployed
	require.NoError(t, json.Unmarshal([]byte(must(t, "functions", "rollback", "greet", "--wait", "--json", "--nats", g.url)), &back))
	require.Equal(t, all, states(back))
	require.Equal(t, first.Version, back.Version)
	for range 20 {
		says(t, conn, "greet", "one me")
	}
	out := must(t, "functions", "versions", "greet", "--nats", g.url)
	require.Regexp(t, first.Version+` +current .*the first`, out)
	require.Regexp(t, second.Version+` +withdrawn `, out)

	must(t, "functions", "rm", "greet", "--nats", g.url)
	eventually(t, patience, func() error {
		msg, err := conn.Request("fn.greet", nil, time.Second)
		if err != nil {
			return err
		}
		if o := msg.Header.Get("Isolane-Outcome"); o != "not-found" {
			return fmt.Errorf("%s", o)
		}
		return nil
	})
	_, errOut, status := cli(t, "functions", "show", "greet", "--nats", g.url)
	require.Equal(t, exitFailure, status)
	require.Contains(t, errOut, "isolane functions ls")
}

// TestSplitTraffic: a part of the calls goes to the new version on every node, by their
// ids, and each version has its own counters.
func TestSplitTraffic(t *testing.T) {
	g := startGroup(t, 3, nil)
	conn := g.nodes["n1"].connect()
	old, status := deploy1(t, g.url, "greet", saying("old"), "--wait")
	require.Zero(t, status)
	candidate, status := deploy1(t, g.url, "greet", saying("new"), "--split", "30", "--wait")
	require.Zero(t, status, candidate)
	ask := func(id string) string {
		msg := nats.NewMsg("fn.greet")
		msg.Header.Set("Isolane-Invocation", id)
		reply, err := conn.RequestMsg(msg, patience)
		require.NoError(t, err)
		return strings.Fields(string(reply.Data))[0]
	}
	const n = 200
	answers, counts := map[string]string{}, map[string]int{}
	for round := range 3 {
		for i := range n {
			id := fmt.Sprint("call-", i)
			answer := ask(id)
			counts[answer]++
			if round > 0 {
				require.Equal(t, answers[id], answer, "whichever node has it")
			}
			answers[id] = answer
		}
	}
	require.InDelta(t, 0.3*3*n, counts["new"], 0.15*3*n)
	var shown shownFunction
	require.NoError(t, json.Unmarshal([]byte(must(t, "functions", "show", "greet", "--json", "--nats", g.url)), &shown))
	require.Len(t, shown.Versions, 2)
	for _, v := range shown.Versions {
		want := map[string]int{old.Version: counts["old"], candidate.Version: counts["new"]}[v.Version]
		require.Equal(t, uint64(want), v.Outcomes["ok"], v.Version)
	}
	_, errOut, status := cli(t, "deploy", folder(t, "greet.ts", saying("third")), "--nats", g.url)
	require.Equal(t, exitFailure, status)
	require.Contains(t, errOut, "promote or abort")
	must(t, "functions", "split", "greet", candidate.Version[:6]+"=99.5", "--wait", "--nats", g.url)
	must(t, "functions", "promote", "greet", "--wait", "--nats", g.url)
	for i := range 20 {
		require.Equal(t, "new", ask(fmt.Sprint("call-", i)))
	}
}

// TestDeploysRace: of deploys of one function at the same time each is told whether it was
// the one that counts, and every node ends with the last one that was.
func TestDeploysRace(t *testing.T) {
	g := startGroup(t, 3, nil)
	conn := g.nodes["n1"].connect()
	_, status := deploy1(t, g.url, "greet", saying("zero"), "--wait")
	require.Zero(t, status)
	const n = 6
	results, statuses := make([]deployed, n), make([]int, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { results[i], statuses[i] = deploy1(t, g.url, "greet", saying(fmt.Sprint("racer-", i))) })
	}
	all.Wait()
	last := 0
	for i, r := range results {
		switch statuses[i] {
		case exitOK:
			if r.Revision > results[last].Revision {
				last = i
			}
		case exitConflict:
			require.Equal(t, "conflict", r.Action)
			require.Contains(t, r.Error, "isolane functions show greet")
		default:
			require.Fail(t, "neither taken nor a conflict", "%+v", r)
		}
	}
	require.NotZero(t, results[last].Revision)
	must(t, "functions", "show", "greet", "--nats", g.url)
	for range 30 {
		says(t, conn, "greet", fmt.Sprint("racer-", last))
	}
}

// TestDamagedVersion: a version that cannot be read, or was written by a newer isolane, is
// refused by the nodes, which say why; the version before stays, and can be mended.
func TestDamagedVersion(t *testing.T) {
	g := startGroup(t, 2, nil)
	conn := g.nodes["n1"].connect()
	first, status := deploy1(t, g.url, "greet", saying("first"), "--wait")
	require.Zero(t, status)
	_, status = deploy1(t, g.url, "greet", saying("second"), "--wait")
	require.Zero(t, status)
	store, err := funcstore.Open(t.Context(), conn, funcstore.DefaultConfig())
	require.NoError(t, err)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	objects, err := js.ObjectStore(t.Context(), funcstore.DefaultBucket)
	require.NoError(t, err)
	record, err := store.Get(t.Context(), "greet")
	require.NoError(t, err)
	v, ok := record.Find(first.Version)
	require.True(t, ok)
	_, err = objects.PutBytes(t.Context(), v.Object, []byte("something else"))
	require.NoError(t, err)

	out, errOut, status := cli(t, "functions", "rollback", "greet", "--wait", "--nats", g.url)
	require.Equal(t, exitNotServed, status, out+errOut)
	require.Contains(t, errOut, "n1 does not serve greet")
	require.Contains(t, errOut, "n2 does not serve greet")
	require.Contains(t, errOut, "--force")
	says(t, conn, "greet", "second")
	out = must(t, "functions", "ls", "--nats", g.url)
	require.Contains(t, out, "broken: greet on n1")

	mended, status := deploy1(t, g.url, "greet", saying("first"), "--force", "--wait")
	require.Zero(t, status, mended)
	says(t, conn, "greet", "first")
	require.NotContains(t, must(t, "functions", "ls", "--nats", g.url), "broken")

	keys, err := js.KeyValue(t.Context(), funcstore.DefaultBucket)
	require.NoError(t, err)
	_, err = keys.Put(t.Context(), "functions.greet", []byte(`{"format":2,"what":"is to come"}`))
	require.NoError(t, err)
	eventually(t, patience, func() error {
		if out, _, _ := cli(t, "functions", "ls", "--nats", g.url); !strings.Contains(out, "update isolane") {
			return fmt.Errorf("%s", out)
		}
		return nil
	})
	says(t, conn, "greet", "first")
	r, status := deploy1(t, g.url, "greet", saying("third"))
	require.Equal(t, exitFailure, status)
	require.Contains(t, r.Error, "update isolane")
}

// TestDeployWhileNATSRestarts: a deploy that begins while the server is away is done when
// it is back, the nodes take it, and nothing that they serve goes away meanwhile.
func TestDeployWhileNATSRestarts(t *testing.T) {
	cfg := bridge.DefaultServerConfig()
	cfg.Port, cfg.DataDir = freePort(t), t.TempDir()
	running, err := bridge.StartServer(t.Context(), cfg)
	require.NoError(t, err)
	defer func() { require.NoError(t, running.Shutdown(context.Background())) }()
	url := running.ClientURL()
	node := start(t, "--name", "n1", "--nats", url).awaitReady()
	_, status := deploy1(t, url, "greet", saying("before"), "--wait")
	require.Zero(t, status)
	_, status = deploy1(t, url, "other", saying("stays"), "--wait")
	require.Zero(t, status)

	for round := range 3 {
		text := fmt.Sprint("round-", round)
		path := folder(t, "greet.ts", saying(text))
		done := make(chan string, 1)
		go func() { // where it does not reach the server at the beginning it is done again, as a user would
			for {
				out, errOut, status := cli(t, "deploy", path, "--nats", url, "--wait")
				if status == exitOK {
					done <- ""
					return
				}
				if status != exitNoConnection {
					done <- out + errOut
					return
				}
			}
		}()
		require.NoError(t, running.Shutdown(context.Background()))
		running, err = bridge.StartServer(t.Context(), cfg)
		require.NoError(t, err)
		require.Empty(t, <-done)
		conn := node.connect()
		says(t, conn, "greet", text)
		says(t, conn, "other", "stays")
	}
	require.NotContains(t, node.log.String(), "function removed")
}

// TestFolderAndStore: what is deployed goes over what the folder has, and comes back when
// it is taken away; without JetStream the folder is served as it is.
func TestFolderAndStore(t *testing.T) {
	dir := folder(t, "greet.ts", saying("folder"), "mine.ts", saying("mine"))
	node := startNode(t, dir)
	conn := node.connect()
	says(t, conn, "greet", "folder")
	_, status := deploy1(t, node.url, "greet", saying("deployed"), "--wait")
	require.Zero(t, status)
	says(t, conn, "greet", "deployed")
	write(t, filepath.Join(dir, "greet.ts"), saying("saved"))
	eventually(t, patience, func() error {
		if n := strings.Count(node.log.String(), "a function of the folder is not served"); n < 2 {
			return fmt.Errorf("warned %d times", n)
		}
		return nil
	})
	says(t, conn, "greet", "deployed")
	out := must(t, "functions", "ls", "--nats", node.url)
	require.Regexp(t, `greet +\S+ +warm +nats `, out)
	require.Regexp(t, `mine +\S+ +warm +folder `, out)
	must(t, "functions", "rm", "greet", "--keep", "--nats", node.url)
	says(t, conn, "greet", "saved")
	must(t, "functions", "rollback", "greet", "--wait", "--nats", node.url)
	says(t, conn, "greet", "deployed")

	url := natsServer(t) // no JetStream
	plain := start(t, "--functions", dir, "--nats", url).awaitReady()
	says(t, plain.connect(), "greet", "saved")
	_, errOut, status := cli(t, "deploy", dir, "--nats", url)
	require.Equal(t, exitFailure, status)
	require.Contains(t, errOut, "start it with -js")
	nothing := start(t, "--nats", url)
	require.Equal(t, exitFailure, nothing.await())
	require.Contains(t, nothing.log.String(), "there is nothing to serve")
}

// TestDeployFolder: each function of a folder is deployed by itself, and what is wrong
// with one keeps none of the others.
func TestDeployFolder(t *testing.T) {
	node := startNode(t, folder(t))
	dir := folder(t, "good.ts", saying("good"), "other/index.ts", saying("other"), "bad.ts", "export default () => {",
		"loops.ts", "for (;;) {}; export default () => 1", "Upper.ts", saying("x"), "quick.ts", "export default () => Intl.Collator.name", "quick.yaml", "engine: quickjs",
		"light.ts", saying("light"), "light.yaml", "engine: quickjs", "open.ts", saying("open"), "open.yaml", "engine: auto")
	out, errOut, status := cli(t, "deploy", dir, "--nats", node.url)
	require.Equal(t, exitFailure, status)
	for _, want := range []string{"good: deployed", "other: deployed"} {
		require.Contains(t, out, want)
	}
	for _, want := range []string{"bad.ts:1:", "failed: loops", "failed: quick", "failed: Upper"} {
		require.Contains(t, errOut, want)
	}
	conn := node.connect()
	says(t, conn, "good", "good")
	says(t, conn, "other", "other")
	says(t, conn, "light", "light")
	says(t, conn, "open", "open")

	for name, args := range map[string][]string{
		"name of many": {dir, "--name", "x"}, "no such variable": {dir, "--env", "ISOLANE_NO_SUCH"},
		"no part": {dir, "--split", "100"}, "keep none": {dir, "--keep", "0"}, "long note": {dir, "--note", "a\nb"},
		"no name": {filepath.Join(dir, "good.ts"), "--name", "Bad Name"},
	} {
		_, errOut, status := cli(t, append([]string{"deploy", "--nats", node.url}, args...)...)
		require.Equal(t, exitUsage, status, "%s: %s", name, errOut)
	}
	_, errOut, status = cli(t, "deploy", filepath.Join(dir, "none.ts"), "--nats", node.url)
	require.Equal(t, exitFailure, status, errOut)
	out, errOut, status = cliWith(t, "", []string{"KEY=from the environment", "ISOLANE_DEPLOYER=robot"}, "deploy", filepath.Join(dir, "Upper.ts"),
		"--name", "upper", "--env", "KEY", "--nats", node.url)
	require.Zero(t, status, out+errOut)
	require.Contains(t, must(t, "functions", "show", "upper", "--nats", node.url), "by robot")
}

// TestUserWithoutJetStream: a node whose NATS user may not use JetStream serves its folder,
// and says that nothing can be deployed to it.
func TestUserWithoutJetStream(t *testing.T) {
	allowed := &server.SubjectPermission{Allow: []string{"fn.>", "isolane.>", "logs.>", "_INBOX.>"}}
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, JetStream: true, StoreDir: t.TempDir(), NoSigs: true,
		Users: []*server.User{{Username: "ada", Password: "s3same", Permissions: &server.Permissions{Publish: allowed, Subscribe: allowed}}},
	})
	require.NoError(t, err)
	s.Start()
	defer func() { s.Shutdown(); s.WaitForShutdown() }()
	require.True(t, s.ReadyForConnections(patience))
	url := strings.Replace(s.ClientURL(), "nats://", "nats://ada:s3same@", 1)
	node := start(t, "--functions", folder(t, "greet.ts", saying("folder")), "--nats", url).awaitReady()
	require.Contains(t, node.log.String(), "functions cannot be deployed")
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	defer conn.Close()
	says(t, conn, "greet", "folder")
}
