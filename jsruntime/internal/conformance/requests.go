package conformance

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// heldHost answers a request when the test says so, by its subject.
type heldHost struct {
	plainHost
	held map[string]chan struct{}
}

// Request is for tests.
func (h heldHost) Request(ctx context.Context, _ hostcap.Caller, m hostcap.Message, _ time.Duration) (hostcap.Reply, error) {
	select {
	case <-h.held[m.Subject]:
		return hostcap.Reply{Subject: m.Subject}, nil
	case <-ctx.Done():
		return hostcap.Reply{}, ctx.Err()
	}
}

// RequestsAreTold is a test of every engine: of an invocation that waits for requests alone it is
// known which, and of one that waits for anything else nothing is.
func RequestsAreTold(t *testing.T, e Engine) {
	t.Helper()
	host := heldHost{held: map[string]chan struct{}{"a": make(chan struct{}), "b": make(chan struct{}), "never": nil}}
	l := NewLoop(t, e, func(c *jsruntime.Config) { c.Messenger = host })
	fn := Module(t, "f", `
let release;
const shared = new Promise((r) => { release = r; });
export default async (msg, ctx) => {
  const ask = (subject) => ctx.nats.request(subject);
  switch (msg.text()) {
  case "one": await ask("never"); break;
  case "two": await Promise.all([ask("a"), ask("b")]); break;
  case "late": await ask("a"); await ask("never"); break;
  case "timer": await Promise.race([ask("never"), new Promise((r) => setTimeout(r, 1e8))]); break;
  case "tick": setTimeout(() => {}, 1); await ask("never"); break;
  case "aborted": await ask("never", { signal: AbortSignal.timeout(1e8) }); break;
  case "none": await shared;
  }
}`, func(m *function.Manifest) {
		m.Permissions.NATS.Request = []string{"*"}
		m.Limits.Wall = time.Hour
	})
	ids := []string{"one", "two", "late", "timer", "tick", "aborted", "none"}
	for _, id := range ids {
		require.NoError(t, l.Invoke(id, fn, []byte(id)))
	}
	told := func() map[string][]int {
		all := map[string][]int{}
		for inv, requests := range l.Runtime.Requests() {
			slices.Sort(requests)
			all[inv.ID] = requests
		}
		return all
	}
	require.Equal(t, map[string][]int{"one": {1}, "two": {1, 2}, "late": {1}}, withoutTick(told()))
	l.until(func() bool { return told()["tick"] != nil }) // its timer has come
	require.Equal(t, map[string][]int{"one": {1}, "two": {1, 2}, "late": {1}, "tick": {1}}, told())
	close(host.held["a"])
	l.until(func() bool { return len(told()["two"]) == 1 && slices.Equal(told()["late"], []int{2}) })
	require.Equal(t, map[string][]int{"one": {1}, "two": {2}, "late": {2}, "tick": {1}}, told())
	close(host.held["b"])
	l.until(func() bool { return l.Results["two"] != nil })
	require.NoError(t, l.Runtime.CancelAll("the end"))
	require.Empty(t, l.Runtime.Requests())
}

// withoutTick is all but the one whose timer may have come already.
func withoutTick(all map[string][]int) map[string][]int {
	delete(all, "tick")
	return all
}

// until handles events until over is.
func (l *Loop) until(over func() bool) {
	l.t.Helper()
	deadline := time.After(Patience)
	for !over() {
		select {
		case e := <-l.Events:
			require.NoError(l.t, l.Runtime.Handle(e))
		case <-deadline:
			l.t.Fatalf("gave up waiting; %d in flight; results so far: %v", l.Runtime.Inflight(), l.Results)
		}
	}
}
