package function_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestKeyedManifest(t *testing.T) {
	m, err := function.ParseManifest("f", []byte("stream: ORDERS\nkey: orders.{id}.>\n"))
	require.NoError(t, err)
	require.NoError(t, m.Validate())
	require.Equal(t, "key", m.Needs())
	s, ok := m.Trigger("pay")
	require.True(t, ok)
	require.Equal(t, "ORDERS", s.Name)
	require.Equal(t, "orders.*.>", s.Subject.Filter())
	require.Equal(t, "7", s.OrderKey("orders.7.new", nil))
	require.Equal(t, "dlq.pay", s.DeadLetter)

	m, err = function.ParseManifest("f", []byte("key: orders.{id}.*\nstream: { name: ORDERS, reply: \"results.{id}\", deliver: new }\n"))
	require.NoError(t, err)
	require.NoError(t, m.Validate())

	s, ok = function.Manifest{Stream: &function.Stream{Name: "A", Subject: "a.>"}}.Trigger("f")
	require.True(t, ok)
	require.Empty(t, s.Order)
	_, ok = function.Manifest{}.Trigger("f")
	require.False(t, ok)
}

func TestKeyedManifestFaults(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"no stream":  {`key: "a.{id}"`, "key: needs stream: NAME, the stream that the messages are in"},
		"a bucket":   {"key: \"a.{id}\"\nstream: { bucket: b }", "key: needs stream: NAME"},
		"no word":    {"key: a.>\nstream: A", "key: a.> has 0 named words, and one is the key: write for instance \"orders.{id}.>\""},
		"two words":  {"key: \"a.{b}.{c}\"\nstream: A", "has 2 named words"},
		"not a name": {"key: \"a.{1}\"\nstream: A", "key: a.{1}: a name stands in braces"},
		"subject":    {"key: \"a.{id}\"\nstream: { name: A, subject: a.b }", "stream.subject: key says which subjects: leave it out"},
		"order":      {"key: \"a.{id}\"\nstream: { name: A, order: \"header:B\" }", "stream.order: key says what is in order: leave it out"},
		"last":       {"key: \"a.{id}\"\nstream: { name: A, deliver: last }", "stream.deliver: contradicts key"},
		"batch":      {"key: \"a.{id}\"\nstream: { name: A, batch: { size: 2 } }", "stream.batch: contradicts key"},
		"schedule":   {"key: \"a.{id}\"\nstream: A\nschedule: { cron: \"@daily\" }", "schedule: contradicts key"},
		"dedicated":  {"key: \"a.{id}\"\nstream: A\ndedicated: true", "dedicated: contradicts key"},
		"reply":      {"key: \"a.{id}\"\nstream: { name: A, reply: \"b.{other}\" }", "stream.reply: b.{other}: key has no word {other}"},
		"no list":    {"key: \"a.{id}\"\nstream: [A]", "stream: want keys and values, found a list"},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := function.ParseManifest("f", []byte(tc.in))
			require.ErrorContains(t, err, tc.want)
		})
	}
}
