package bridge

import (
	"bufio"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/logkit"
	"github.com/isolane/isolane/jsruntime/function"
)

// again restarts what ran at url, on the same port and data.
func again(tb testing.TB, cfg ServerConfig, url string) *Server {
	tb.Helper()
	_, port, err := net.SplitHostPort(strings.TrimPrefix(url, "nats://"))
	require.NoError(tb, err)
	cfg.Port, err = strconv.Atoi(port)
	require.NoError(tb, err)
	return runServer(tb, cfg)
}

func TestSubscriptionSurvivesAServerRestart(t *testing.T) {
	cfg := serverConfig(t)
	first, err := StartServer(t.Context(), cfg)
	require.NoError(t, err)
	h := new(holder)
	r := newRigOn(t, first, h, nil)
	js, err := r.client.JetStream()
	require.NoError(t, err)
	_, err = js.AddStream(&nats.StreamConfig{Name: "KEEP", Subjects: []string{"keep.>"}})
	require.NoError(t, err)
	_, err = js.Publish("keep.a", []byte("kept"))
	require.NoError(t, err)
	in := newInbox(t, r.client)
	inFlight(t, r, h, in, 5)

	require.NoError(t, first.Shutdown(t.Context()))
	waitFor(t, "the loss", func() (bool, any) { s := r.bridge.Stats(); return s.Disconnects == 1, s })
	again(t, cfg, first.ClientURL())
	waitFor(t, "the connection", func() (bool, any) {
		s := r.bridge.Stats()
		return s.Reconnects == 1 && r.client.IsConnected(), s
	})
	require.NoError(t, r.client.Flush())
	require.NoError(t, r.bridge.deps.Conn.Flush())

	h.release(&function.Result{Outcome: function.OK})
	waitFor(t, "replies to what was in flight", func() (bool, any) { by, _, _ := in.outcomes(); return by["ok"] == 5, by })
	require.NoError(t, r.client.PublishRequest("fn.a", in.reply(6), nil))
	h.waitHeld(t, 1)
	h.release(&function.Result{Outcome: function.OK})
	waitFor(t, "a reply to a new message", func() (bool, any) { by, _, _ := in.outcomes(); return by["ok"] == 6, by })
	require.Zero(t, r.bridge.Stats().PublishFailures)

	msg, err := js.GetMsg("KEEP", 1)
	require.NoError(t, err)
	require.Equal(t, "kept", string(msg.Data))
}

func TestActorRestartLosesNothing(t *testing.T) {
	r := newRig(t, dispatch(func(inv *function.Invocation, done func(*function.Result)) { go echo(inv, done) }), nil)
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for i := range 300 {
				if _, err := r.client.Request("fn.a", []byte("x"), time.Minute); err != nil {
					t.Errorf("request %d: %v", i, err)
					return
				}
			}
		})
	}
	for want := uint64(1); want <= 3; want++ {
		r.system.Root.Send(r.bridge.pid, (*connChanged)(nil)) // makes Receive panic
		waitFor(t, "a restart", func() (bool, any) { s := r.bridge.Stats(); return s.Restarts == want, s })
	}
	callers.Wait()
	waitFor(t, "one subscription", func() (bool, any) {
		n := r.bridge.deps.Conn.NumSubscriptions()
		return n == 1, n
	})
	s := r.bridge.Stats()
	require.EqualValues(t, 1200, s.Received)
	require.EqualValues(t, 1200, s.Outcomes[function.OK])
	require.NoError(t, r.bridge.Drain(t.Context()))
}

func TestActorThatKeepsFailingIsGivenUp(t *testing.T) {
	h := new(holder)
	r := newRig(t, h, nil)
	in := newInbox(t, r.client)
	inFlight(t, r, h, in, 1)
	for range 11 {
		r.system.Root.Send(r.bridge.pid, (*connChanged)(nil))
	}
	select {
	case <-r.bridge.Done():
	case <-time.After(time.Minute):
		t.Fatalf("still there after %d restarts", r.bridge.Stats().Restarts)
	}
	drained := make(chan error, 1)
	go func() { drained <- r.bridge.Drain(t.Context()) }()
	h.release(&function.Result{Outcome: function.OK})
	require.NoError(t, <-drained)
	by, _, _ := in.outcomes()
	require.NotContains(t, by, "canceled")
}

func TestSubscriptionThatEndsUnaskedIsMadeAgain(t *testing.T) {
	r := newRig(t, dispatch(echo), nil)
	require.NoError(t, r.bridge.own.sub.sub.Unsubscribe())
	waitFor(t, "another subscription", func() (bool, any) {
		reply, err := r.client.Request("fn.a", []byte("x"), time.Second)
		return err == nil && string(reply.Data) == "x", err
	})
	r.logs.Await(t, "the subscription ended unasked")
}

func TestClosedConnectionEndsTheBridge(t *testing.T) {
	r := newRig(t, dispatch(echo), nil)
	r.bridge.deps.Conn.Close()
	select {
	case <-r.bridge.Done():
	case <-time.After(time.Minute):
		t.Fatal("Done stays open")
	}
	r.logs.Await(t, "closed for good")
	require.NoError(t, r.bridge.Close())
}

func TestRefusedSubscriptionFailsStart(t *testing.T) {
	ns := rawServer(t, &server.Options{Users: []*server.User{{
		Username: "u", Password: "p",
		Permissions: &server.Permissions{Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>"}}},
	}}})
	logs, events := new(logkit.Buffer), new(ConnEvents)
	cfg := connConfig(ns.ClientURL())
	cfg.User, cfg.Password, cfg.Events = "u", "p", events
	conn, err := Connect(t.Context(), cfg, logs.Logger())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	_, err = Start(t.Context(), DefaultConfig(), Deps{System: newSystem(t), Conn: conn, Dispatcher: dispatch(echo), Logger: logs.Logger()})
	require.ErrorIs(t, err, ErrSubscribe)
	require.ErrorIs(t, err, nats.ErrPermissionViolation)
	require.ErrorContains(t, err, "grant this user the subject")
	waitFor(t, "the handler's count", func() (bool, any) { s := events.Stats(); return s.PermissionViolations == 1, s })
	waitFor(t, "the log", func() (bool, any) { return strings.Contains(logs.String(), "NATS refused a subject"), logs.String() })
	waitFor(t, "no subscription", func() (bool, any) { return conn.NumSubscriptions() == 0, conn.NumSubscriptions() })
}

// TestMalformedHeaderBlock speaks the protocol by hand: no client would send it.
func TestMalformedHeaderBlock(t *testing.T) {
	r := newRig(t, dispatch(echo), nil)
	in, err := r.client.SubscribeSync("answers")
	require.NoError(t, err)
	require.NoError(t, r.client.Flush())
	raw, err := net.Dial("tcp", strings.TrimPrefix(r.server.ClientURL(), "nats://"))
	require.NoError(t, err)
	defer func() { require.NoError(t, raw.Close()) }()
	for name, block := range map[string]string{
		"no version":    "HTTP/1.1\r\nA: b\r\n\r\n",
		"no colon":      "NATS/1.0\r\nAb\r\n\r\n",
		"no blank line": "NATS/1.0\r\nA: b\r\n",
		"binary":        "\x00\xff\x00\xff",
	} {
		t.Run(name, func(t *testing.T) {
			_, err := fmt.Fprintf(raw, "CONNECT {\"headers\":true,\"verbose\":false}\r\nHPUB fn.a answers %d %d\r\n%sbody\r\nPING\r\n",
				len(block), len(block)+4, block)
			require.NoError(t, err)
			reply, err := in.NextMsg(time.Minute)
			require.NoError(t, err)
			requireOutcome(t, function.BadRequest, reply)
			require.Contains(t, reply.Header.Get(HeaderError), "header block")
		})
	}
	require.NoError(t, raw.SetReadDeadline(time.Now().Add(time.Minute)))
	line, err := bufio.NewReader(raw).ReadString('\n')
	require.NoError(t, err)
	require.True(t, strings.HasPrefix(line, "INFO"), line)
}

// rawServer is nats-server with options of its own, for what ServerConfig has not.
func rawServer(tb testing.TB, o *server.Options) *server.Server {
	tb.Helper()
	o.Host, o.Port, o.NoSigs, o.NoLog = "127.0.0.1", -1, true, true
	ns, err := server.NewServer(o)
	require.NoError(tb, err)
	ns.Start()
	require.True(tb, ns.ReadyForConnections(time.Minute))
	tb.Cleanup(func() {
		ns.Shutdown()
		ns.WaitForShutdown()
	})
	return ns
}
