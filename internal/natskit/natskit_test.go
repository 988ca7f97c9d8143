package natskit

import (
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// A server that is stopped and started has its port and its streams, and connections come back.
func TestRestart(t *testing.T) {
	s := Start(t)
	url := s.ClientURL()
	back := make(chan struct{}, 1)
	js := JetStream(t, s.Connect(nats.ReconnectHandler(func(*nats.Conn) { back <- struct{}{} })))
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "A", Subjects: []string{"a"}})
	require.NoError(t, err)
	_, err = js.Publish(t.Context(), "a", []byte("kept"))
	require.NoError(t, err)
	s.Restart(time.Millisecond)
	require.Equal(t, url, s.ClientURL())
	<-back
	a, err := s.JetStream().Stream(t.Context(), "A")
	require.NoError(t, err)
	msg, err := a.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, "kept", string(msg.Data))
	s.Stop()
	s.Stop()
}

func TestOthers(t *testing.T) {
	plain := Start(t, WithoutJetStream)
	_, err := plain.JetStream().AccountInfo(t.Context())
	require.Error(t, err)
	raw := Raw(t, &server.Options{JetStream: true})
	_, err = JetStream(t, Connect(t, raw.ClientURL())).AccountInfo(t.Context())
	require.NoError(t, err)
}
