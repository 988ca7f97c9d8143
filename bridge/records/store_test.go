package records

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/internal/natskit"
)

// patience bounds what should be soon; the machine may be slow.
const patience = 60 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestTheLastRunIsKept(t *testing.T) {
	js := natskit.Start(t).JetStream()
	s := New(js, DefaultConfig())
	_, _, err := s.Get(t.Context(), "ORDERS", 7, "pay")
	require.ErrorIs(t, err, ErrNone)
	require.ErrorContains(t, err, "there is no bucket isolane-records yet")
	_, err = js.KeyValue(t.Context(), "isolane-records")
	require.ErrorIs(t, err, jetstream.ErrBucketNotFound, "to look makes nothing")

	require.NoError(t, s.Put(t.Context(), "ORDERS", 7, "pay", []byte("first")))
	require.NoError(t, s.Put(t.Context(), "ORDERS", 7, "pay", []byte("last")))
	require.NoError(t, s.Put(t.Context(), "ORDERS", 77, "pay", []byte("of another")))
	data, ran, err := s.Get(t.Context(), "ORDERS", 7, "")
	require.NoError(t, err)
	require.Equal(t, "last", string(data))
	require.Equal(t, "pay", ran)
	_, _, err = s.Get(t.Context(), "ORDERS", 8, "")
	require.ErrorIs(t, err, ErrNone)
	_, _, err = s.Get(t.Context(), "ORDERS", 7, "ship")
	require.ErrorIs(t, err, ErrNone)
	require.ErrorContains(t, err, "by ship")

	require.NoError(t, s.Put(t.Context(), "ORDERS", 7, "ship", []byte("beside")))
	_, _, err = s.Get(t.Context(), "ORDERS", 7, "")
	require.ErrorIs(t, err, ErrSeveral)
	require.ErrorContains(t, err, "pay, ship")
	data, _, err = s.Get(t.Context(), "ORDERS", 7, "ship")
	require.NoError(t, err)
	require.Equal(t, "beside", string(data))

	status, err := s.kv.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, DefaultConfig().TTL, status.TTL())
	require.EqualValues(t, 1, status.History())
}

// Streams may have names that keys of a bucket may not.
func TestAnyStreamIsAKey(t *testing.T) {
	s := New(natskit.Start(t).JetStream(), DefaultConfig())
	for n, stream := range []string{"ORDERS", "KV_stock", "Bestände", "a b", "x=y", "%"} {
		require.NoError(t, s.Put(t.Context(), stream, 1, "pay", []byte{byte(n)}))
	}
	for n, stream := range []string{"ORDERS", "KV_stock", "Bestände", "a b", "x=y", "%"} {
		data, _, err := s.Get(t.Context(), stream, 1, "")
		require.NoError(t, err)
		require.Equal(t, []byte{byte(n)}, data)
	}
}

// A record goes after its time, and says no more then than one that never was.
func TestRecordsExpire(t *testing.T) {
	cfg := DefaultConfig()
	cfg.TTL = time.Second
	s := New(natskit.Start(t).JetStream(), cfg)
	require.NoError(t, s.Put(t.Context(), "ORDERS", 7, "pay", []byte("soon gone")))
	require.Eventually(t, func() bool {
		_, _, err := s.Get(t.Context(), "ORDERS", 7, "pay")
		return errors.Is(err, ErrNone)
	}, patience, 50*time.Millisecond)
	_, _, err := s.Get(t.Context(), "ORDERS", 7, "")
	require.ErrorIs(t, err, ErrNone)
}

// Where the bucket is full the newest is refused, and what is there stays.
func TestAFullBucketTakesNoMore(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Bytes = 64 << 10
	s := New(natskit.Start(t).JetStream(), cfg)
	record := []byte(strings.Repeat("x", 20<<10))
	var err error
	for n := uint64(1); n < 10 && err == nil; n++ {
		err = s.Put(t.Context(), "ORDERS", n, "pay", record)
	}
	require.Error(t, err)
	require.True(t, bridge.NoRoom(err), "%v", err)
	_, _, err = s.Get(t.Context(), "ORDERS", 1, "pay")
	require.NoError(t, err)
}

func TestARecordOverTheMaxPayload(t *testing.T) {
	js := natskit.Start(t).JetStream()
	s := New(js, DefaultConfig())
	require.ErrorIs(t, s.Put(t.Context(), "ORDERS", 1, "pay", make([]byte, js.Conn().MaxPayload()+1)), nats.ErrMaxPayload)
	require.NoError(t, s.Put(t.Context(), "ORDERS", 1, "pay", []byte("x")), "the next one is taken")
}

// Many members make the bucket at the same time, with bounds of their own, and one that is
// deleted is made again.
func TestTheBucketIsMadeWhenItIsNeeded(t *testing.T) {
	server := natskit.Start(t)
	var members sync.WaitGroup
	errs := make(chan error, 8)
	for n := range 8 {
		cfg := DefaultConfig()
		cfg.Bytes += int64(n)
		s := New(server.JetStream(), cfg)
		members.Go(func() { errs <- s.Put(t.Context(), "ORDERS", uint64(n+1), "pay", fmt.Append(nil, n)) })
	}
	members.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	js := server.JetStream()
	s := New(js, DefaultConfig())
	require.NoError(t, s.Put(t.Context(), "ORDERS", 9, "pay", []byte("x")))
	require.NoError(t, js.DeleteKeyValue(t.Context(), "isolane-records"))
	require.Error(t, s.Put(t.Context(), "ORDERS", 9, "pay", []byte("lost")))
	require.NoError(t, s.Put(t.Context(), "ORDERS", 9, "pay", []byte("kept")))
	data, _, err := s.Get(t.Context(), "ORDERS", 9, "pay")
	require.NoError(t, err)
	require.Equal(t, "kept", string(data))
}
