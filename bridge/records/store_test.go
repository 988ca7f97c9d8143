package records

import (
	"context"
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
	"github.com/isolane/isolane/jsruntime/function"
)

// patience bounds what should be soon; the machine may be slow.
const patience = 60 * time.Second

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// order is a run for a message of ORDERS; orders are the places of a batch.
func order(n uint64, name string) Run {
	return Run{Kind: Message, Function: name, Invocation: fmt.Sprintf("s%d/%s", n, name), Stream: "ORDERS", Places: Places{n}, Outcome: function.Exception, Attempt: 1}
}

func orders(id string, places ...uint64) Run {
	return Run{Kind: Batch, Function: "pay", Invocation: id, Stream: "ORDERS", Places: places, Outcome: function.Exception, Attempt: 2}
}

// last is the last record that q picks.
func last(ctx context.Context, s *Store, q Query) (data string, run Run, err error) {
	runs, _, err := s.Find(ctx, q)
	if err != nil {
		return "", Run{}, err
	}
	if run, err = Only(runs); err != nil {
		return "", Run{}, err
	}
	got, err := s.Get(ctx, run)
	return string(got), run, err
}

func message(n uint64, name string) Query {
	return Query{Stream: "ORDERS", Sequence: n, Function: name}
}

func TestTheLastRunIsKept(t *testing.T) {
	js := natskit.Start(t).JetStream()
	s := New(js, DefaultConfig())
	_, _, err := last(t.Context(), s, message(7, "pay"))
	require.ErrorIs(t, err, ErrNone)
	_, err = js.KeyValue(t.Context(), "isolane-records")
	require.ErrorIs(t, err, jetstream.ErrBucketNotFound, "to look makes nothing")

	require.NoError(t, s.Put(t.Context(), order(7, "pay"), []byte("first")))
	require.NoError(t, s.Put(t.Context(), order(7, "pay"), []byte("last")))
	require.NoError(t, s.Put(t.Context(), order(77, "pay"), []byte("of another")))
	data, run, err := last(t.Context(), s, message(7, ""))
	require.NoError(t, err)
	require.Equal(t, "last", data)
	require.WithinDuration(t, time.Now(), run.At, time.Hour)
	want := order(7, "pay")
	want.At, want.Bytes, want.place = run.At, 4, run.place
	require.Equal(t, want, run)
	_, _, err = last(t.Context(), s, message(8, ""))
	require.ErrorIs(t, err, ErrNone)
	_, _, err = last(t.Context(), s, message(7, "ship"))
	require.ErrorIs(t, err, ErrNone)

	require.NoError(t, s.Put(t.Context(), order(7, "ship"), []byte("beside")))
	_, _, err = last(t.Context(), s, message(7, ""))
	require.ErrorIs(t, err, ErrSeveral)
	require.ErrorContains(t, err, "pay, ship")
	data, run, err = last(t.Context(), s, message(7, "ship"))
	require.NoError(t, err)
	require.Equal(t, "beside", data)

	kv, err := js.KeyValue(t.Context(), "isolane-records")
	require.NoError(t, err)
	status, err := kv.Status(t.Context())
	require.NoError(t, err)
	require.Equal(t, DefaultConfig().TTL, status.TTL())
	require.EqualValues(t, 1, status.History())

	// What is deleted by hand is gone.
	require.NoError(t, kv.Delete(t.Context(), run.place))
	_, err = s.Get(t.Context(), run)
	require.ErrorIs(t, err, ErrNone)
	_, _, err = last(t.Context(), s, message(7, "ship"))
	require.ErrorIs(t, err, ErrNone)
}

// Each kind is found by what names it, and listed unread.
func TestWhatIsFound(t *testing.T) {
	js := natskit.Start(t).JetStream()
	s := New(js, DefaultConfig())
	alarm := Run{Kind: Alarm, Function: "bell", Invocation: "a1", Key: "Grüße/7", Outcome: function.OK, Attempt: 1}
	call := Run{Kind: Call, Function: "bell", Invocation: "s9.c1", Key: "7", Method: "add", Outcome: function.Timeout, Attempt: 1}
	keyed := order(3, "bell")
	keyed.Key = "7"
	all := []Run{order(7, "pay"), orders("b1", 1, 2, 3, 9), orders("b2", 2, 3), alarm, call, keyed}
	for _, r := range all {
		require.NoError(t, s.Put(t.Context(), r, []byte(r.Invocation)))
	}
	for name, c := range map[string]struct {
		q    Query
		want []string
	}{
		"all":                  {Query{}, []string{"s7/pay", "b1", "b2", "a1", "s9.c1", "s3/bell"}},
		"a function's":         {Query{Function: "bell"}, []string{"a1", "s9.c1", "s3/bell"}},
		"a kind":               {Query{Kind: Batch}, []string{"b1", "b2"}},
		"a key's":              {Query{Key: "7"}, []string{"s9.c1", "s3/bell"}},
		"an alarm's":           {Query{Invocation: "a1"}, []string{"a1"}},
		"a call's":             {Query{Invocation: "s9.c1"}, []string{"s9.c1"}},
		"a batch's":            {Query{Invocation: "b2"}, []string{"b2"}},
		"a message's":          {Query{Invocation: "s7/pay"}, []string{"s7/pay"}},
		"a message":            {message(7, ""), []string{"s7/pay"}},
		"in two batches":       {message(2, ""), []string{"b1", "b2"}},
		"in one of them":       {message(9, "pay"), []string{"b1"}},
		"between two":          {message(4, ""), nil},
		"alone and in batches": {message(3, ""), []string{"b1", "b2", "s3/bell"}},
		"of another stream":    {Query{Stream: "ORDER", Sequence: 7}, nil},
		"nobody's":             {Query{Invocation: "a2"}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			runs, foreign, err := s.Find(t.Context(), c.q)
			require.NoError(t, err)
			require.Zero(t, foreign)
			var got []string
			for _, r := range runs {
				got = append(got, r.Invocation)
				data, err := s.Get(t.Context(), r)
				require.NoError(t, err)
				require.Equal(t, r.Invocation, string(data))
				require.Equal(t, len(data), r.Bytes)
			}
			require.Equal(t, c.want, got)
		})
	}
	words := []string{}
	runs, _, err := s.Find(t.Context(), Query{})
	require.NoError(t, err)
	for _, r := range runs {
		words = append(words, r.What())
	}
	require.Equal(t, []string{"ORDERS:7", "ORDERS:1-3,9", "ORDERS:2-3", "alarm of Grüße/7", "7.add", "ORDERS:3"}, words)

	// What else stands in the bucket is counted, and left out.
	kv, err := js.KeyValue(t.Context(), "isolane-records")
	require.NoError(t, err)
	for _, key := range []string{"alarm.bell.0", "note"} {
		_, err = kv.Put(t.Context(), key, []byte("by hand"))
		require.NoError(t, err)
	}
	runs, foreign, err := s.Find(t.Context(), Query{})
	require.NoError(t, err)
	require.Equal(t, 1, foreign)
	require.Len(t, runs, len(all))
}

// Streams and invocations may have names that keys may not.
func TestAnyStreamIsAKey(t *testing.T) {
	s := New(natskit.Start(t).JetStream(), DefaultConfig())
	names := []string{"ORDERS", "KV_stock", "Bestände", "a b", "x=y", "%"}
	for n, stream := range names {
		run := order(1, "pay")
		run.Stream, run.Invocation = stream, fmt.Sprintf("*.>%d", n)
		require.NoError(t, s.Put(t.Context(), run, []byte(stream)))
	}
	for n, stream := range names {
		data, _, err := last(t.Context(), s, Query{Stream: stream, Sequence: 1})
		require.NoError(t, err)
		require.Equal(t, stream, data)
		data, _, err = last(t.Context(), s, Query{Invocation: fmt.Sprintf("*.>%d", n)})
		require.NoError(t, err)
		require.Equal(t, stream, data)
	}
}

// A record goes after its time, and says no more then than one that never was.
func TestRecordsExpire(t *testing.T) {
	cfg := DefaultConfig()
	cfg.TTL = time.Second
	s := New(natskit.Start(t).JetStream(), cfg)
	require.NoError(t, s.Put(t.Context(), order(7, "pay"), []byte("soon gone")))
	require.Eventually(t, func() bool {
		runs, _, err := s.Find(t.Context(), message(7, "pay"))
		return err == nil && len(runs) == 0
	}, patience, 50*time.Millisecond)
}

// Where the bucket is full the newest is refused, and what is there stays.
func TestAFullBucketTakesNoMore(t *testing.T) {
	cfg := DefaultConfig()
	cfg.Bytes = 64 << 10
	s := New(natskit.Start(t).JetStream(), cfg)
	record := []byte(strings.Repeat("x", 20<<10))
	var err error
	for n := uint64(1); n < 10 && err == nil; n++ {
		err = s.Put(t.Context(), order(n, "pay"), record)
	}
	require.Error(t, err)
	require.True(t, bridge.NoRoom(err), "%v", err)
	_, _, err = last(t.Context(), s, message(1, "pay"))
	require.NoError(t, err)
}

func TestARecordOverTheMaxPayload(t *testing.T) {
	js := natskit.Start(t).JetStream()
	s := New(js, DefaultConfig())
	require.ErrorIs(t, s.Put(t.Context(), order(1, "pay"), make([]byte, js.Conn().MaxPayload()+1)), nats.ErrMaxPayload)
	require.NoError(t, s.Put(t.Context(), order(1, "pay"), []byte("x")), "the next one is taken")
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
		members.Go(func() { errs <- s.Put(t.Context(), order(uint64(n+1), "pay"), fmt.Append(nil, n)) })
	}
	members.Wait()
	close(errs)
	for err := range errs {
		require.NoError(t, err)
	}
	js := server.JetStream()
	s := New(js, DefaultConfig())
	require.NoError(t, s.Put(t.Context(), order(9, "pay"), []byte("x")))
	require.NoError(t, js.DeleteKeyValue(t.Context(), "isolane-records"))
	require.Error(t, s.Put(t.Context(), order(9, "pay"), []byte("lost")))
	require.NoError(t, s.Put(t.Context(), order(9, "pay"), []byte("kept")))
	data, _, err := last(t.Context(), s, message(9, "pay"))
	require.NoError(t, err)
	require.Equal(t, "kept", data)
}
