package remoting

import (
	"context"
	"errors"
	"log/slog"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"
	"github.com/stretchr/testify/require"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials/insecure"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/proto"

	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

func send(tb testing.TB, from, to *end, body string) {
	tb.Helper()
	require.NoError(tb, from.session.Send(to.box(), nil, &isolanev1.Envelope{Body: []byte(body)}, nil))
}

func TestMessagesArriveInOrder(t *testing.T) {
	a, b := newEnd(t, Config{}, nil), newEnd(t, Config{}, nil)
	for i := range 500 {
		send(t, a, b, strings.Repeat("x", i))
	}
	for i := range 500 {
		require.Len(t, await(t, b.got).GetBody(), i)
	}
	// PIDs elsewhere resolve, with a sender.
	b.system.Root.Send(a.box(), &isolanev1.Envelope{Body: []byte("by pid")})
	require.Equal(t, "by pid", string(await(t, a.got).GetBody()))
}

func TestASessionReplacesTheOneBefore(t *testing.T) {
	a, b := newEnd(t, Config{DownFor: time.Millisecond}, nil), newEnd(t, Config{}, nil)
	send(t, a, b, "first")
	await(t, b.got)
	old := b.session
	b.attach(t)
	require.Equal(t, b.remote.Address(), await(t, a.lost), "what was sent over the old connection is uncertain")
	require.ErrorIs(t, old.Send(a.box(), nil, &isolanev1.Envelope{}, nil), ErrClosed)
	send(t, a, b, "second")
	require.Equal(t, "second", string(await(t, b.got).GetBody()))
}

func TestADeadPeerCostsLittleAndIsSaid(t *testing.T) {
	a := newEnd(t, Config{DownFor: time.Hour}, nil)
	dead := actor.NewPID("127.0.0.1:1", "box")
	failed := make(chan error, 1)
	// The dial may have failed before Send returns, or fail after it.
	if err := a.session.Send(dead, nil, &isolanev1.Envelope{}, func(err error) { failed <- err }); err != nil {
		failed <- err
	}
	require.ErrorIs(t, await(t, failed), ErrUnreachable)
	// It is not dialled again for a while.
	for errors.Is(a.session.Send(dead, nil, &isolanev1.Envelope{}, nil), nil) {
	}
	require.ErrorIs(t, a.session.Send(dead, nil, &isolanev1.Envelope{}, nil), ErrUnreachable)
}

func TestFinding07TooLargeIsRefusedEarly(t *testing.T) {
	a, b := newEnd(t, Config{MaxMessage: 5 << 20}, nil), newEnd(t, Config{MaxMessage: 5 << 20}, nil)
	var large *TooLargeError
	err := a.session.Send(b.box(), nil, &isolanev1.Envelope{Body: make([]byte, 5<<20)}, nil)
	require.ErrorAs(t, err, &large)
	require.Equal(t, 5<<20, large.Limit)
	// Over gRPC's default of 4 MiB, one by one and as a batch.
	for range 10 {
		send(t, a, b, strings.Repeat("x", 5<<20-100))
	}
	for range 10 {
		require.Len(t, await(t, b.got).GetBody(), 5<<20-100)
	}
	require.Empty(t, a.lost)
}

func TestFinding09AQueueIsSmallAndBounded(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0") // accepts, and never says a word
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	a := newEnd(t, Config{Queue: 10}, nil)
	pid := actor.NewPID(listener.Addr().String(), "box")
	var full error
	for range 12 {
		full = a.session.Send(pid, nil, &isolanev1.Envelope{}, nil)
	}
	require.ErrorIs(t, full, ErrQueueFull)
}

// raw is a client that keeps to no rule.
func raw(t *testing.T, e *end) remote.RemotingClient {
	t.Helper()
	conn, err := grpc.NewClient(e.remote.Address(), grpc.WithTransportCredentials(insecure.NewCredentials()))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, conn.Close()) })
	return remote.NewRemotingClient(conn)
}

func TestFinding05ListProcessesIsRefused(t *testing.T) {
	b := newEnd(t, Config{}, nil)
	c := raw(t, b)
	_, err := c.ListProcesses(t.Context(), &remote.ListProcessesRequest{})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
	_, err = c.GetProcessDiagnostics(t.Context(), &remote.GetProcessDiagnosticsRequest{})
	require.Equal(t, codes.PermissionDenied, status.Code(err))
}

func batchOf(m *remote.MessageBatch) *remote.RemoteMessage {
	return &remote.RemoteMessage{MessageType: &remote.RemoteMessage_MessageBatch{MessageBatch: m}}
}

func hello() *remote.RemoteMessage {
	return &remote.RemoteMessage{MessageType: &remote.RemoteMessage_ConnectRequest{ConnectRequest: &remote.ConnectRequest{
		ConnectionType: &remote.ConnectRequest_ServerConnection{ServerConnection: &remote.ServerConnection{SystemId: "x", Address: "127.0.0.1:9"}},
	}}}
}

func TestFinding05AnUnknownTypeIsDroppedAndTheRestArrives(t *testing.T) {
	b := newEnd(t, Config{}, nil)
	stream, err := raw(t, b).Receive(t.Context())
	require.NoError(t, err)
	require.NoError(t, stream.Send(hello()))
	_, err = stream.Recv()
	require.NoError(t, err)
	body, err := proto.Marshal(&isolanev1.Envelope{Body: []byte("after")})
	require.NoError(t, err)
	require.NoError(t, stream.Send(batchOf(&remote.MessageBatch{
		TypeNames: []string{"isolane.v9.Newer", "actor.Stop", envelopeName}, Targets: []*actor.PID{b.box()},
		Envelopes: []*remote.MessageEnvelope{{TypeId: 0}, {TypeId: 1}, {TypeId: 2, MessageData: body}},
	})))
	require.Equal(t, "after", string(await(t, b.got).GetBody()))
	require.EqualValues(t, 2, b.remote.Stats().Unknown)
}

func TestABatchThatBreaksTheProtocolEndsItsStreamAlone(t *testing.T) {
	for name, batch := range map[string]*remote.MessageBatch{
		"type out of range":   {Envelopes: []*remote.MessageEnvelope{{TypeId: 7}}},
		"negative type":       {TypeNames: []string{envelopeName}, Envelopes: []*remote.MessageEnvelope{{TypeId: -1}}},
		"target out of range": {TypeNames: []string{envelopeName}, Envelopes: []*remote.MessageEnvelope{{Target: 3}}},
		"sender out of range": {TypeNames: []string{envelopeName}, Targets: []*actor.PID{{Id: "box"}}, Envelopes: []*remote.MessageEnvelope{{Sender: -4}}},
		"not an envelope":     {TypeNames: []string{envelopeName}, Targets: []*actor.PID{{Id: "box"}}, Envelopes: []*remote.MessageEnvelope{{MessageData: []byte{0xff}}}},
	} {
		t.Run(name, func(t *testing.T) {
			b := newEnd(t, Config{}, nil)
			stream, err := raw(t, b).Receive(t.Context())
			require.NoError(t, err)
			require.NoError(t, stream.Send(hello()))
			_, err = stream.Recv()
			require.NoError(t, err)
			require.NoError(t, stream.Send(batchOf(batch)))
			_, err = stream.Recv()
			require.Equal(t, codes.InvalidArgument, status.Code(err))
			a := newEnd(t, Config{}, nil)
			send(t, a, b, "still there")
			await(t, b.got)
		})
	}
}

func TestFinding05APanicEndsItsStreamAlone(t *testing.T) {
	b := newEnd(t, Config{}, nil)
	err := b.remote.recoverStream(nil, fakeStream{}, nil, func(any, grpc.ServerStream) error { panic("oops") })
	require.Equal(t, codes.Internal, status.Code(err))
	require.EqualValues(t, 1, b.remote.Stats().Panics)
}

type fakeStream struct{ grpc.ServerStream }

func (fakeStream) Context() context.Context { return context.Background() }

func TestGarbageIsHarmless(t *testing.T) {
	b := newEnd(t, Config{}, nil)
	for _, garbage := range []string{"GET / HTTP/1.1\r\n\r\n", strings.Repeat("\x00", 1<<16), "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\xff\xff\xff"} {
		conn, err := net.Dial("tcp", b.remote.Address())
		require.NoError(t, err)
		_, _ = conn.Write([]byte(garbage))
		require.NoError(t, conn.Close())
	}
	a := newEnd(t, Config{}, nil)
	send(t, a, b, "still there")
	await(t, b.got)
}

func TestListenSaysWhatIsWrong(t *testing.T) {
	b := newEnd(t, Config{}, nil)
	_, err := Listen(t.Context(), Config{Listen: b.remote.Address()}, slog.New(slog.DiscardHandler))
	require.ErrorIs(t, err, syscall.EADDRINUSE)
	_, err = Listen(t.Context(), Config{Listen: "nowhere", Advertise: "0.0.0.0:1", MaxMessage: 1, TLS: &TLS{}}, slog.New(slog.DiscardHandler))
	for _, want := range []string{"nowhere", "0.0.0.0:1", "limit is 1", "no file for the CA", "no file for the key"} {
		require.ErrorContains(t, err, want)
	}
	_, err = Listen(t.Context(), Config{TLS: &TLS{CA: "/no/ca", Cert: "/no/cert", Key: "/no/key"}}, slog.New(slog.DiscardHandler))
	require.ErrorContains(t, err, "/no/ca")
	require.ErrorContains(t, err, "/no/cert")
}

func FuzzUnpack(f *testing.F) {
	seed, _ := proto.Marshal(batchOf(&remote.MessageBatch{TypeNames: []string{envelopeName}, Targets: []*actor.PID{{Id: "box"}}, Envelopes: []*remote.MessageEnvelope{{}}}))
	f.Add(seed)
	f.Fuzz(func(t *testing.T, data []byte) {
		var m remote.RemoteMessage
		if proto.Unmarshal(data, &m) != nil {
			return
		}
		_ = unpack(m.GetMessageBatch(), func(target, _ *actor.PID, _ map[string]string, e *isolanev1.Envelope) {
			if target == nil || e == nil {
				t.Fatal("delivered nothing")
			}
		}, func(string) {})
	})
}

func TestWhatIsTakenBackIsNotSent(t *testing.T) {
	a, b := newEnd(t, Config{}, nil), newEnd(t, Config{}, nil)
	for i := range 20 {
		body := &isolanev1.Envelope{Body: []byte{byte(i)}}
		require.NoError(t, a.session.SendIf(b.box(), nil, body, func() bool { return i%2 == 1 }, nil))
	}
	for i := 1; i < 20; i += 2 {
		require.Equal(t, []byte{byte(i)}, await(t, b.got).GetBody())
	}
	send(t, a, b, "last")
	require.Equal(t, "last", string(await(t, b.got).GetBody()))
}
