package function_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestStreamManifest(t *testing.T) {
	m, err := function.ParseManifest("f", []byte(`
stream:
  name: ORDERS
  subject: orders.{id}.>
  deliver: new
  order: "{id}"
  deliveries: 7
  ackWait: 10s
  backoff: [1s, 10s, 1m]
  reply: results.{id}.done
  deadLetter: dlq.money
  concurrency: 5
`))
	require.NoError(t, err)
	require.NoError(t, m.Validate())
	require.Equal(t, &function.Stream{
		Name: "ORDERS", Subject: "orders.{id}.>", Deliver: function.DeliverNew, Deliveries: 7, AckWait: 10 * time.Second,
		Backoff: []time.Duration{time.Second, 10 * time.Second, time.Minute}, Order: "{id}", Reply: "results.{id}.done", DeadLetter: "dlq.money", Concurrency: 5,
	}, m.Stream)
	require.Equal(t, *m.Stream, m.Stream.WithDefaults("pay"))

	m, err = function.ParseManifest("f", []byte("stream: {name: ORDERS, batch: {size: 50}}"))
	require.NoError(t, err)
	require.NoError(t, m.Validate())
	require.Equal(t, &function.Batch{Size: 50, Wait: time.Second, Bytes: function.MiB}, m.Stream.WithDefaults("pay").Batch)
	require.Zero(t, m.Stream.Batch.Wait, "what was read is left alone")

	m, err = function.ParseManifest("f", []byte("stream: {name: ORDERS}"))
	require.NoError(t, err)
	require.NoError(t, m.Validate())
	require.Equal(t, function.Stream{
		Name: "ORDERS", Deliver: function.DeliverAll, Deliveries: 5, AckWait: 30 * time.Second, DeadLetter: "dlq.pay", Concurrency: function.DefaultConcurrency,
	}, m.Stream.WithDefaults("pay"))
}

func TestStreamManifestFaults(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"no name":            {`subject: "a.>"`, "stream.name: name the stream that the messages are in"},
		"two sources":        {"name: A\n  bucket: b", "stream: give one of name, bucket and objects"},
		"bucket":             {"bucket: a.b", "stream.bucket: a.b: a bucket's name is letters, digits, - and _"},
		"objects":            {"objects: \"a b\"", "stream.objects: \"a b\": a bucket's name"},
		"objects' subject":   {"objects: a\n  subject: b", "stream.subject: an object store's changes cannot be filtered"},
		"name with a point":  {"name: a.b", "stream.name: a.b: a stream's name has no spaces and none of . * > / \\"},
		"unknown key":        {"name: A\n  subjcet: a", `unknown key "stream.subjcet": did you mean stream.subject?`},
		"empty subject":      {"name: A\n  subject: \"\"", `stream.subject: "": a subject is words`},
		"subject's end":      {"name: A\n  subject: \"a.>.b\"", "> stands for the rest and must be last"},
		"part of a word":     {"name: A\n  subject: \"a.x{id}\"", "a name stands in braces, alone between two points"},
		"name of a word":     {"name: A\n  subject: \"a.{1}\"", "beginning with a letter"},
		"word twice":         {"name: A\n  subject: \"{id}.{id}\"", "{id} stands twice"},
		"spaces":             {"name: A\n  subject: \"a b\"", "a subject has no spaces"},
		"long subject":       {"name: A\n  subject: " + strings.Repeat("a", 300), "longer than 256 bytes"},
		"deliver":            {"name: A\n  deliver: newest", "stream.deliver: newest: use all, new or last"},
		"batch's size":       {"name: A\n  batch: {size: 1}", "stream.batch.size: 1: choose 2 to 1000 messages; for one at a time leave stream.batch out"},
		"no size":            {"name: A\n  batch: {wait: 1s}", "stream.batch.size: 0: choose 2 to 1000"},
		"batch's wait":       {"name: A\n  batch: {size: 9, wait: 1h}", "stream.batch.wait: 1h0m0s: choose 1ms to 5m0s"},
		"no wait":            {"name: A\n  batch: {size: 9, wait: 0s}", "stream.batch.wait: 0s: choose 1ms"},
		"batch's bytes":      {"name: A\n  batch: {size: 9, bytes: 1GiB}", "stream.batch.bytes: 1GiB: choose 1KiB to 4MiB"},
		"batch and order":    {"name: A\n  batch: {size: 9}\n  order: header:X", "stream.order: contradicts stream.batch"},
		"batch and reply":    {"name: A\n  batch: {size: 9}\n  reply: done", "stream.reply: contradicts stream.batch"},
		"batch, 1 delivery":  {"name: A\n  batch: {size: 9}\n  deliveries: 1", "stream.deliveries: 1 contradicts stream.batch"},
		"batch, concurrency": {"name: A\n  batch: {size: 9}\n  concurrency: 8", "stream.concurrency: 8 is less than stream.batch.size, 9"},
		"deliveries":         {"name: A\n  deliveries: 0", "stream.deliveries: 0: choose 1 to 10000"},
		"concurrency":        {"name: A\n  concurrency: -1", "stream.concurrency: -1: choose 1 to 1000000"},
		"ack wait":           {"name: A\n  ackWait: 100ms", "stream.ackWait: 100ms: choose 1s to 24h"},
		"ack wait's unit":    {"name: A\n  ackWait: 30", `stream.ackWait: "30" has no unit`},
		"back-off":           {"name: A\n  backoff: [1s, -1s]", "stream.backoff[1]: -1s: choose 0 to 168h0m0s"},
		"order's word":       {"name: A\n  subject: \"a.{id}\"\n  order: \"{x}\"", "stream.subject has no word {x}"},
		"order":              {"name: A\n  order: id", "stream.order: id: write {id}, a named word of stream.subject, or header:Order-Id"},
		"order's header":     {"name: A\n  order: \"header:\"", "after header: comes a header's name"},
		"reply's word":       {"name: A\n  subject: \"a.{id}\"\n  reply: \"b.{x}\"", "stream.reply: b.{x}: stream.subject has no word {x}"},
		"reply's wildcard":   {"name: A\n  reply: \"b.*\"", "it is published to, so it has no wildcards"},
		"reply, reserved":    {"name: A\n  reply: \"$JS.API\"", "NATS reserves subjects"},
		"dead letter":        {"name: A\n  deadLetter: \"dlq.>\"", "stream.deadLetter: dlq.>: it is published to"},
		"dead letter's word": {"name: A\n  deadLetter: \"dlq..a\"", "words with single points between them"},
		"no keys":            {"", "stream.name: name the stream"},
	} {
		t.Run(name, func(t *testing.T) {
			text := "stream:\n  " + tc.in
			if tc.in == "" {
				text = "stream: {}"
			}
			_, err := function.ParseManifest("f", []byte(text))
			require.ErrorIs(t, err, function.ErrInvalidManifest)
			require.ErrorContains(t, err, tc.want)
		})
	}
}

func TestStreamOfABucket(t *testing.T) {
	for in, want := range map[string]function.Stream{
		"bucket: stock":                          {Name: "KV_stock", Subject: "$KV.stock.>"},
		"bucket: stock\n  subject: items.{id}":   {Name: "KV_stock", Subject: "$KV.stock.items.{id}"},
		"objects: photos\n  deliver: last":       {Name: "OBJ_photos", Subject: "$O.photos.M.>", Deliver: function.DeliverLast},
		"bucket: a_b-C\n  subject: \"x.{id}.*\"": {Name: "KV_a_b-C", Subject: "$KV.a_b-C.x.{id}.*"},
	} {
		m, err := function.ParseManifest("f", []byte("stream:\n  "+in))
		require.NoError(t, err, in)
		got := m.Stream.WithDefaults("pay")
		require.Equal(t, want.WithDefaults("pay"), got, in)
		require.Equal(t, got, got.WithDefaults("pay"), "once is enough")
	}
}

func TestOrderNeedsSharedRuntimes(t *testing.T) {
	_, err := function.ParseManifest("f", []byte("dedicated: true\nstream: {name: A, order: \"header:K\"}"))
	require.ErrorContains(t, err, "stream.order: contradicts dedicated: true")
}

func TestPattern(t *testing.T) {
	p := function.Pattern("orders.{id}.*.{kind}.>")
	require.Equal(t, "orders.*.*.*.>", p.Filter())
	require.Equal(t, []string{"id", "kind"}, p.Names())
	require.Equal(t, map[string]string{"id": "7", "kind": "new"}, p.Words("orders.7.eu.new.a.b"))
	require.Equal(t, map[string]string{"id": "7"}, p.Words("orders.7"))
	require.Equal(t, "r.7.x", function.Pattern("r.{id}.x").Fill(map[string]string{"id": "7"}))
	require.Empty(t, function.Pattern("").Filter())
	require.Empty(t, function.Pattern("").Words("a.b"))
}

func TestOrderKey(t *testing.T) {
	s := function.Stream{Subject: "orders.{id}.>", Order: "{id}"}
	require.Equal(t, "7", s.OrderKey("orders.7.new", nil))
	require.Empty(t, s.OrderHeader())
	s.Order = "header:Order-Id"
	require.Equal(t, "Order-Id", s.OrderHeader())
	require.Equal(t, "x", s.OrderKey("orders.7.new", function.Header{"Order-Id": {"x"}}))
	require.Empty(t, s.OrderKey("orders.7.new", nil))
}

// FuzzPattern: what is taken makes a filter that NATS takes, and Fill and Words agree.
func FuzzPattern(f *testing.F) {
	for _, seed := range []string{"orders.{id}.>", "{a}.{b}", "a..b", "{}", "{a", "a.{a}.{a}", ">", "a b"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		m := function.DefaultManifest()
		m.Stream = &function.Stream{Name: "A", Subject: function.Pattern(text)}
		if text == "" || m.Validate() != nil {
			return
		}
		filter := m.Stream.Subject.Filter()
		require.False(t, strings.ContainsAny(filter, " \t\r\n{}"), filter)
		words := map[string]string{}
		for _, name := range m.Stream.Subject.Names() {
			words[name] = "w" + name
		}
		require.Equal(t, words, m.Stream.Subject.Words(m.Stream.Subject.Fill(words)))
	})
}
