package hostcap

import (
	"context"
	"time"
)

// Closed is a host that does nothing for anybody: every operation is refused as
// Unavailable. It stands where functions are loaded, to see that they can be, and not run.
type Closed struct{}

var (
	_ Messenger = Closed{}
	_ Buckets   = Closed{}
	_ Calls     = Closed{}
)

func closed() error { return Errorf(Unavailable, "functions are only loaded here, not run") }

// Call implements Calls.
func (Closed) Call(context.Context, Caller, Call) (Answer, error) { return Answer{}, closed() }

// MaxPayload implements Messenger, Buckets and Calls.
func (Closed) MaxPayload() int64 { return 0 }

// Publish implements Messenger.
func (Closed) Publish(context.Context, Caller, Message) error { return closed() }

// PublishAcked implements Messenger.
func (Closed) PublishAcked(context.Context, Caller, Message) (Ack, error) { return Ack{}, closed() }

// Request implements Messenger.
func (Closed) Request(context.Context, Caller, Message, time.Duration) (Reply, error) {
	return Reply{}, closed()
}

// Get implements Buckets.
func (Closed) Get(context.Context, string, string, uint64) (Entry, error) { return Entry{}, closed() }

// Put implements Buckets.
func (Closed) Put(context.Context, string, string, []byte) (uint64, error) { return 0, closed() }

// Create implements Buckets.
func (Closed) Create(context.Context, string, string, []byte) (uint64, error) { return 0, closed() }

// Update implements Buckets.
func (Closed) Update(context.Context, string, string, []byte, uint64) (uint64, error) {
	return 0, closed()
}

// Delete implements Buckets.
func (Closed) Delete(context.Context, string, string, uint64) error { return closed() }

// Keys implements Buckets.
func (Closed) Keys(context.Context, string, string, int) ([]string, error) { return nil, closed() }
