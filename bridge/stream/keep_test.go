package stream

import (
	"cmp"
	"context"
	"fmt"
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

// record is the last record that q picks, and what it is of.
func (r *rig) record(t *testing.T, q records.Query) (data string, run records.Run) {
	t.Helper()
	store := records.New(r.js, records.DefaultConfig())
	runs, foreign, err := store.Find(t.Context(), q)
	require.NoError(t, err)
	require.Zero(t, foreign)
	run, err = records.Only(runs)
	require.NoError(t, err)
	got, err := store.Get(t.Context(), run)
	require.NoError(t, err)
	return string(got), run
}

// joinHeld is joinKeyed with a lease that no pause of the machine outlasts: who gives up what another
// epoch has run has no record of it.
func (r *rig) joinHeld(t *testing.T, d Dispatcher, trigger Trigger) *Triggers {
	t.Helper()
	m := r.join(t, d)
	m.deps.KeyedLeases = leases{Store: new(lease.Memory), name: "a", conn: m.deps.Conn, ttl: patience}
	m.Set([]Trigger{trigger})
	return m
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
			return r.joinHeld(t, answers(recorded), byKey(twice))
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
			require.Equal(t, "ORDERS:1", letters[0].Record, "%+v\n%s", letters[0], r.logs)
			data, run := r.record(t, records.Query{Stream: "ORDERS", Sequence: 1})
			require.Equal(t, "attempt 2", data)
			require.Equal(t, "pay", run.Function)
			require.Equal(t, function.Exception, run.Outcome)
			require.Equal(t, 2, run.Attempt)
			require.Equal(t, letters[0].Invocation, run.Invocation)
			data, _ = r.record(t, records.Query{Invocation: run.Invocation})
			require.Equal(t, "attempt 2", data)
			data, run = r.record(t, records.Query{Stream: "ORDERS", Sequence: 2})
			require.Equal(t, "attempt 1", data)
			require.Equal(t, function.OK, run.Outcome)
			if name == "keyed" {
				require.Equal(t, "2", run.Key)
			}
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
			r.logs.Await(t, "the record of a run cannot be kept, and is lost")
			r.logs.Await(t, c.want)
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

// The runs of a batch are kept under all of its messages, and each dead letter names its own.
func TestRecordsOfBatches(t *testing.T) {
	r := newRig(t)
	for _, word := range []string{"a", "b", "bad", "c"} {
		r.publish(t, "orders.1.new", word)
	}
	m := r.join(t, answers(func(inv *function.Invocation) *function.Result {
		res := ok(inv)
		if has(inv, "bad") {
			res = function.Failure(function.Exception, "bad")
			res.Record = fmt.Append(nil, "of ", len(inv.Batch))
		}
		return res
	}), batches(4, func(s *function.Stream) { s.Deliveries, s.Batch.Wait = 2, patience }))
	r.settled(t, 4)
	require.NoError(t, m.Drain(t.Context()))
	letters := r.letters(t)
	require.Len(t, letters, 1)
	require.Equal(t, "ORDERS:3", letters[0].Record)
	data, run := r.record(t, records.Query{Stream: "ORDERS", Sequence: 1})
	require.Equal(t, "of 4", data)
	require.Equal(t, records.Batch, run.Kind)
	require.Equal(t, records.Places{1, 2, 3, 4}, run.Places)
	data, run = r.record(t, records.Query{Stream: "ORDERS", Sequence: 3})
	require.Equal(t, "of 1", data, "the last run")
	require.Equal(t, letters[0].Invocation, run.Invocation)
}

// Alarms and calls are kept under the id of their invocation. Nobody waits until they are stored,
// but for the dead letter of an alarm, which names it.
func TestRecordsOfAlarmsAndCalls(t *testing.T) {
	r := newRig(t)
	m := r.joinHeld(t, answers(func(inv *function.Invocation) *function.Result {
		res := rings(inv)
		switch {
		case inv.Keyed.Due:
			res = function.Failure(function.Exception, "no")
			res.Record = fmt.Append(nil, inv.ID, " attempt ", inv.Attempt)
		case inv.Keyed.Method != "":
			res.Record = []byte("call " + inv.ID)
		}
		res.Receipt.Version = "v9"
		return res
	}), byKey(twice))
	h := r.caller(t, nil)
	r.publish(t, "orders.a.new", "in 1ms")
	r.waitFor(t, "a dead letter", func() (bool, any) { s := m.Stats()[0]; return s.DeadLetters == 1, s })
	letters := r.letters(t)
	require.Len(t, letters, 1)
	require.Equal(t, letters[0].Invocation, letters[0].Record)
	data, run := r.record(t, records.Query{Invocation: letters[0].Record})
	require.Equal(t, letters[0].Record+" attempt 2", data)
	require.Equal(t, records.Run{
		Kind: records.Alarm, Function: "pay", Version: "v9", Invocation: letters[0].Record, Key: "a", Outcome: function.Exception, Attempt: 2,
	}, bare(run))

	_, err := h.Call(t.Context(), from("i", 7), toPay("b", `"x"`))
	require.NoError(t, err)
	r.waitFor(t, "its record", func() (bool, any) { s := m.Stats()[0]; return s.Recorded == 3, s })
	data, run = r.record(t, records.Query{Key: "b"})
	require.Equal(t, "call "+run.Invocation, data)
	require.Equal(t, records.Run{
		Kind: records.Call, Function: "pay", Version: "v9", Invocation: run.Invocation, Key: "b", Method: "add", Outcome: function.OK, Attempt: 1,
	}, bare(run))
	require.NoError(t, m.Drain(t.Context()))
}

// bare is r as it was handed in.
func bare(r records.Run) records.Run {
	return records.Run{
		Kind: r.Kind, Function: r.Function, Version: r.Version, Invocation: r.Invocation, Stream: r.Stream, Places: r.Places,
		Key: r.Key, Method: r.Method, Outcome: r.Outcome, Attempt: r.Attempt,
	}
}

// Where the bucket does not answer, messages and calls are settled all the same, before it is known
// what becomes of their records; a drain gives those up.
func TestRecordsNobodyWaitsFor(t *testing.T) {
	r := newRig(t)
	_, err := r.js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "KV_isolane-records", Subjects: []string{"$KV.isolane-records.>"}, MaxMsgsPerSubject: 1, AllowRollup: true, NoAck: true,
	})
	require.NoError(t, err)
	run := func(inv *function.Invocation) *function.Result {
		res := ok(inv)
		res.Record = make([]byte, 1000)
		return res
	}
	cfg := testConfig()
	cfg.Records.Patience, cfg.Records.Waiting = 10*patience, 10_000
	m := r.joinWith(t, cfg, answers(run), orders(nil))
	for range 20 {
		r.publish(t, "orders.1.new", "")
	}
	r.settled(t, 20)
	s := m.Stats()[0]
	require.Zero(t, s.Recorded)
	require.EqualValues(t, 15, s.Unrecorded, "half of what may wait has room for 5 records of runs that ended well")
	r.logs.Await(t, "the bucket of records takes them more slowly than they come")
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, m.Drain(ended))
	r.logs.Await(t, "the node was stopped before the bucket of records had it")
}
