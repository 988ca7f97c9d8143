package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"regexp"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/cmd/isolane/internal/replay"
	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/function"
)

// shop is a JetStream server with the stream ORDERS and the bucket stock, and a price server that
// counts who asks it.
type shop struct {
	t     *testing.T
	url   string
	js    jetstream.JetStream
	price *httptest.Server
	asked atomic.Int32
}

func newShop(t *testing.T) *shop {
	t.Helper()
	s := &shop{t: t, url: jetStreamServer(t)}
	s.js = natskit.JetStream(t, natskit.Connect(t, s.url))
	_, err := s.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
	require.NoError(t, err)
	kv, err := s.js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "stock"})
	require.NoError(t, err)
	_, err = kv.Put(t.Context(), "pear", []byte("0"))
	require.NoError(t, err)
	s.price = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = fmt.Fprintf(w, `{"amount":%d}`, 100+s.asked.Add(1))
	}))
	t.Cleanup(s.price.Close)
	return s
}

// plain and keyed fail on their first message, after all that a record has.
func (s *shop) plain(path string) (source, manifest string) {
	return `
export default async (msg: any, ctx: any) => {
  const { amount } = await (await fetch("` + s.price.URL + path + `", { headers: { authorization: "Bearer " + ctx.env.TOKEN } })).json();
  const stock = await ctx.kv("stock").get(msg.json().item);
  const lucky = Math.random(), at = Date.now();
  console.log("asked", msg.json().item, amount, stock.text(), lucky, at, ctx.env.TOKEN);
  await new Promise((r) => setTimeout(r, 10));
  await ctx.nats.publish("events.asked", String(lucky));
  if (stock.text() === "0") throw new RangeError(` + "`no stock: ${lucky} ${at} ${crypto.randomUUID()} ${performance.now()}`" + `);
};`, `
stream: { name: ORDERS, deliveries: 1 }
record: failures
permissions: { net: ["127.0.0.1:*"], kv: [stock], env: [TOKEN], nats: { publish: ["events.*"] } }
`
}

func (s *shop) keyed(path string) (source, manifest string) {
	return `
export default class Order { async message(msg: any, ctx: any) {
  const state = (await ctx.state.get()) ?? { seen: 0 };
  const { amount } = await (await fetch("` + s.price.URL + path + `")).json();
  state.seen += 1 + Math.random();
  await ctx.state.put(state);
  console.log("asked", msg.json().item, amount, ctx.key, state.seen, Date.now());
  throw new RangeError("no stock: " + state.seen + " " + new Date().toISOString());
} }`, `
key: "orders.{id}.>"
stream: { name: ORDERS, deliveries: 1 }
record: failures
permissions: { net: ["127.0.0.1:*"] }
`
}

// secret is a variable of the node that the function sends, and prints.
const secret = "s3same-open-token"

// fails runs the function on a node until its message is a dead letter, and stops the node.
func (s *shop) fails(source, manifest string, more ...string) (dir string, letter *deadletter.Letter) {
	s.t.Helper()
	dir = folder(s.t, append([]string{"functions/pay.ts", source, "functions/pay.yaml", manifest, "isolane.yaml", "env: { TOKEN: " + secret + " }"}, more...)...)
	n := start(s.t, "--functions", filepath.Join(dir, "functions"), "--config", filepath.Join(dir, "isolane.yaml"), "--nats", s.url).awaitReady()
	_, err := s.js.Publish(s.t.Context(), "orders.7.new", []byte(`{"item":"pear"}`))
	require.NoError(s.t, err)
	letter = s.letter()
	n.signal(syscall.SIGTERM)
	require.Zero(s.t, n.await(), n.log.String())
	return filepath.Join(dir, "functions"), letter
}

// letter waits for the dead letter of pay.
func (s *shop) letter() (found *deadletter.Letter) {
	s.t.Helper()
	eventually(s.t, patience, func() error {
		ctx, cancel := context.WithTimeout(s.t.Context(), patience)
		defer cancel()
		for l, err := range deadletter.New(s.js, deadletter.DefaultConfig()).All(ctx, deadletter.Filter{Function: "pay"}) {
			if err != nil {
				return err
			}
			found = l
			return nil
		}
		return errors.New("there is no dead letter yet")
	})
	return found
}

// again replays with --json.
func (s *shop) again(want int, args ...string) *replay.Report {
	s.t.Helper()
	out, stderr, status := cli(s.t, append([]string{"replay", "--nats", s.url, "--json"}, args...)...)
	require.Equal(s.t, want, status, "%s\n%s", out, stderr)
	var r replay.Report
	require.NoError(s.t, json.Unmarshal([]byte(out), &r), out)
	return &r
}

// A message that failed on a node fails here in the same way, to the letter: with the error, the
// console and what its host answered then. Nobody is asked for anything.
func TestReplay(t *testing.T) {
	for name, of := range map[string]func(*shop, string) (string, string){"plain": (*shop).plain, "keyed": (*shop).keyed} {
		t.Run(name, func(t *testing.T) {
			s := newShop(t)
			events := natskit.Connect(t, s.url)
			told, err := events.SubscribeSync("events.asked")
			require.NoError(t, err)
			require.NoError(t, events.Flush())
			source, manifest := of(s, "/price")
			dir, letter := s.fails(source, manifest)
			require.Equal(t, function.Exception, letter.Outcome)
			require.Equal(t, "ORDERS:1", letter.Record)
			require.EqualValues(t, 1, s.asked.Load())
			published, _, err := told.Pending()
			require.NoError(t, err)

			r := s.again(exitOK, letter.Record, "--functions", dir)
			require.True(t, r.Same(), "%+v", r)
			require.Equal(t, letter.Error, r.Message)
			require.Equal(t, letter.Stack, r.Stack)
			require.Equal(t, letter.Version, r.Version)
			require.Equal(t, function.Exception, r.Outcome)
			require.Len(t, r.Console, 1)
			number := regexp.MustCompile(`no stock: (\S+)`).FindStringSubmatch(letter.Error)[1]
			require.Contains(t, r.Console[0], "log asked pear 101")
			require.Contains(t, r.Console[0], number)
			fetch := 0
			for _, c := range r.Calls {
				if strings.HasPrefix(c.Asked, "fetch GET "+s.price.URL+"/price") {
					fetch++
					require.Contains(t, c.Told, "200")
				}
			}
			require.Equal(t, 1, fetch, "%+v", r.Calls)
			require.EqualValues(t, 1, s.asked.Load(), "it asked the price again")
			require.NoError(t, events.Flush())
			now, _, err := told.Pending()
			require.NoError(t, err)
			require.Equal(t, published, now, "it published again")

			// The same for people; and by the number of the dead letter, and with nobody there.
			s.price.Close()
			for _, what := range [][]string{{letter.Record, "--function", "pay"}, {"--dead-letter", "1"}} {
				out, stderr, status := cli(t, append([]string{"replay", "--nats", s.url, "--functions", dir}, what...)...)
				require.Equal(t, exitOK, status, "%s\n%s", out, stderr)
				for _, want := range []string{
					"ORDERS:1 by pay " + letter.Version, "fetch GET " + s.price.URL + "/price -> ", "console log asked pear 101",
					"outcome  exception", "error    RangeError: no stock: " + number, "pay.ts:", "as it was recorded",
				} {
					require.Contains(t, out, want)
				}
			}
			out, _, status := cli(t, "dlq", "show", "1", "--nats", s.url)
			require.Equal(t, exitOK, status)
			require.Contains(t, out, "recorded    isolane replay ORDERS:1 --function pay\n")

			// A message that its stream has no more is found among the dead letters.
			stream, err := s.js.Stream(t.Context(), "ORDERS")
			require.NoError(t, err)
			require.NoError(t, stream.DeleteMsg(t.Context(), 1))
			require.True(t, s.again(exitOK, "ORDERS:1", "--functions", dir).Same())

			kv, err := s.js.KeyValue(t.Context(), "isolane-records")
			require.NoError(t, err)
			keys, err := kv.Keys(t.Context())
			require.NoError(t, err)
			require.Len(t, keys, 1)
			entry, err := kv.Get(t.Context(), keys[0])
			require.NoError(t, err)
			require.NotContains(t, string(entry.Value()), secret)
		})
	}
}

// Where the function was changed, the first call that differs is told, and nothing is asked for.
func TestReplayOfAnotherVersion(t *testing.T) {
	s := newShop(t)
	source, manifest := s.plain("/price")
	dir, letter := s.fails(source, manifest)
	changed, _ := s.plain("/cost")
	write(t, filepath.Join(dir, "pay.ts"), changed)
	r := s.again(exitFailure, "ORDERS:1", "--functions", dir)
	require.NotNil(t, r.Divergence)
	require.Equal(t, 1, r.Divergence.Call)
	require.Equal(t, "fetch GET "+s.price.URL+"/cost", r.Divergence.Asked)
	require.Equal(t, "fetch GET "+s.price.URL+"/price", r.Divergence.Recorded)
	require.Equal(t, letter.Version, r.Recorded)
	require.NotEqual(t, letter.Version, r.Version)
	require.Contains(t, r.Message, "refused")
	out, _, status := cli(t, "replay", "ORDERS:1", "--nats", s.url, "--functions", dir)
	require.Equal(t, exitFailure, status)
	require.Contains(t, out, "diverged at host call 1: the function asked for fetch GET "+s.price.URL+"/cost, the record has fetch GET "+s.price.URL+"/price")
	require.EqualValues(t, 1, s.asked.Load())

	// Mended, it goes on where the record ends, and with --live it asks.
	write(t, filepath.Join(dir, "pay.ts"), strings.Replace(source, `if (stock.text() === "0") throw`, `await fetch("`+s.price.URL+`/more"); if (false) throw`, 1))
	r = s.again(exitFailure, "ORDERS:1", "--functions", dir)
	require.NotNil(t, r.Divergence)
	require.Empty(t, r.Divergence.Recorded)
	require.Len(t, r.Calls, r.Divergence.Call)
	require.EqualValues(t, 1, s.asked.Load())
	r = s.again(exitFailure, "ORDERS:1", "--functions", dir, "--live")
	require.Equal(t, function.OK, r.Outcome, r.Message)
	require.EqualValues(t, 2, s.asked.Load())
}

// The version that ran is found where it is deployed, whatever was deployed since; where it is
// gone, what is there is said.
func TestReplayOfWhatIsDeployed(t *testing.T) {
	s := newShop(t)
	source, manifest := s.keyed("/price")
	dir := folder(t, "pay.ts", source, "pay.yaml", manifest)
	n := start(t, "--functions", t.TempDir(), "--nats", s.url).awaitReady()
	deploy := func() {
		t.Helper()
		out, stderr, status := cli(t, "deploy", filepath.Join(dir, "pay.ts"), "--nats", s.url, "--wait")
		require.Zero(t, status, out+stderr)
	}
	deploy()
	_, err := s.js.Publish(t.Context(), "orders.7.new", []byte(`{"item":"pear"}`))
	require.NoError(t, err)
	letter := s.letter()
	mended, _ := s.keyed("/cost")
	write(t, filepath.Join(dir, "pay.ts"), mended)
	deploy()
	n.signal(syscall.SIGTERM)
	require.Zero(t, n.await())

	r := s.again(exitOK, "ORDERS:1")
	require.True(t, r.Same(), "%+v", r)
	require.Equal(t, letter.Version, r.Version)
	require.Equal(t, letter.Error, r.Message)
	require.EqualValues(t, 1, s.asked.Load())

	_, stderr, status := cli(t, "replay", "ORDERS:1", "--nats", s.url, "--bucket", "elsewhere")
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "the version "+letter.Version+" of pay, which ran the message, is gone: nothing of it is deployed, or in a folder functions here")
	_, err = s.js.KeyValue(t.Context(), "elsewhere")
	require.ErrorIs(t, err, jetstream.ErrBucketNotFound, "to look makes nothing")
}

// What cannot be replayed is said, with what to do.
func TestReplayErrors(t *testing.T) {
	s := newShop(t)
	source, manifest := s.keyed("/price")
	dir, letter := s.fails(source, manifest, "functions/idle.ts", "export default () => 1")
	_, err := s.js.Publish(t.Context(), "orders.8.new", []byte(`{"item":"pear"}`))
	require.NoError(t, err)
	for name, c := range map[string]struct {
		args   []string
		status int
		want   string
	}{
		"nothing named":     {nil, exitUsage, "name a message, as ORDERS:812, or --invocation ID, or --dead-letter NUMBER"},
		"both again":        {[]string{"--invocation", "a1", "--dead-letter", "1"}, exitUsage, "name a message"},
		"no such id":        {[]string{"--invocation", "a1"}, exitUsage, "invocation a1: records: no run of it is recorded: isolane replay ls says what is"},
		"no such id, live":  {[]string{"--invocation", "a1", "--live"}, exitUsage, "invocation a1: records: no run of it is recorded"},
		"no such kind":      {[]string{"ls", "--kind", "alarms"}, exitUsage, "--kind alarms: there are message, batch, alarm and call"},
		"both":              {[]string{"ORDERS:1", "--dead-letter", "1"}, exitUsage, "name a message"},
		"no sequence":       {[]string{"ORDERS"}, exitUsage, `"ORDERS" names no message: write STREAM:SEQUENCE`},
		"nought":            {[]string{"ORDERS:0"}, exitUsage, "names no message"},
		"no such stream":    {[]string{"NOPE:1"}, exitUsage, "there is no stream NOPE"},
		"no stream's name":  {[]string{"a.b:1"}, exitUsage, "there is no stream a.b"},
		"no such message":   {[]string{"ORDERS:99"}, exitUsage, "neither the stream ORDERS nor the dead letters have message 99"},
		"no such letter":    {[]string{"--dead-letter", "99"}, exitUsage, "no such letter"},
		"no record":         {[]string{"ORDERS:2"}, exitUsage, "ORDERS:2: records: no run of it is recorded: its function's manifest has to say record: failures"},
		"of another":        {[]string{"ORDERS:1", "--function", "idle"}, exitUsage, "no run of it is recorded by idle"},
		"no folder":         {[]string{"ORDERS:1", "--functions", filepath.Join(dir, "none")}, exitUsage, "--functions: "},
		"not in the folder": {[]string{"ORDERS:1", "--functions", filepath.Join(dir, "idle.ts")}, exitUsage, "no such function in "},
		"no variable":       {[]string{"ORDERS:1", "--env", "X"}, exitUsage, "--env X: write NAME=VALUE"},
		"no time":           {[]string{"ORDERS:1", "--timeout", "0s"}, exitUsage, "--timeout must be over 0"},
		"live without one":  {[]string{"ORDERS:2", "--live", "--functions", filepath.Join(dir, "pay.ts")}, exitException, ""},
		"live, unnamed":     {[]string{"ORDERS:2", "--live"}, exitUsage, "say which function is to run it"},
	} {
		t.Run(name, func(t *testing.T) {
			out, stderr, status := cli(t, append([]string{"replay", "--nats", s.url}, c.args...)...)
			require.Equal(t, c.status, status, "%s\n%s", out, stderr)
			require.Contains(t, stderr, c.want)
			require.Equal(t, c.status == exitUsage, out == "", out)
		})
	}

	// A stream that was made again has other messages under the same numbers.
	require.NoError(t, s.js.DeleteStream(t.Context(), "ORDERS"))
	_, err = s.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
	require.NoError(t, err)
	_, err = s.js.Publish(t.Context(), "orders.9.new", []byte(`{"item":"plum"}`))
	require.NoError(t, err)
	_, stderr, status := cli(t, "replay", "ORDERS:1", "--nats", s.url, "--functions", dir)
	require.Equal(t, exitUsage, status)
	require.Contains(t, stderr, "is of another message")
	require.True(t, s.again(exitOK, "--dead-letter", fmt.Sprint(letter.Number), "--functions", dir).Same())

	// A record that is broken is refused.
	kv, err := s.js.KeyValue(t.Context(), "isolane-records")
	require.NoError(t, err)
	keys, err := kv.Keys(t.Context())
	require.NoError(t, err)
	bucket, err := s.js.Stream(t.Context(), "KV_isolane-records")
	require.NoError(t, err)
	raw, err := bucket.GetLastMsgForSubject(t.Context(), "$KV.isolane-records."+keys[0])
	require.NoError(t, err)
	_, err = s.js.PublishMsg(t.Context(), &nats.Msg{Subject: raw.Subject, Header: raw.Header, Data: []byte(`{"format":9}`)})
	require.NoError(t, err)
	_, stderr, status = cli(t, "replay", "--dead-letter", fmt.Sprint(letter.Number), "--nats", s.url)
	require.Equal(t, exitFailure, status)
	require.Contains(t, stderr, "the record of ORDERS:1: tape: not a record of this version of Isolane: format 9, and this one is 1")
}
