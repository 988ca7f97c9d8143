package stream

import (
	"cmp"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/records"
	"github.com/isolane/isolane/cluster/lease"
	"github.com/isolane/isolane/jsruntime/function"
)

// recorded fails on whatever contains "no", and leaves a record of each run.
func recorded(inv *function.Invocation) *function.Result {
	res := ok(inv)
	if inv.Subject == "orders.1.no" {
		res = function.Failure(function.Exception, "no")
	}
	res.Record = []byte("attempt " + string(rune('0'+inv.Attempt)))
	return res
}

func twice(s *function.Stream) {
	s.Deliveries, s.Backoff = 2, []time.Duration{time.Millisecond}
}

// The last run's record is kept before the message is settled, and its dead letter names it: in
// any order, and by key.
func TestRecordsAreKept(t *testing.T) {
	for name, join := range map[string]func(*testing.T, *rig) *Triggers{
		"no order": func(t *testing.T, r *rig) *Triggers { t.Helper(); return r.join(t, answers(recorded), orders(twice)) },
		"order": func(t *testing.T, r *rig) *Triggers {
			t.Helper()
			return r.joinAlone(t, answers(recorded), inOrder(twice))
		},
		"keyed": func(t *testing.T, r *rig) *Triggers {
			t.Helper()
			return r.joinKeyed(t, new(lease.Memory), "a", answers(recorded), byKey(twice), nil)
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			m := join(t, r)
			r.publish(t, "orders.1.no", "")
			r.publish(t, "orders.2.yes", "")
			r.waitFor(t, "a dead letter and two records", func() (bool, any) {
				s := m.Stats()[0]
				return s.DeadLetters == 1 && s.Recorded == 3, s
			})
			letters := r.letters(t)
			require.Len(t, letters, 1)
			require.Equal(t, "ORDERS:1", letters[0].Record)
			kept := records.New(r.js, records.DefaultConfig())
			data, ran, err := kept.Get(t.Context(), "ORDERS", 1, "")
			require.NoError(t, err)
			require.Equal(t, "pay", ran)
			require.Equal(t, "attempt 2", string(data))
			data, _, err = kept.Get(t.Context(), "ORDERS", 2, "pay")
			require.NoError(t, err)
			require.Equal(t, "attempt 1", string(data))
			require.Zero(t, m.Stats()[0].Unrecorded)
		})
	}
}

// Where records cannot be kept, messages are settled as ever, and the log says what to do.
func TestRecordsThatCannotBeKept(t *testing.T) {
	for name, c := range map[string]struct {
		bucket jetstream.KeyValueConfig
		size   int
		want   string
	}{
		"full":      {jetstream.KeyValueConfig{Bucket: "isolane-records", MaxBytes: 1024}, 100_000, "the bucket of records is full"},
		"too large": {jetstream.KeyValueConfig{Bucket: "isolane-records", MaxValueSize: 1024}, 100_000, "look at the bucket of records"},
		"payload":   {jetstream.KeyValueConfig{Bucket: "isolane-records"}, 0, "raise the server's max_payload"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRig(t)
			_, err := r.js.CreateKeyValue(t.Context(), c.bucket)
			require.NoError(t, err)
			m := r.join(t, answers(func(inv *function.Invocation) *function.Result {
				res := recorded(inv)
				res.Record = make([]byte, cmp.Or(c.size, int(r.conn.MaxPayload())+1))
				return res
			}), orders(twice))
			r.publish(t, "orders.1.no", "")
			r.publish(t, "orders.2.yes", "")
			r.settled(t, 2)
			r.waitFor(t, "what is counted", func() (bool, any) {
				s := m.Stats()[0]
				return s.Unrecorded == 3 && s.DeadLetters == 1 && s.Recorded == 0, s
			})
			require.Contains(t, r.logs.String(), "the record of a run cannot be kept, and is lost")
			require.Contains(t, r.logs.String(), c.want)
			letters := r.letters(t)
			require.Len(t, letters, 1)
			require.Empty(t, letters[0].Record)
		})
	}
}

// Who records nothing has no bucket of records.
func TestWithoutRecordsThereIsNoBucket(t *testing.T) {
	r := newRig(t)
	m := r.join(t, answers(ok), orders(nil))
	r.publish(t, "orders.1.new", "")
	r.settled(t, 1)
	_, err := r.js.KeyValue(t.Context(), "isolane-records")
	require.ErrorIs(t, err, jetstream.ErrBucketNotFound)
	require.Zero(t, m.Stats()[0].Recorded)
}
