package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/receipt"
)

// callingFiles are orders that call accounts, each with an id that says which call it is.
var callingFiles = []string{
	"order.ts", `export default class Order {
	  async message(msg: any, ctx: any) {
	    const { id, account } = msg.json();
	    const orders = ((await ctx.state.get()) ?? 0) + 1;
	    await ctx.call("account", account, "add", id, { callId: id });
	    await ctx.state.put(orders);
	    return id;
	  }
	}`,
	"order.yaml", `
key: "order.{key}"
stream: { name: ORDERS, reply: "ordered.{key}", deliveries: 100, backoff: [20ms], ackWait: 5s }
limits: { wall: 30s }
permissions: { calls: [account] }
`,
	"account.ts", `export default class Account {
	  message() {}
	  async add(id: string, ctx: any) {
	    const ids = (await ctx.state.get()) ?? [];
	    await new Promise((r) => setTimeout(r, Math.random() * 10));
	    await ctx.state.put([...ids, id]);
	  }
	}`,
	"account.yaml", `
key: "account.{key}"
stream: { name: ACCOUNTS }
`,
}

// TestKeyedCallsOverMembers has keys of one function on three nodes call keys of another one, and
// the node that runs those killed, and drained, in the middle. Each call has its effect, and has it
// once.
func TestKeyedCallsOverMembers(t *testing.T) {
	// Two orders call each account, so that no more than each calls come between one that is lost
	// and its repetition: fewer than a key remembers.
	const orders, accounts, each = 24, 12, 7
	g := startGroup(t, 3, callingFiles)
	conn, err := nats.Connect(g.url, nats.MaxReconnects(-1))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	for name, subject := range map[string]string{"ORDERS": "order.*", "ACCOUNTS": "account.*"} {
		_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{subject}})
		require.NoError(t, err)
	}
	var mu sync.Mutex
	done, ranOn := map[string]bool{}, map[string]int{}
	_, err = conn.Subscribe("ordered.*", func(msg *nats.Msg) {
		r, _, err := receipt.Parse(msg.Header.Get(receipt.Header))
		mu.Lock()
		defer mu.Unlock()
		done[string(msg.Data)] = true
		if err == nil && r.Node != "" { // else it is published again, from the record
			ranOn[r.Node]++
		}
	})
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	answered := func(n int) {
		t.Helper()
		eventually(t, patience, func() error {
			mu.Lock()
			defer mu.Unlock()
			if len(done) < n {
				return fmt.Errorf("%d orders are answered", len(done))
			}
			return nil
		})
	}

	want := map[string][]string{}
	sent := 0
	for round, signal := range []syscall.Signal{syscall.SIGKILL, syscall.SIGTERM, syscall.SIGKILL} {
		for n := range each {
			for o := range orders {
				id, account := fmt.Sprintf("%d/%d/%d", o, round, n), strconv.Itoa(o%accounts)
				body, err := json.Marshal(map[string]string{"id": id, "account": account})
				require.NoError(t, err)
				_, err = js.Publish(t.Context(), "order."+strconv.Itoa(o), body)
				require.NoError(t, err)
				want[account] = append(want[account], id)
			}
		}
		answered(sent + orders) // it is under way, and far from its end
		sent += orders * each
		victim := g.holder("account")
		require.NotEmpty(t, victim)
		p := g.nodes[victim]
		p.signal(signal)
		p.await()
		mu.Lock()
		t.Logf("%s of %s, which has the accounts; %s has the orders; %d of %d are answered", signal, victim, g.holder("order"), len(done), sent)
		mu.Unlock()
		delete(g.nodes, victim)
		g.reseed()
		g.start(fmt.Sprint("m", round), false).awaitReady()
		answered(sent)
		settledKeys(t, js, "ORDERS")
	}
	for account, ids := range want {
		require.ElementsMatch(t, ids, recordOf[[]string](t, js, "account", account).State, "account %s", account)
	}
	for o := range orders {
		require.Equal(t, 3*each, recordOf[int](t, js, "order", strconv.Itoa(o)).State)
	}
	mu.Lock()
	defer mu.Unlock()
	require.Greater(t, len(ranOn), 2, "orders ran on all members: %v", ranOn)
}
