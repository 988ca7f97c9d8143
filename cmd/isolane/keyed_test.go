package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
)

// TestKeyedChaos has counters, a bank of 100 accounts and bells spread over three nodes of a cluster, of
// which mostly the one that has the order is killed, frozen and drained, again and again. Each operation on a
// counter is answered, the history of each counter is linearisable, the bank has as much as
// it had, to the cent, and each alarm that was committed has fired once.
func TestKeyedChaos(t *testing.T) {
	length := 20 * time.Second
	if text := os.Getenv(keyedVariable); text != "" {
		var err error
		length, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	const clients, keys, owners, opening, ringers = 4, 3, 100, 1000, 20
	seed := chaosSeed(t)
	g := startGroup(t, 3, keyedFiles)
	conn, err := nats.Connect(g.url, nats.MaxReconnects(-1))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	for name, subject := range map[string]string{"COUNTERS": "counter.*", "BANK": "bank.*", "BELLS": "bell.*"} {
		_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{subject}})
		require.NoError(t, err)
	}
	c := newCounters(t, conn, js)
	for i := range owners {
		_, err = js.Publish(t.Context(), "bank."+strconv.Itoa(i), fmt.Appendf(nil, `{"kind":"open","amount":%d}`, opening))
		require.NoError(t, err)
	}

	for i := range ringers {
		_, err = js.Publish(t.Context(), "bell."+strconv.Itoa(i), nil)
		require.NoError(t, err)
	}

	end := time.Now().Add(length)
	var working sync.WaitGroup
	var mu sync.Mutex
	unanswered, transfers := []string{}, 0
	for client := range clients {
		random := rand.New(rand.NewPCG(seed, uint64(client))) //nolint:gosec // a test's
		working.Go(func() {
			for n := 0; time.Now().Before(end); n++ {
				id := fmt.Sprintf("%d/%d", client, n)
				op := counterOp{key: "k" + strconv.Itoa(random.IntN(keys)), add: random.IntN(3)}
				if took, ok := c.do(client, id, op); !ok {
					mu.Lock()
					unanswered = append(unanswered, id)
					mu.Unlock()
				} else {
					c.mu.Lock()
					c.waits = append(c.waits, took)
					c.mu.Unlock()
				}
			}
		})
	}
	working.Go(func() {
		random := rand.New(rand.NewPCG(seed, clients)) //nolint:gosec // a test's
		for time.Now().Before(end) {
			from, to := random.IntN(owners), random.IntN(owners)
			body := fmt.Appendf(nil, `{"kind":"transfer","to":"%d","amount":%d}`, to, 1+random.IntN(300))
			if _, err := js.Publish(t.Context(), "bank."+strconv.Itoa(from), body); err == nil {
				transfers++
			}
			wait(4 * time.Millisecond)
		}
	})
	working.Go(func() {
		random := rand.New(rand.NewPCG(seed, clients+1)) //nolint:gosec // a test's
		for time.Now().Before(end) {
			_, _ = js.Publish(t.Context(), "bell."+strconv.Itoa(random.IntN(ringers)), nil) // what is stored counts
			wait(10 * time.Millisecond)
		}
	})
	k := &keyedChaos{t: t, g: g, random: rand.New(rand.NewPCG(seed, 99))} //nolint:gosec // a test's
	for time.Now().Before(end) {
		wait(2 * time.Second)
		k.disturb()
	}
	working.Wait()
	settledKeys(t, js, "COUNTERS")
	settledKeys(t, js, "BANK")
	settledKeys(t, js, "BELLS")

	c.mu.Lock()
	defer c.mu.Unlock()
	require.Empty(t, unanswered)
	require.Empty(t, c.torn, "told two things")
	require.Greater(t, len(c.ranOn), 1, "keys run on all members")
	require.Equal(t, porcupine.Ok, porcupine.CheckOperationsTimeout(counterModel(), c.history, patience), "linearisable for each key")
	sum, entries := accounts(t, js, owners)
	require.Equal(t, owners*opening, sum)
	require.Greater(t, entries, owners)
	messages, fired := bells(t, js, ringers)
	rang, err := js.Stream(t.Context(), "BELLS")
	require.NoError(t, err)
	require.Equal(t, rang.CachedInfo().State.LastSeq, messages)
	t.Logf("%d operations on %d counters, p50 %s, p99 %s, the longest %s; %d transfers, %d entries; %d alarms; replies by node %v; meanwhile: %s",
		len(c.history), keys, quantile(c.waits, 0.5), quantile(c.waits, 0.99), quantile(c.waits, 1), transfers, entries, fired, c.ranOn, strings.Join(k.notes, ", "))
}

// A counter that is right is found to be so, and one that loses an addition is not.
func TestCounterModel(t *testing.T) {
	op := func(add, output int, call, end int64) porcupine.Operation {
		return porcupine.Operation{Input: counterOp{"k", add}, Output: output, Call: call, Return: end}
	}
	require.True(t, porcupine.CheckOperations(counterModel(), []porcupine.Operation{op(1, 1, 0, 9), op(2, 3, 1, 5), op(0, 3, 6, 8)}))
	require.False(t, porcupine.CheckOperations(counterModel(), []porcupine.Operation{op(1, 1, 0, 2), op(2, 2, 3, 5)}))
	require.False(t, porcupine.CheckOperations(counterModel(), []porcupine.Operation{op(1, 1, 0, 2), op(0, 0, 3, 5)}))
}
