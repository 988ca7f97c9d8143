package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

const (
	helloTS = `export default function (msg: { json(): { name: string } }) { return { hello: msg.json().name } }`
	nodeJS  = `export default (msg, ctx) => ctx.invocation.node`
	// fetchJS waits until the page that it is told answers.
	fetchJS   = `export default async (msg) => (await fetch(msg.text())).text()`
	fetchYAML = `permissions: { net: ["127.0.0.1:*"] }`
)

func TestHello(t *testing.T) {
	n := startNode(t, folder(t, "hello.ts", helloTS), "--name", "one", "--runtimes", "1")
	require.Equal(t, "ready node=one nats="+n.url+" http="+n.http+" functions=1 runtimes=1", n.ready)
	reply, err := n.connect().Request("fn.hello", []byte(`{"name":"Ada"}`), patience)
	require.NoError(t, err)
	require.JSONEq(t, `{"hello":"Ada"}`, string(reply.Data))
	require.Contains(t, reply.Header.Get("Isolane-Receipt"), `node="one"`)
	reply.Header.Del("Isolane-Receipt")
	require.Empty(t, reply.Header)

	n.signal(syscall.SIGTERM)
	require.Zero(t, n.await(), n.log.String())
	for line := range n.lines {
		require.Fail(t, "more than the ready line on standard output", line)
	}
}

// held is a page that answers when the test lets it.
type held struct {
	*httptest.Server
	asked   chan struct{} // one for each request that has come
	release chan struct{} // closed to answer all
}

func newHeld(t *testing.T) *held {
	t.Helper()
	h := &held{asked: make(chan struct{}, 100), release: make(chan struct{})}
	h.Server = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h.asked <- struct{}{}
		select {
		case <-h.release:
			_, _ = w.Write([]byte("page"))
		case <-r.Context().Done():
		}
	}))
	t.Cleanup(h.Close)
	return h
}

func (h *held) await(t *testing.T) {
	t.Helper()
	select {
	case <-h.asked:
	case <-time.After(patience):
		require.FailNow(t, "the function does not fetch")
	}
}

// ask sends a request and returns the reply later, on a channel.
func ask(t *testing.T, conn *nats.Conn, subject, payload string) <-chan *nats.Msg {
	t.Helper()
	inbox := conn.NewInbox()
	replies := make(chan *nats.Msg, 10)
	_, err := conn.ChanSubscribe(inbox, replies)
	require.NoError(t, err)
	require.NoError(t, conn.PublishRequest(subject, inbox, []byte(payload)))
	require.NoError(t, conn.Flush())
	return replies
}

func receive(t *testing.T, replies <-chan *nats.Msg) *nats.Msg {
	t.Helper()
	select {
	case msg := <-replies:
		return msg
	case <-time.After(patience):
		require.FailNow(t, "no reply")
		return nil
	}
}

// TestDrain: what was accepted is finished after SIGTERM, and nothing new is taken.
func TestDrain(t *testing.T) {
	page, url := newHeld(t), natsServer(t)
	n := start(t, "--functions", folder(t, "fetch.js", fetchJS, "fetch.yaml", fetchYAML), "--nats", url).awaitReady()
	conn := n.connect()
	first := ask(t, conn, "fn.fetch", page.URL)
	page.await(t)

	n.signal(syscall.SIGTERM)
	eventually(t, patience, func() error {
		_, err := conn.Request("fn.fetch", nil, time.Second)
		if !errors.Is(err, nats.ErrNoResponders) {
			return fmt.Errorf("the node still takes messages: %w", err)
		}
		return nil
	})
	close(page.release)
	require.Equal(t, "page", string(receive(t, first).Data))
	require.Zero(t, n.await(), n.log.String())
}

// TestDrainPastGrace: what does not end in time is answered canceled, and that is a
// regular end too.
func TestDrainPastGrace(t *testing.T) {
	page, url := newHeld(t), natsServer(t)
	n := start(t, "--functions", folder(t, "fetch.js", fetchJS, "fetch.yaml", fetchYAML), "--nats", url, "--grace", "100ms").awaitReady()
	conn := n.connect()
	first := ask(t, conn, "fn.fetch", page.URL)
	page.await(t)
	n.signal(syscall.SIGTERM)
	require.Equal(t, "canceled", receive(t, first).Header.Get("Isolane-Outcome"))
	require.Zero(t, n.await(), n.log.String())
}

func TestSecondSignalEndsAtOnce(t *testing.T) {
	for name, tc := range map[string]struct {
		signal syscall.Signal
		status int
	}{"SIGTERM": {syscall.SIGTERM, 143}, "SIGINT": {syscall.SIGINT, 130}} {
		t.Run(name, func(t *testing.T) {
			page := newHeld(t)
			n := startNode(t, folder(t, "fetch.js", fetchJS, "fetch.yaml", fetchYAML), "--grace", "1h")
			ask(t, n.connect(), "fn.fetch", page.URL)
			page.await(t)
			n.signal(syscall.SIGTERM)
			eventually(t, patience, func() error {
				if !strings.Contains(n.log.String(), "draining") {
					return errors.New("the node does not say that it drains")
				}
				return nil
			})
			n.signal(tc.signal)
			require.Equal(t, tc.status, n.await())
		})
	}
}

// TestWatch: a saved function is live within a second, a broken one changes nothing
// and says why, a removed one is gone.
func TestWatch(t *testing.T) {
	dir := folder(t, "greet.ts", `export default () => "one"`)
	n := startNode(t, dir)
	conn := n.connect()
	says := func(want string) func() error {
		return func() error {
			msg, err := conn.Request("fn.greet", nil, patience)
			if err != nil {
				return err
			}
			if got := string(msg.Data) + msg.Header.Get("Isolane-Outcome"); got != want {
				return fmt.Errorf("greet says %q, not %q", got, want)
			}
			return nil
		}
	}
	require.NoError(t, says("one")())
	write(t, filepath.Join(dir, "greet.ts"), `export default () => "two"`)
	eventually(t, time.Second, says("two"))

	for name, broken := range map[string]string{
		"syntax":      `export default () => {`,
		"no function": `export const x = 1`,
		"throws":      `throw new Error("at load"); export default () => 1`,
	} {
		t.Run(name, func(t *testing.T) {
			write(t, filepath.Join(dir, "greet.ts"), broken)
			eventually(t, patience, func() error {
				out, _, status := cli(t, "functions", "ls", "--nats", n.url)
				if status != 0 || !strings.Contains(out, "broken: greet") {
					return fmt.Errorf("functions ls does not tell: %d %s", status, out)
				}
				return nil
			})
			require.NoError(t, says("two")())
		})
	}
	write(t, filepath.Join(dir, "greet.ts"), `export default () => "three"`)
	eventually(t, 2*time.Second, says("three"))
	require.NotContains(t, n.log.String(), "panic")
}

// TestTwoNodes: nodes at one NATS server divide the messages between them.
func TestTwoNodes(t *testing.T) {
	url := natsServer(t)
	dir := folder(t, "who.js", nodeJS)
	for _, name := range []string{"a", "b"} {
		start(t, "--functions", dir, "--nats", url, "--name", name, "--runtimes", "1").awaitReady()
	}
	conn, err := nats.Connect(url)
	require.NoError(t, err)
	defer conn.Close()
	replies := make(chan *nats.Msg, 1000)
	inbox := conn.NewInbox()
	_, err = conn.ChanSubscribe(inbox, replies)
	require.NoError(t, err)
	const total = 200
	for range total {
		require.NoError(t, conn.PublishRequest("fn.who", inbox, nil))
	}
	count := map[string]int{}
	for range total {
		count[string(receive(t, replies).Data)]++
	}
	require.Len(t, count, 2, count)
	require.Positive(t, count["a"])
	require.Positive(t, count["b"])

	out, _, status := cli(t, "functions", "ls", "--nats", url)
	require.Zero(t, status)
	require.Regexp(t, `who\s+[0-9a-f]{12}\s+warm\s+folder\s+200\s+0\s+a,b`, out)
	out, _, status = cli(t, "functions", "ls", "--nats", url, "--node", "b", "--json")
	require.Zero(t, status)
	var reports []struct{ Node string }
	require.NoError(t, json.Unmarshal([]byte(out), &reports))
	require.Len(t, reports, 1)
	require.Equal(t, "b", reports[0].Node)

	// Exactly one reply each: nothing is left over.
	require.NoError(t, conn.Flush())
	require.Empty(t, replies)
}

func TestRunRefuses(t *testing.T) {
	for name, tc := range map[string]struct {
		args   []string
		status int
		says   []string
	}{
		"an unknown flag":       {[]string{"--htpp", "127.0.0.1:0"}, exitUsage, []string{"unknown flag: --htpp"}},
		"a page for everybody":  {[]string{"--http", "0.0.0.0:0"}, exitUsage, []string{"http.listen", "http.token"}},
		"several faults":        {[]string{"--runtimes", "many", "--grace", "soon", "--name", "a.b"}, exitUsage, []string{"--runtimes", "--grace", "--name"}},
		"two places for NATS":   {[]string{"--nats", "nats://h", "--nats-listen", "127.0.0.1:0"}, exitUsage, []string{"contradicts"}},
		"no folder":             {[]string{"--functions", "/nowhere"}, exitFailure, []string{"/nowhere", "does not exist"}},
		"an argument":           {[]string{"functions"}, exitUsage, []string{"unknown command"}},
		"a config that is away": {[]string{"--config", "/nowhere.yaml"}, exitFailure, []string{"/nowhere.yaml"}},
	} {
		t.Run(name, func(t *testing.T) {
			n := start(t, tc.args...)
			require.Equal(t, tc.status, n.await())
			for _, text := range tc.says {
				require.Contains(t, n.log.String(), text)
			}
		})
	}
}

// TestSignalWhileStarting: a node that waits for its NATS server ends at once, and
// regularly, since it had accepted nothing.
func TestSignalWhileStarting(t *testing.T) {
	n := start(t, "--functions", folder(t, "hello.ts", helloTS), "--nats", "nats://127.0.0.1:1")
	eventually(t, patience, func() error {
		if !strings.Contains(n.log.String(), "will try again") {
			return errors.New("the node does not say that it tries again")
		}
		return nil
	})
	n.signal(syscall.SIGTERM)
	require.Zero(t, n.await(), n.log.String())
	require.Empty(t, n.lines)
}
