package conformance

import (
	"context"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// plainHost always answers the same of what it is asked.
type plainHost struct{}

// MaxPayload is for tests.
func (plainHost) MaxPayload() int64 { return 1 << 20 }

// Publish is for tests.
func (plainHost) Publish(context.Context, hostcap.Caller, hostcap.Message) error { return nil }

// PublishAcked is for tests.
func (plainHost) PublishAcked(_ context.Context, _ hostcap.Caller, m hostcap.Message) (hostcap.Ack, error) {
	return hostcap.Ack{Stream: "S " + string(m.Data) + " " + m.ID + " " + m.Header.Get("x-a"), Sequence: 1}, nil
}

// Request is for tests.
func (plainHost) Request(_ context.Context, _ hostcap.Caller, m hostcap.Message, _ time.Duration) (hostcap.Reply, error) {
	return hostcap.Reply{Subject: m.Subject, Header: function.Header{"X-B": {"head"}}, Data: m.Data}, nil
}

// Get is for tests.
func (plainHost) Get(context.Context, string, string, uint64) (hostcap.Entry, error) {
	return hostcap.Entry{Value: []byte("A\x00B"), Revision: 7, Created: time.UnixMilli(1)}, nil
}

// Put is for tests.
func (plainHost) Put(context.Context, string, string, []byte) (uint64, error) { return 5, nil }

// Create is for tests.
func (plainHost) Create(context.Context, string, string, []byte) (uint64, error) { return 5, nil }

// Update is for tests.
func (plainHost) Update(context.Context, string, string, []byte, uint64) (uint64, error) {
	return 5, nil
}

// Delete is for tests.
func (plainHost) Delete(context.Context, string, string, uint64) error { return nil }

// Keys is for tests.
func (plainHost) Keys(context.Context, string, string, int) ([]string, error) {
	return []string{"a", "b"}, nil
}
