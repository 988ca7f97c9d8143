package hostnats

import (
	"context"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// patience bounds what must happen at some time.
const patience = time.Minute

// host starts a server, and a Host on a connection of its own; it returns another
// connection, of an onlooker.
func host(t *testing.T, configure func(*Config)) (*Host, *nats.Conn) {
	t.Helper()
	server := natskit.Start(t)
	return hostOn(t, server.ClientURL(), configure), server.Connect()
}

func hostOn(t *testing.T, url string, configure func(*Config), options ...nats.Option) *Host {
	t.Helper()
	cfg := DefaultConfig()
	cfg.Patience = patience
	if configure != nil {
		configure(&cfg)
	}
	h, err := New(natskit.Connect(t, url, options...), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, h.Close()) })
	return h
}

// caller is the invocation "inv" of the function "f", at its n-th message of each kind.
func caller(n int) hostcap.Caller {
	return hostcap.Caller{Function: "f", Invocation: "inv", Publish: n, Request: n}
}

func requireKind(t *testing.T, kind hostcap.Kind, err error, has ...string) {
	t.Helper()
	var known *hostcap.Error
	require.ErrorAs(t, err, &known)
	require.Equal(t, kind, known.Kind, known.Message)
	for _, text := range has {
		require.Contains(t, known.Message, text)
	}
}

// stream makes a stream for subject, and reads how many messages it has.
func stream(t *testing.T, nc *nats.Conn, cfg jetstream.StreamConfig) (count func() uint64) {
	t.Helper()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	s, err := js.CreateStream(t.Context(), cfg)
	require.NoError(t, err)
	return func() uint64 {
		info, err := s.Info(t.Context())
		require.NoError(t, err)
		return info.State.Msgs
	}
}

func bucket(t *testing.T, nc *nats.Conn, name string) jetstream.KeyValue {
	t.Helper()
	js, err := jetstream.New(nc)
	require.NoError(t, err)
	kv, err := js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: name, History: 3})
	require.NoError(t, err)
	return kv
}

func next(t *testing.T, sub *nats.Subscription) *nats.Msg {
	t.Helper()
	m, err := sub.NextMsg(patience)
	require.NoError(t, err)
	return m
}

func subscribe(t *testing.T, nc *nats.Conn, subject string) *nats.Subscription {
	t.Helper()
	sub, err := nc.SubscribeSync(subject)
	require.NoError(t, err)
	require.NoError(t, nc.Flush())
	return sub
}

// canceled is a context that is done.
func canceled(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	return ctx
}
