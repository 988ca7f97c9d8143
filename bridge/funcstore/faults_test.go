package funcstore

import (
	"context"
	"testing"

	natsserver "github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/internal/natskit"
)

// A server without room refuses a deploy at once, in words that say what to do; what is
// deployed stays.
func TestNoRoomForADeploy(t *testing.T) {
	s := natskit.Raw(t, &natsserver.Options{JetStream: true, JetStreamMaxStore: 1 << 20})
	conn := natskit.Connect(t, s.ClientURL())
	js := natskit.JetStream(t, conn)
	store, err := Open(t.Context(), conn, DefaultConfig())
	require.NoError(t, err)
	r, err := deploy(t.Context(), store, "f", '1', []byte("small"))
	require.NoError(t, err)
	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "OTHER", Subjects: []string{"other"}})
	require.NoError(t, err)
	for size := 256 << 10; size > 64; {
		if _, err := js.Publish(t.Context(), "other", make([]byte, size)); err != nil {
			size /= 2
		}
	}
	ctx, cancel := context.WithTimeout(t.Context(), deadline)
	defer cancel()
	_, err = store.Put(ctx, "f", "222222222222", []byte("another"))
	require.ErrorContains(t, err, bridge.RoomAdvice)
	next, err := r.Remove(stamp("x"))
	require.NoError(t, err)
	_, err = store.Commit(ctx, r, next)
	require.ErrorContains(t, err, "nothing was written: "+bridge.RoomAdvice)
	require.NoError(t, ctx.Err(), "neither was tried until the end")
	body, err := store.Object(ctx, r.Live()[0])
	require.NoError(t, err)
	require.Equal(t, "small", string(body))
}
