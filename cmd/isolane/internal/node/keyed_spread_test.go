package node

import (
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/receipt"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/internal/natskit"
)

// keyedCluster is nodes of a cluster in this process, with one keyed function.
type keyedCluster struct {
	t       testing.TB
	server  *natskit.Server
	js      jetstream.JetStream
	dir     string
	seed    string
	nodes   map[string]*Node
	replies *nats.Subscription
	// sent is how many messages each key was sent.
	sent map[string]int
}

func newKeyedCluster(tb testing.TB) *keyedCluster {
	tb.Helper()
	k := &keyedCluster{t: tb, server: natskit.Start(tb), dir: tb.TempDir(), nodes: map[string]*Node{}, sent: map[string]int{}}
	for name, content := range map[string]string{
		"count.ts": `export default class { async message(msg: any, ctx: any) {
		  const n = ((await ctx.state.get()) ?? 0) + 1;
		  await new Promise((r) => setTimeout(r, 1));
		  await ctx.state.put(n);
		  return { key: ctx.key, n };
		} }`,
		"count.yaml": "key: \"in.{key}\"\nstream: { name: IN, reply: \"out.{key}\", backoff: [10ms], deliveries: 50 }\n",
	} {
		require.NoError(tb, os.WriteFile(filepath.Join(k.dir, name), []byte(content), 0o600))
	}
	conn := k.server.Connect()
	k.js = natskit.JetStream(tb, conn)
	_, err := k.js.CreateStream(tb.Context(), jetstream.StreamConfig{Name: "IN", Subjects: []string{"in.*"}})
	require.NoError(tb, err)
	k.replies, err = conn.SubscribeSync("out.*")
	require.NoError(tb, err)
	require.NoError(tb, conn.Flush())
	return k
}

// start has another node join.
func (k *keyedCluster) start(name string) *Node {
	k.t.Helper()
	n := started(k.t, k.dir, slog.New(slog.DiscardHandler), func(c *config.Config) {
		c.Node.Name, c.NATS.URL, c.Runtimes.Count = name, k.server.ClientURL(), 1
		c.Cluster.Gossip, c.Cluster.Remote, c.Cluster.Join, c.Cluster.Preset = "127.0.0.1:0", "127.0.0.1:0", k.seed, "local"
		c.Cluster.Weight = 1
	})
	if k.seed == "" {
		k.seed = n.cluster.Gossip().Addr()
	}
	k.nodes[name] = n
	k.t.Cleanup(func() {
		if k.nodes[name] == n { // it has not left
			ended(k.t, n)
		}
	})
	k.agree()
	return n
}

// agree waits until all nodes agree on who runs what.
func (k *keyedCluster) agree() {
	k.t.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	for limit := time.After(patience); ; {
		views := map[string]map[string]bool{}
		for name, n := range k.nodes {
			views[name] = map[string]bool{}
			for key := range 100 {
				owner, _ := n.router.Owner("count", strconv.Itoa(key), nil)
				views[name][owner] = true
			}
		}
		agreed := true
		for _, view := range views {
			agreed = agreed && len(view) == len(k.nodes)
		}
		if agreed {
			return
		}
		select {
		case <-ticker.C:
		case <-limit:
			require.FailNow(k.t, "they do not agree", "%v", views)
		}
	}
}

// send sends a round of messages, one to each key.
func (k *keyedCluster) send(keys int) {
	k.t.Helper()
	for key := range keys {
		name := strconv.Itoa(key)
		k.sent[name]++
		_, err := k.js.Publish(k.t.Context(), "in."+name, nil)
		require.NoError(k.t, err)
	}
}

// ran waits until all that was sent has been replied to, in its order, and returns where each
// key's last message ran.
func (k *keyedCluster) ran(seen map[string]int) map[string]string {
	k.t.Helper()
	at := map[string]string{}
	for !maps.Equal(seen, k.sent) {
		msg, err := k.replies.NextMsg(patience)
		require.NoError(k.t, err, "%v of %v", seen, k.sent)
		var got struct {
			Key string
			N   int
		}
		require.NoError(k.t, json.Unmarshal(msg.Data, &got))
		if got.N <= seen[got.Key] {
			continue // published again, when who published it did not learn that it was
		}
		require.Equal(k.t, seen[got.Key]+1, got.N, "key %s: one was lost, or overtook another", got.Key)
		seen[got.Key] = got.N
		r, _, err := receipt.Parse(msg.Header.Get(receipt.Header))
		require.NoError(k.t, err)
		at[got.Key] = r.Node
	}
	return at
}

func portions(at map[string]string) map[string]int {
	n := map[string]int{}
	for _, name := range at {
		n[name]++
	}
	return n
}

// On three nodes with one NATS server, the keys of a function run on all of them; one that joins
// takes its part over, and nothing else moves; one that drains hands its part over, and so does
// the one that has the order, while messages come. Nothing is lost, and nothing is out of order.
func TestKeyedSpread(t *testing.T) {
	const keys = 60
	k, seen := newKeyedCluster(t), map[string]int{}
	k.start("a")
	k.send(keys)
	require.Equal(t, map[string]int{"a": keys}, portions(k.ran(seen)))
	require.Zero(t, k.nodes["a"].triggers.Stats()[0].Handed, "nothing crosses the wire")
	k.start("b")
	k.send(keys)
	before := k.ran(seen)
	require.ElementsMatch(t, []string{"a", "b"}, slices.Collect(maps.Keys(portions(before))))
	k.start("c")
	k.send(keys)
	after := k.ran(seen)
	moved := 0
	for key, node := range after {
		if node != before[key] {
			require.Equal(t, "c", node, "key %s moved from %s", key, before[key])
			moved++
		}
	}
	require.InDelta(t, keys/3, moved, keys/5)
	t.Logf("before %v, after %v: %d moved", portions(before), portions(after), moved)

	for _, leaving := range []string{"c", "a"} { // a has the order
		stopped := make(chan error, 1)
		n := k.nodes[leaving]
		delete(k.nodes, leaving)
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), patience)
			defer cancel()
			stopped <- n.Stop(ctx)
		}()
		for ended := false; !ended; {
			k.send(keys)
			select {
			case err := <-stopped:
				require.NoError(t, err)
				ended = true
			default:
			}
		}
		k.send(keys)
		at := portions(k.ran(seen))
		require.NotContains(t, at, leaving, fmt.Sprint(at))
	}
	require.Equal(t, map[string]int{"b": keys}, portions(func() map[string]string { k.send(keys); return k.ran(seen) }()))
}
