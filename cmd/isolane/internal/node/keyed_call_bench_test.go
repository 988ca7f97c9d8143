package node

import (
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// BenchmarkKeyedCall is how long ctx.call takes that a key makes of another function's key, whose
// state is at hand, one call at a time, while nothing else runs: where both run on one member, and
// on two of a cluster; of a method that changes the state, and of one that reads it. All is in one
// process, so that between members is one machine's loopback. Compare within one run: go test
// ./cmd/isolane/internal/node -run '^$' -bench KeyedCall -benchtime 2000x.
func BenchmarkKeyedCall(b *testing.B) {
	const most = 20 // calls in one turn
	k := newKeyedCluster(b)
	for name, content := range map[string]string{
		"from.ts": `export default class { async message(msg: any, ctx: any) {
		  const { calls, method } = msg.json();
		  for (let i = 0; i < calls; i++) await ctx.call("to", "k" + i % 10, method, 1);
		  return calls;
		} }`,
		"from.yaml": "key: \"from.{key}\"\nstream: { name: FROM, reply: \"came.{key}\" }\npermissions: { calls: [to] }\nlimits: { wall: 60s, cpu: 30s }\n",
		"to.ts": `export default class {
		  message() {}
		  async add(n: number, ctx: any) { await ctx.state.put(((await ctx.state.get()) ?? 0) + n); }
		  async read(_: any, ctx: any) { return await ctx.state.get(); }
		}`,
		"to.yaml": "key: \"to.{key}\"\nstream: TO\n",
	} {
		require.NoError(b, os.WriteFile(filepath.Join(k.dir, name), []byte(content), 0o600))
	}
	for name, subject := range map[string]string{"FROM": "from.*", "TO": "to.*"} {
		_, err := k.js.CreateStream(b.Context(), jetstream.StreamConfig{Name: name, Subjects: []string{subject}})
		require.NoError(b, err)
	}
	conn := k.server.Connect()
	replies, err := conn.SubscribeSync("came.*")
	require.NoError(b, err)
	require.NoError(b, conn.Flush())
	turn := func(b *testing.B, key, method string, calls int) {
		b.Helper()
		_, err := k.js.Publish(b.Context(), "from."+key, []byte(`{"calls":`+strconv.Itoa(calls)+`,"method":"`+method+`"}`))
		require.NoError(b, err)
		msg, err := replies.NextMsg(patience)
		require.NoError(b, err)
		require.Equal(b, strconv.Itoa(calls), string(msg.Data))
	}
	k.start("a")
	turn(b, "first", "add", 10) // a has the order of both
	k.start("b")
	keyOn := map[string]string{}
	for i := 0; len(keyOn) < 2; i++ {
		owner, _ := k.nodes["a"].router.Owner("from", strconv.Itoa(i), nil)
		keyOn[owner] = strconv.Itoa(i)
	}
	answered := func(on string) uint64 {
		for _, s := range k.nodes[on].triggers.Stats() {
			if s.Function == "to" {
				return s.CallOutcomes[function.OK]
			}
		}
		return 0
	}
	for _, c := range []struct{ name, caller, method string }{
		{"same_member/change", "a", "add"},
		{"same_member/read", "a", "read"},
		{"another_member/change", "b", "add"},
		{"another_member/read", "b", "read"},
	} {
		b.Run(c.name, func(b *testing.B) {
			turn(b, keyOn[c.caller], c.method, 10)
			ran, before := answered("a"), k.nodes[c.caller].keyCalls.Counts()
			b.ResetTimer()
			for left := b.N; left > 0; left -= most {
				turn(b, keyOn[c.caller], c.method, min(left, most))
			}
			b.StopTimer()
			require.EqualValues(b, b.N, answered("a")-ran, "a runs what is called")
			now := k.nodes[c.caller].keyCalls.Counts()
			took := now.Since(&before)
			require.EqualValues(b, b.N, took.Total(), "%s calls", c.caller)
			b.ReportMetric(float64(took.Sum.Microseconds())/float64(b.N), "us/call")
			for _, q := range []int{50, 99} {
				b.ReportMetric(float64(took.Quantile(float64(q)/100).Microseconds()), "p"+strconv.Itoa(q)+"-us")
			}
			b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "calls/s")
		})
	}
}
