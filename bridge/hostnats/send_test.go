package hostnats

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

func TestPublishCarriesWhoSentIt(t *testing.T) {
	h, nc := host(t, nil)
	sub := subscribe(t, nc, "a.b")
	from := caller(2)
	from.Header = function.Header{"Isolane-Hops": {"3"}}
	require.NoError(t, h.Publish(t.Context(), from, hostcap.Message{
		Subject: "a.b", Data: []byte("data"), Header: function.Header{"X-One": {"1", "2"}},
	}))
	m := next(t, sub)
	require.Equal(t, "data", string(m.Data))
	require.Equal(t, nats.Header{
		"X-One": {"1", "2"}, "Nats-Msg-Id": {"inv/f/2"}, "Isolane-Invocation": {"inv.p2"}, "Isolane-Hops": {"4"},
	}, m.Header)
	require.Empty(t, m.Reply)
}

// TestPublishedOnce: what the same invocation publishes again, after a crash or a
// redelivery, a stream takes once; what differs in anything it takes.
func TestPublishedOnce(t *testing.T) {
	h, nc := host(t, nil)
	count := stream(t, nc, jetstream.StreamConfig{Name: "S", Subjects: []string{"s.>"}})
	publish := func(from hostcap.Caller, id string) hostcap.Ack {
		ack, err := h.PublishAcked(t.Context(), from, hostcap.Message{Subject: "s.a", ID: id})
		require.NoError(t, err)
		require.Equal(t, "S", ack.Stream)
		return ack
	}
	first := publish(caller(1), "")
	require.False(t, first.Duplicate)
	again := publish(caller(1), "")
	require.True(t, again.Duplicate)
	require.Equal(t, first.Sequence, again.Sequence)
	require.NoError(t, h.Publish(t.Context(), caller(1), hostcap.Message{Subject: "s.a"}), "without an acknowledgement too")
	require.EqualValues(t, 1, count())

	require.False(t, publish(caller(2), "").Duplicate)
	other := caller(1)
	other.Function = "g"
	require.False(t, publish(other, "").Duplicate)
	other = caller(1)
	other.Invocation = "other"
	require.False(t, publish(other, "").Duplicate)
	require.False(t, publish(caller(1), "mine").Duplicate)
	require.True(t, publish(other, "mine").Duplicate)
	require.EqualValues(t, 5, count())
}

func TestPublishAckedNeedsAStream(t *testing.T) {
	h, nc := host(t, nil)
	_, err := h.PublishAcked(t.Context(), caller(1), hostcap.Message{Subject: "nowhere"})
	requireKind(t, hostcap.NoStream, err, "no stream captures the subject")

	stream(t, nc, jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}, MaxMsgs: 1, Discard: jetstream.DiscardNew})
	_, err = h.PublishAcked(t.Context(), caller(1), hostcap.Message{Subject: "s"})
	require.NoError(t, err)
	_, err = h.PublishAcked(t.Context(), caller(2), hostcap.Message{Subject: "s"})
	requireKind(t, hostcap.Refused, err, "maximum messages")

	stream(t, nc, jetstream.StreamConfig{Name: "T", Subjects: []string{"t"}, MaxMsgSize: 10})
	_, err = h.PublishAcked(t.Context(), caller(3), hostcap.Message{Subject: "t", Data: make([]byte, 100)})
	requireKind(t, hostcap.TooLarge, err)
}

func TestRequest(t *testing.T) {
	h, nc := host(t, nil)
	_, err := nc.Subscribe("echo", func(m *nats.Msg) {
		_ = m.RespondMsg(&nats.Msg{Data: m.Data, Header: m.Header})
	})
	require.NoError(t, err)
	silent := subscribe(t, nc, "silent")

	from := caller(1)
	from.Deadline = time.Now().Add(time.Hour)
	reply, err := h.Request(t.Context(), from, hostcap.Message{Subject: "echo", Data: []byte("x")}, 1500*time.Millisecond)
	require.NoError(t, err)
	require.Equal(t, "echo", reply.Subject)
	require.Equal(t, "x", string(reply.Data))
	require.Equal(t, function.Header{"Isolane-Hops": {"1"}, "Isolane-Callers": {"f"}, "Isolane-Invocation": {"inv.r1"}, "Isolane-Timeout": {"1.5s"}}, reply.Header)

	_, err = h.Request(t.Context(), caller(1), hostcap.Message{Subject: "nobody"}, 0)
	requireKind(t, hostcap.NoResponders, err, "nobody listens on nobody")
	_, err = h.Request(t.Context(), caller(1), hostcap.Message{Subject: "silent"}, time.Millisecond)
	requireKind(t, hostcap.Timeout, err, "no answer from silent within 1ms")

	ctx, cancel := context.WithCancel(t.Context())
	asked := make(chan error, 1)
	go func() {
		_, err := h.Request(ctx, caller(1), hostcap.Message{Subject: "silent", Data: []byte("given up")}, 0)
		asked <- err
	}()
	for string(next(t, silent).Data) != "given up" {
	}
	cancel()
	requireKind(t, hostcap.Aborted, <-asked)
}

func TestWhatIsNotSent(t *testing.T) {
	h, nc := host(t, nil)
	sub := subscribe(t, nc, ">")
	for _, name := range []string{"Nats-Msg-Id", "nats-expected-stream", "Isolane-Hops", "Isolane-Callers", "isolane-invocation", "Status", "a b", ""} {
		err := h.Publish(t.Context(), caller(1), hostcap.Message{Subject: "a", Header: function.Header{name: {"x"}}})
		requireKind(t, hostcap.Invalid, err, name)
	}
	err := h.Publish(t.Context(), caller(1), hostcap.Message{Subject: "a", ID: "a\nb"})
	requireKind(t, hostcap.Invalid, err, "msgId")
	large := hostcap.Message{Subject: "a", Data: make([]byte, h.MaxPayload())}
	err = h.Publish(t.Context(), caller(1), large)
	requireKind(t, hostcap.TooLarge, err, "bytes with the headers are more than the server takes")
	_, err = h.PublishAcked(t.Context(), caller(1), large)
	requireKind(t, hostcap.TooLarge, err)
	_, err = h.Request(t.Context(), caller(1), large, 0)
	requireKind(t, hostcap.TooLarge, err)

	from := caller(1)
	from.Header = function.Header{"Isolane-Hops": {"32"}, "Isolane-Callers": {"a,b,c,f,g"}}
	err = h.Publish(t.Context(), from, hostcap.Message{Subject: "a"})
	requireKind(t, hostcap.Loop, err, "32 calls", "(... > c > f > g > f)", "runtimes.maxHops")
	_, err = h.Request(t.Context(), from, hostcap.Message{Subject: "a"}, 0)
	requireKind(t, hostcap.Loop, err)

	require.NoError(t, h.conn.Flush())
	require.NoError(t, nc.Flush())
	pending, _, err := sub.Pending()
	require.NoError(t, err)
	require.Zero(t, pending)
}

// TestRefusedByTheServer: the server lets the node's user publish to some subjects alone.
func TestRefusedByTheServer(t *testing.T) {
	s, err := server.NewServer(&server.Options{
		Host: "127.0.0.1", Port: -1, NoSigs: true, NoLog: true,
		Users: []*server.User{{Username: "node", Password: "p", Permissions: &server.Permissions{
			Publish: &server.SubjectPermission{Allow: []string{"ok.>"}},
		}}},
	})
	require.NoError(t, err)
	s.Start()
	t.Cleanup(func() { s.Shutdown(); s.WaitForShutdown() })
	require.True(t, s.ReadyForConnections(patience))
	h := hostOn(t, s.ClientURL(), nil, nats.UserInfo("node", "p"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	for range 3 {
		require.NoError(t, h.Publish(t.Context(), caller(1), hostcap.Message{Subject: "ok.a"}))
		err := h.Publish(t.Context(), caller(1), hostcap.Message{Subject: "no"})
		requireKind(t, hostcap.Refused, err, "grant it in the server's configuration")
	}
	require.NoError(t, h.Publish(t.Context(), caller(1), hostcap.Message{Subject: "ok.a"}))
}

// Who waits for an answer is said with the turn of the last key among them.
func TestWaited(t *testing.T) {
	for name, c := range map[string]struct {
		from    hostcap.Caller
		callers string
		turn    []string
	}{
		"a function":     {hostcap.Caller{Function: "web", Invocation: "i"}, "web", nil},
		"a key":          {hostcap.Caller{Function: "order", Key: "7", Invocation: "i"}, "order/7", []string{"i"}},
		"for a key":      {hostcap.Caller{Function: "web", Invocation: "i.r1", Header: function.Header{bridge.HeaderCallers: {"order/7"}, bridge.HeaderTurn: {"i"}}}, "order/7,web", []string{"i"}},
		"a key, further": {hostcap.Caller{Function: "order", Key: "8", Invocation: "i.c1", Header: function.Header{bridge.HeaderCallers: {"order/7"}, bridge.HeaderTurn: {"i"}}}, "order/7,order/8", []string{"i.c1"}},
	} {
		t.Run(name, func(t *testing.T) {
			header := nats.Header{}
			waited(header, c.from)
			require.Equal(t, c.callers, header.Get(bridge.HeaderCallers))
			require.Equal(t, c.turn, header[bridge.HeaderTurn])
		})
	}
}
