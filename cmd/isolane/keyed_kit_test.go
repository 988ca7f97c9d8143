package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"math"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/bridge/receipt"
	"github.com/isolane/isolane/bridge/stream"
)

// keyedVariable is how long TestKeyedChaos goes on, as a duration, and seedVariable has it do
// what it did before.
const (
	keyedVariable = "ISOLANE_CHAOS_KEYED"
	seedVariable  = "ISOLANE_SEED"
)

// keyedFiles are a counter for each key, a bank of accounts between which money goes, and bells
// each of which has an alarm set by its messages, while it has none.
var keyedFiles = []string{
	"counter.ts", `export default class Counter {
	  async message(msg: any, ctx: any) {
	    const { id, add } = msg.json();
	    let n = (await ctx.state.get()) ?? 0;
	    await new Promise((r) => setTimeout(r, Math.random() * 4));
	    if (add) await ctx.state.put(n += add);
	    return { id, n };
	  }
	}`,
	"counter.yaml", `
key: "counter.{key}"
stream: { name: COUNTERS, reply: "counted.{key}", deliveries: 100, backoff: [20ms], ackWait: 5s }
limits: { wall: 5s }
`,
	"bank.ts", `export default class Account {
	  async message(msg: any, ctx: any) {
	    const { kind, amount, to } = msg.json();
	    const account = (await ctx.state.get()) ?? { balance: 0, entries: 0 };
	    if (kind === "transfer") {
	      if (account.balance < amount) return;
	      account.balance -= amount;
	      await ctx.nats.publish("bank." + to, { kind: "credit", amount }, { msgId: msg.id, ack: true });
	    } else {
	      account.balance += amount;
	    }
	    account.entries++;
	    await ctx.state.put(account);
	  }
	}`,
	"bank.yaml", `
key: "bank.{account}"
stream: { name: BANK, deliveries: 100, backoff: [20ms], ackWait: 5s }
limits: { wall: 5s }
permissions: { nats: { publish: ["bank.*"] } }
`,
	"bell.ts", `export default class Bell {
	  async message(_: any, ctx: any) {
	    const bell = (await ctx.state.get()) ?? { messages: 0, owed: 0, set: 0, fired: 0, vain: 0 };
	    bell.messages++;
	    bell.owed++;
	    if ((await ctx.alarm.get()) === undefined) {
	      bell.set++;
	      await ctx.alarm.set(Date.now() + Math.random() * 300);
	    }
	    await ctx.state.put(bell);
	  }
	  async alarm(ctx: any) {
	    const bell = await ctx.state.get();
	    if (bell.owed === 0) bell.vain++;
	    bell.owed = 0;
	    bell.fired++;
	    await new Promise((r) => setTimeout(r, Math.random() * 4));
	    await ctx.state.put(bell);
	  }
	}`,
	"bell.yaml", `
key: "bell.{key}"
stream: { name: BELLS, deliveries: 100, backoff: [20ms], ackWait: 5s }
limits: { wall: 5s }
`,
}

// counterOp is an operation on a counter: add, or read where that is 0.
type counterOp struct {
	key string
	add int
}

// counterModel says that a counter is one register that operations take effect on one by one.
func counterModel() porcupine.Model {
	return porcupine.Model{
		Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
			by := map[string][]porcupine.Operation{}
			for _, op := range history {
				in, _ := op.Input.(counterOp)
				by[in.key] = append(by[in.key], op)
			}
			var parts [][]porcupine.Operation
			for _, part := range by {
				parts = append(parts, part)
			}
			return parts
		},
		Init: func() any { return 0 },
		Step: func(state, input, output any) (bool, any) {
			n, _ := state.(int)
			in, _ := input.(counterOp)
			return output == n+in.add, n + in.add
		},
		DescribeOperation: func(input, output any) string { return fmt.Sprintf("%+v -> %v", input, output) },
	}
}

// counters are clients of the counter.
type counters struct {
	t    *testing.T
	js   jetstream.JetStream
	base time.Time

	mu      sync.Mutex
	waiting map[string]chan int   // by the operation's id; guarded by mu
	history []porcupine.Operation // guarded by mu
	waits   []time.Duration       // of the prober's; guarded by mu
	said    map[string]int        // what each operation was told; guarded by mu
	ranOn   map[string]int        // how many replies are of which node; guarded by mu
	torn    []string              // operations that were told two things; guarded by mu
}

func newCounters(t *testing.T, conn *nats.Conn, js jetstream.JetStream) *counters {
	t.Helper()
	c := &counters{t: t, js: js, base: time.Now(), waiting: map[string]chan int{}, said: map[string]int{}, ranOn: map[string]int{}}
	_, err := conn.Subscribe("counted.*", func(msg *nats.Msg) {
		var got struct {
			ID string
			N  int
		}
		if json.Unmarshal(msg.Data, &got) != nil {
			return
		}
		r, _, err := receipt.Parse(msg.Header.Get(receipt.Header))
		c.mu.Lock()
		defer c.mu.Unlock()
		if err == nil && r.Node != "" { // else it is published again, from the record
			c.ranOn[r.Node]++
		}
		if before, again := c.said[got.ID]; again && before != got.N {
			c.torn = append(c.torn, fmt.Sprintf("%s: %d, and %d", got.ID, before, got.N))
		}
		c.said[got.ID] = got.N
		if ch := c.waiting[got.ID]; ch != nil {
			delete(c.waiting, got.ID)
			ch <- got.N
		}
	})
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	return c
}

// do runs one operation; false where it has had no answer within the patience.
func (c *counters) do(client int, id string, op counterOp) (time.Duration, bool) {
	ch := make(chan int, 1)
	c.mu.Lock()
	c.waiting[id] = ch
	c.mu.Unlock()
	body, _ := json.Marshal(map[string]any{"id": id, "add": op.add})
	called := time.Since(c.base)
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	if _, err := c.js.Publish(ctx, "counter."+op.key, body, jetstream.WithMsgID(id)); err != nil {
		return 0, false
	}
	select {
	case n := <-ch:
		returned := time.Since(c.base)
		c.mu.Lock()
		defer c.mu.Unlock()
		c.history = append(c.history, porcupine.Operation{ClientId: client, Input: op, Output: n, Call: int64(called), Return: int64(returned)})
		return returned - called, true
	case <-ctx.Done():
		return 0, false
	}
}

// keyedChaos is what TestKeyedChaos has going.
type keyedChaos struct {
	t      testing.TB
	g      *group
	random *rand.Rand
	notes  []string
	names  int
}

// holder is the node whose epoch of the counter is the latest.
func (k *keyedChaos) holder() string { return k.g.holder("counter") }

var epochOf = regexp.MustCompile(`\bepoch=(\d+)`)

// holder is the node whose epoch of a function is the latest; "" where none has begun.
func (g *group) holder(function string) (name string) {
	newest := -1
	for _, n := range slices.Sorted(maps.Keys(g.nodes)) {
		for line := range strings.Lines(g.nodes[n].log.String()) {
			if !strings.Contains(line, "this member has the keys of the function") || !strings.Contains(line, "function="+function+" ") {
				continue
			}
			m := epochOf.FindStringSubmatch(line)
			if m == nil {
				continue
			}
			if epoch, err := strconv.Atoi(m[1]); err == nil && epoch > newest {
				newest, name = epoch, n
			}
		}
	}
	return name
}

// disturb does harm to a node, mostly to the one that has the keys.
func (k *keyedChaos) disturb() {
	name := k.holder()
	if name == "" || k.random.IntN(4) == 0 {
		names := slices.Sorted(maps.Keys(k.g.nodes))
		name = names[k.random.IntN(len(names))]
	}
	p := k.g.nodes[name]
	again := func() {
		delete(k.g.nodes, name)
		k.g.reseed()
		k.names++
		k.g.start(fmt.Sprintf("m%d", k.names), false).awaitReady()
	}
	switch k.random.IntN(4) {
	case 0, 1:
		k.notes = append(k.notes, "kill -9 of "+name)
		p.signal(syscall.SIGKILL)
		p.await()
		again()
	case 2:
		k.notes = append(k.notes, "SIGTERM of "+name)
		p.signal(syscall.SIGTERM)
		p.await()
		again()
	case 3:
		frozen := time.Duration(1+k.random.IntN(6)) * time.Second
		k.notes = append(k.notes, fmt.Sprintf("SIGSTOP of %s for %s", name, frozen))
		p.signal(syscall.SIGSTOP)
		wait(frozen)
		p.signal(syscall.SIGCONT)
	}
}

func wait(d time.Duration) {
	timer := time.NewTimer(d)
	defer timer.Stop()
	<-timer.C
}

func chaosSeed(t *testing.T) uint64 {
	t.Helper()
	seed := rand.Uint64()
	if text := os.Getenv(seedVariable); text != "" {
		var err error
		seed, err = strconv.ParseUint(text, 10, 64)
		require.NoError(t, err)
	}
	t.Logf("%s=%d", seedVariable, seed)
	return seed
}

// recordOf reads the record of a key of a function.
func recordOf[T any](t *testing.T, js jetstream.JetStream, function, key string) (r keyRecord[T]) {
	t.Helper()
	kv, err := js.KeyValue(t.Context(), stream.StateBucket(function))
	require.NoError(t, err)
	e, err := kv.Get(t.Context(), stream.StateKey(key))
	require.NoError(t, err, "%s/%s", function, key)
	require.NoError(t, json.Unmarshal(e.Value(), &r))
	return r
}

// keyRecord is what the bucket has of a key, as far as tests look.
type keyRecord[T any] struct {
	State         T
	Alarm         json.RawMessage
	Alarms, Fired uint64
}

// bells waits until no key of the bell has an alarm, and returns how many fired, each of which
// was set: as many as the records say, and none in vain.
func bells(t *testing.T, js jetstream.JetStream, n int) (messages, fired uint64) {
	t.Helper()
	for i := range n {
		type bell struct{ Messages, Owed, Set, Fired, Vain uint64 }
		var r keyRecord[bell]
		eventually(t, patience, func() error {
			if r = recordOf[bell](t, js, "bell", strconv.Itoa(i)); r.Alarm != nil {
				return fmt.Errorf("%+v", r)
			}
			return nil
		})
		require.Zero(t, r.State.Vain+r.State.Owed, "%+v", r)
		require.Equal(t, r.State.Set, r.State.Fired, "%+v", r)
		require.Equal(t, r.Alarms, r.State.Fired, "%+v", r)
		require.Equal(t, r.Alarms, r.Fired, "%+v", r)
		messages += r.State.Messages
		fired += r.State.Fired
	}
	return messages, fired
}

// accounts is what the bank has in its bucket.
func accounts(t *testing.T, js jetstream.JetStream, n int) (sum, entries int) {
	t.Helper()
	for i := range n {
		r := recordOf[struct{ Balance, Entries int }](t, js, "bank", strconv.Itoa(i))
		require.GreaterOrEqual(t, r.State.Balance, 0)
		sum += r.State.Balance
		entries += r.State.Entries
	}
	return sum, entries
}

// settledKeys waits until no message of a stream is pending, for as long as messages are
// settled: how many there are, and how fast they go, is the machine's. None is given up.
func settledKeys(t *testing.T, js jetstream.JetStream, name string) {
	t.Helper()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	most, moved := uint64(0), time.Now()
	for ; ; <-ticker.C {
		done, err := keysDone(t.Context(), js, name)
		for l, err := range deadletter.New(js, deadletter.DefaultConfig()).All(t.Context(), deadletter.Filter{}) {
			if !errors.Is(err, deadletter.ErrNoBox) {
				require.NoError(t, err)
				require.FailNow(t, "a message is given up", "%s, message %d: %s: %s", l.Function, l.Sequence, l.Reason, l.Error)
			}
		}
		if err == nil {
			return
		}
		if done > most {
			most, moved = done, time.Now()
		}
		if time.Since(moved) > patience {
			require.FailNow(t, fmt.Sprintf("nothing is settled for %s: %v", patience, err))
		}
	}
}

// keysDone is how many messages of a stream are settled, and an error where not all are.
func keysDone(ctx context.Context, js jetstream.JetStream, name string) (done uint64, err error) {
	s, err := js.Stream(ctx, name)
	if err != nil {
		return 0, err
	}
	consumers := s.ListConsumers(ctx)
	var all []*jetstream.ConsumerInfo
	for info := range consumers.Info() {
		all = append(all, info)
	}
	if err = consumers.Err(); err != nil {
		return 0, err
	}
	if len(all) != 1 {
		return 0, fmt.Errorf("%d consumers of %s", len(all), name)
	}
	waiting, open := all[0].NumPending, uint64(all[0].NumAckPending) //nolint:gosec // not negative
	done = s.CachedInfo().State.LastSeq - min(waiting+open, s.CachedInfo().State.LastSeq)
	if waiting+open > 0 {
		return done, fmt.Errorf("%s: %d wait, %d are not settled", all[0].Name, waiting, open)
	}
	return done, nil
}

// quantile of durations.
func quantile(all []time.Duration, q float64) time.Duration {
	if len(all) == 0 {
		return 0
	}
	slices.Sort(all)
	return all[min(len(all)-1, int(math.Ceil(q*float64(len(all))))-1)]
}
