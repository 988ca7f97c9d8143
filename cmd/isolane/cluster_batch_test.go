package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// verdicts says of each message what is to become of it, and publishes the others. Where there
// is a gate, each batch tells it what it has, and waits for it.
const verdicts = `export default { async batch(msgs: any[], ctx: any) {
		  if (ctx.env.GATE) await ctx.nats.request("gate." + ctx.invocation.node, msgs.map((m) => m.attempt + " " + m.text()).join());
		  for (const m of msgs) {
		    const word = m.text();
		    if (word.startsWith("bad")) { m.reject("bad word"); continue; }
		    if (word.startsWith("later") && m.attempt === 1) { m.retry({ delay: 20 }); continue; }
		    await ctx.nats.publish("out." + word, { subject: m.subject, attempt: m.attempt, node: ctx.invocation.node  }, { msgId: m.id });
		  }
		} }`

// Batches that one member takes and another runs: of a function that has one isolate in the
// cluster, both members take batches, and each message has the end that the function says.
func TestClusterBatches(t *testing.T) {
	g := startGroup(t, 2, []string{
		"many.ts", verdicts,
		"many.yaml", `
dedicated: true
stream: { name: IN, batch: { size: 5, wait: 20ms }, backoff: [10ms], deliveries: 4 }
permissions: { nats: { publish: ["out.*"] } }`,
	})
	js, err := jetstream.New(g.nodes["n1"].connect())
	require.NoError(t, err)
	out, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "OUT", Subjects: []string{"out.>"}})
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "IN", Subjects: []string{"in.>"}})
	require.NoError(t, err)

	taken := func() map[string]uint64 {
		stdout, errOut, status := cli(t, "triggers", "ls", "--json", "--nats", g.url)
		require.Zero(t, status, errOut)
		var answers []admin.Triggers
		require.NoError(t, json.Unmarshal([]byte(stdout), &answers))
		by := map[string]uint64{}
		for _, a := range answers {
			for _, trigger := range a.Triggers {
				if trigger.Stream == "IN" {
					by[a.Node] = trigger.Batches
				}
			}
		}
		return by
	}
	sent := 0
	eventually(t, 2*patience, func() error { // until both had some
		for i := range 40 {
			word := fmt.Sprint([]string{"bad", "later", "w", "v"}[i%4], sent)
			_, err := js.Publish(t.Context(), "in.x", []byte(word))
			require.NoError(t, err)
			sent++
		}
		by := taken()
		if by["n1"] == 0 || by["n2"] == 0 {
			return fmt.Errorf("batches by node: %v", by)
		}
		return nil
	})
	awaitSettled(t, js, uint64(sent)) //nolint:gosec // not negative
	homes := requireVerdicts(t, js, out, sent)
	require.Len(t, homes, 1, "one isolate in the cluster")
	t.Logf("%d messages; batches by who took them: %v", sent, taken())
}

// Batches that overflow: one member is alone, and takes more than it has room for; another one
// comes, and runs what waits there. Each message has the end that the function says.
func TestClusterBatchesOverflow(t *testing.T) {
	g := startGroup(t, 1, []string{"many.ts", verdicts, "many.yaml", `
stream: { name: IN, batch: { size: 5, wait: 20ms }, backoff: [10ms], deliveries: 4 }
limits: { inflight: 1, wall: 10m }
permissions: { nats: { publish: ["out.*"], request: ["gate.*"] }, env: [GATE] }
env: { GATE: "yes" }`})
	gate := newGate(t, g.nodes["n1"].connect())
	js, err := jetstream.New(g.nodes["n1"].connect())
	require.NoError(t, err)
	out, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "OUT", Subjects: []string{"out.>"}})
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "IN", Subjects: []string{"in.>"}})
	require.NoError(t, err)
	const sent = 80
	for i := range sent {
		_, err := js.Publish(t.Context(), "in.x", fmt.Append(nil, []string{"bad", "later", "w", "v"}[i%4], i))
		require.NoError(t, err)
	}
	eventually(t, patience, func() error { // more than its two isolates run
		if waits := runtimesByNode(t, g.url)["n1"].Queue; waits < 2 {
			return fmt.Errorf("%d batches wait", waits)
		}
		return nil
	})
	many, err := js.Consumer(t.Context(), "IN", "isolane_many")
	require.NoError(t, err)
	taken := many.CachedInfo().Delivered.Stream
	require.Positive(t, taken)
	g.start("n2", false).awaitReady()
	eventually(t, 2*patience, func() error {
		nodes := runtimesByNode(t, g.url)
		if spilled, served := nodes["n1"].Spilled, nodes["n2"].Served; spilled == 0 || served == 0 {
			return fmt.Errorf("%d were handed on, %d came", spilled, served)
		}
		return nil
	})
	gate.open()
	awaitSettled(t, js, sent)
	homes := requireVerdicts(t, js, out, sent)
	require.Positive(t, homes["n1"])
	require.Positive(t, homes["n2"])
	require.Positive(t, gate.handedOn("n2", taken), "of the batches that n1 took none ran on n2")
	t.Logf("%d messages, %d of them were taken by n1 alone, published by %v; %d batches were handed on and ran on n2",
		sent, taken, homes, gate.handedOn("n2", taken))
}

// gate holds up batches until it is opened, and knows what came to it.
type gate struct {
	t       *testing.T
	mu      sync.Mutex
	isOpen  bool
	waiting []*nats.Msg
	came    []*nats.Msg
}

func newGate(t *testing.T, conn *nats.Conn) *gate {
	t.Helper()
	g := &gate{t: t}
	_, err := conn.Subscribe("gate.*", func(m *nats.Msg) {
		g.mu.Lock()
		defer g.mu.Unlock()
		g.came, g.waiting = append(g.came, m), append(g.waiting, m)
		g.answer()
	})
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	return g
}

func (g *gate) open() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.isOpen = true
	g.answer()
}

// answer lets through what waits, where the gate is open. The caller holds mu.
func (g *gate) answer() {
	if !g.isOpen {
		return
	}
	for _, m := range g.waiting {
		if err := m.Respond(nil); err != nil {
			g.t.Error(err)
		}
	}
	g.waiting = nil
}

// handedOn is how many batches ran on that node of the first messages of the stream, taken of them,
// at their first delivery.
func (g *gate) handedOn(node string, taken uint64) int {
	g.t.Helper()
	g.mu.Lock()
	defer g.mu.Unlock()
	n := 0
	for _, m := range g.came {
		first, _, _ := strings.Cut(string(m.Data), ",")
		attempt, word, ok := strings.Cut(first, " ")
		require.True(g.t, ok, "%q", m.Data)
		place, err := strconv.ParseUint(strings.TrimLeft(word, "abcdefghijklmnopqrstuvwxyz"), 10, 64)
		require.NoError(g.t, err)
		if m.Subject == "gate."+node && attempt == "1" && place < taken {
			n++
		}
	}
	return n
}

// runtimesByNode is what isolane runtimes ls says.
func runtimesByNode(t *testing.T, url string) map[string]admin.Runtimes {
	t.Helper()
	stdout, errOut, status := cli(t, "runtimes", "ls", "--json", "--nats", url)
	require.Zero(t, status, errOut)
	var answers []admin.Runtimes
	require.NoError(t, json.Unmarshal([]byte(stdout), &answers))
	by := map[string]admin.Runtimes{}
	for _, a := range answers {
		by[a.Node] = a
	}
	return by
}

// awaitSettled waits until the first messages of IN, sent of them, are settled.
func awaitSettled(t *testing.T, js jetstream.JetStream, sent uint64) {
	t.Helper()
	eventually(t, patience, func() error {
		c, err := js.Consumer(t.Context(), "IN", "isolane_many")
		if err != nil {
			return err
		}
		if info := c.CachedInfo(); info.AckFloor.Stream < sent || info.NumAckPending > 0 {
			return fmt.Errorf("%d of %d, %d are not settled", info.AckFloor.Stream, sent, info.NumAckPending)
		}
		return nil
	})
}

// requireVerdicts checks that each of the messages has the end that the function says, and
// returns how many each node published.
func requireVerdicts(t *testing.T, js jetstream.JetStream, out jetstream.Stream, sent int) map[string]int {
	t.Helper()
	info, err := out.Info(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, sent/4*3, info.State.Msgs, "each once, but for the bad ones")
	homes := map[string]int{}
	for seq := uint64(1); seq <= info.State.LastSeq; seq++ {
		msg, err := out.GetMsg(t.Context(), seq)
		require.NoError(t, err)
		var said struct {
			Subject, Node string
			Attempt       int
		}
		require.NoError(t, json.Unmarshal(msg.Data, &said))
		require.Equal(t, "in.x", said.Subject)
		if msg.Subject[len("out."):len("out.")+1] == "l" {
			require.Equal(t, 2, said.Attempt, msg.Subject)
		}
		homes[said.Node]++
	}
	letters := 0
	for l, err := range deadletter.New(js, deadletter.DefaultConfig()).All(t.Context(), deadletter.Filter{}) {
		if errors.Is(err, deadletter.ErrNoBox) {
			break
		}
		require.NoError(t, err)
		require.Contains(t, l.Error, "bad word")
		letters++
	}
	require.Equal(t, sent/4, letters)
	return homes
}
