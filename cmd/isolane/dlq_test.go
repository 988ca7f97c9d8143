package main

import (
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/jsruntime/function"
)

// file puts letters into the box of a server and returns its JetStream.
func file(t *testing.T, url string, letters ...deadletter.Letter) jetstream.JetStream {
	t.Helper()
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	box := deadletter.New(js, deadletter.DefaultConfig())
	for i, l := range letters {
		l.Box, l.Outcome, l.Attempts, l.Stored = "dlq."+l.Function, function.Exception, 5, time.Unix(1e9, 0)
		l.Sequence, l.Reason = uint64(i+100), "delivery 5 of at most 5"
		require.NoError(t, box.Put(t.Context(), &l))
		require.NoError(t, box.Put(t.Context(), &l), "the same again")
	}
	return js
}

func TestDLQ(t *testing.T) {
	url := jetStreamServer(t)
	out, stderr, status := cli(t, "dlq", "ls", "--nats", url)
	require.Zero(t, status, stderr)
	require.Equal(t, 1, strings.Count(out, "\n"), out)
	_, stderr, status = cli(t, "dlq", "show", "1", "--nats", url)
	require.Equal(t, exitFailure, status)
	require.Contains(t, stderr, "there are no dead letters yet")

	js := file(
		t, url,
		deadletter.Letter{Function: "pay", Stream: "ORDERS", Subject: "orders.7.new", Payload: []byte("seven"), Header: function.Header{"X-A": {"b"}}, Error: "no money", Stack: "Error\n    at pay"},
		deadletter.Letter{Function: "ship", Stream: "ORDERS", Subject: "orders.8.new", Payload: []byte("eight")},
		deadletter.Letter{Function: "pay", Stream: "KV_stock", Subject: "$KV.stock.a", Payload: []byte("nine")},
		deadletter.Letter{Function: "pay", Stream: "ORDERS", Subject: "orders.9.new", Payload: []byte("ten")},
	)
	_, err := js.Publish(t.Context(), "dlq.foreign", []byte("not ours"))
	require.NoError(t, err)

	out, stderr, status = cli(t, "dlq", "ls", "--nats", url, "--function", "pay")
	require.Zero(t, status)
	require.Equal(t, 4, strings.Count(out, "\n"), out)
	require.Regexp(t, `1 +\S+ +pay +exception +5 +ORDERS +100 +orders.7.new +5`, out)
	require.Contains(t, stderr, "left out: message 5: deadletter: not a dead letter of isolane")

	out, _, status = cli(t, "dlq", "ls", "--nats", url, "--json", "--stream", "KV_stock")
	require.Zero(t, status)
	var letter deadletter.Letter
	require.NoError(t, json.Unmarshal([]byte(out), &letter))
	require.EqualValues(t, 3, letter.Number)
	require.Equal(t, "nine", string(letter.Payload))

	out, _, status = cli(t, "dlq", "show", "1", "--nats", url)
	require.Zero(t, status)
	for _, want := range []string{"error       no money\n", "stack       Error\n                at pay\n", "header      X-A: b\n", "payload     5 bytes\nseven\n", "stream      ORDERS, sequence 100,"} {
		require.Contains(t, out, want)
	}

	// Without its stream it is not sent, and stays.
	_, stderr, status = cli(t, "dlq", "redrive", "1", "--nats", url)
	require.Equal(t, exitFailure, status)
	require.Contains(t, stderr, "no stream takes orders.7.new: was the stream ORDERS removed?")
	orders, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
	require.NoError(t, err)
	out, stderr, status = cli(t, "dlq", "redrive", "--all", "--function", "pay", "--nats", url)
	require.Equal(t, exitFailure, status, "one cannot be sent")
	require.Equal(t, "sent again 2 of 3\n", out)
	require.Contains(t, stderr, "$KV.stock.a: a message there would change the bucket itself: name another subject with --to")
	msg, err := orders.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, "seven", string(msg.Data))
	require.Equal(t, "pay", msg.Header.Get(deadletter.HeaderOnly))
	require.Equal(t, "b", msg.Header.Get("X-A"))
	out, _, status = cli(t, "dlq", "redrive", "3", "--to", "orders.again", "--nats", url)
	require.Zero(t, status)
	require.Equal(t, "sent again 1 of 1\n", out)

	out, _, status = cli(t, "dlq", "drop", "2", "--nats", url)
	require.Zero(t, status)
	require.Equal(t, "dropped 1 of 1\n", out)
	_, stderr, status = cli(t, "dlq", "drop", "2", "--nats", url)
	require.Equal(t, exitFailure, status)
	require.Contains(t, stderr, "no such letter: 2")
	out, _, _ = cli(t, "dlq", "ls", "--nats", url)
	require.Equal(t, 1, strings.Count(out, "\n"), out)
	info, err := orders.Info(t.Context())
	require.NoError(t, err)
	require.EqualValues(t, 3, info.State.Msgs)
}

// The dead letter of an alarm has the alarm set again: the function's alarm(ctx) runs with the state
// as it is then.
func TestDLQAlarm(t *testing.T) {
	p := startNode(t, folder(t,
		"bell.ts", `export default class {
		  async message(msg: any, ctx: any) {
		    await ctx.state.put(msg.text());
		    if (msg.text() !== "mended") await ctx.alarm.set(Date.now() + (msg.text() === "later" ? 3_600_000 : 0));
		  }
		  async alarm(ctx: any) {
		    if ((await ctx.state.get()) !== "mended") throw new Error("not yet");
		    await ctx.nats.publish("rang." + ctx.key, "");
		  }
		}`,
		"bell.yaml", `
key: "bell.{id}"
stream: { name: BELLS, deliveries: 2, backoff: [1ms] }
permissions: { nats: { publish: ["rang.*"] } }`,
	))
	conn := p.connect()
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "BELLS", Subjects: []string{"bell.*"}})
	require.NoError(t, err)
	rang, err := conn.SubscribeSync("rang.*")
	require.NoError(t, err)
	require.NoError(t, conn.Flush())
	letter := func(number string) {
		t.Helper()
		eventually(t, patience, func() error {
			out, errOut, status := cli(t, "dlq", "show", number, "--nats", p.url)
			if status != 0 || !strings.Contains(out, "not yet") || !strings.Contains(out, "header      Isolane-Key: 7") {
				return fmt.Errorf("%s%s", out, errOut)
			}
			return nil
		})
	}
	send := func(text string) { // and wait until it is in the state
		t.Helper()
		_, err := js.Publish(t.Context(), "bell.7", []byte(text))
		require.NoError(t, err)
		eventually(t, patience, func() error {
			kv, err := js.KeyValue(t.Context(), stream.StateBucket("bell"))
			if err != nil {
				return err
			}
			entry, err := kv.Get(t.Context(), stream.StateKey("7"))
			if err == nil && !strings.Contains(string(entry.Value()), strconv.Quote(text)) {
				err = fmt.Errorf("%s", entry.Value())
			}
			return err
		})
	}
	send("broken")
	letter("1")
	send("mended")
	out, errOut, status := cli(t, "dlq", "redrive", "1", "--nats", p.url)
	require.Zero(t, status, errOut)
	require.Equal(t, "sent again 1 of 1\n", out)
	msg, err := rang.NextMsg(patience)
	require.NoError(t, err)
	require.Equal(t, "rang.7", msg.Subject)
	out, _, _ = cli(t, "dlq", "ls", "--nats", p.url)
	require.Equal(t, 1, strings.Count(out, "\n"), out)

	// It takes the place of no other alarm; a message to the key can.
	send("broken")
	letter("2")
	send("later")
	out, errOut, status = cli(t, "dlq", "redrive", "--all", "--function", "bell", "--nats", p.url)
	require.Equal(t, exitFailure, status, "%s%s", out, errOut)
	require.Equal(t, "sent again 0 of 1\n", out)
	require.Contains(t, errOut, "set the alarm of bell/7 again: the key has an alarm for ")
	_, errOut, status = cli(t, "dlq", "redrive", "2", "--to", "bell.7", "--nats", p.url)
	require.Zero(t, status, errOut)
	p.signal(syscall.SIGTERM)
	require.Zero(t, p.await())
}

func TestDLQUsage(t *testing.T) {
	for name, args := range map[string][]string{
		"nothing named":        {"redrive"},
		"both":                 {"drop", "1", "--all"},
		"filter without --all": {"drop", "1", "--function", "pay"},
		"no number":            {"show", "one"},
		"nought":               {"drop", "0"},
		"timeout":              {"ls", "--timeout", "0s"},
	} {
		t.Run(name, func(t *testing.T) {
			_, stderr, status := cli(t, append([]string{"dlq"}, append(args, "--nats", jetStreamServer(t))...)...)
			require.Equal(t, exitUsage, status, stderr)
		})
	}
}
