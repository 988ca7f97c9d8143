package webapi_test

import (
	"context"
	"encoding/json"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// fakeHost is a host in memory. What was published last is told by a request to "last".
type fakeHost struct {
	max int64

	mu       sync.Mutex
	last     hostcap.Message
	from     hostcap.Caller
	ids      map[string]bool
	revision uint64
	values   map[string]hostcap.Entry
}

func newFakeHost() *fakeHost {
	return &fakeHost{max: 4096, ids: map[string]bool{}, values: map[string]hostcap.Entry{}}
}

func (f *fakeHost) MaxPayload() int64 { return f.max }

func (f *fakeHost) Publish(ctx context.Context, from hostcap.Caller, m hostcap.Message) error {
	switch m.Subject {
	case "slow":
		<-ctx.Done()
		return ctx.Err()
	case "away":
		return hostcap.Errorf(hostcap.Disconnected, "nats.publish: the server is away")
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	f.last, f.from = m, from
	f.last.Data = slices.Clone(m.Data)
	return nil
}

func (f *fakeHost) PublishAcked(ctx context.Context, from hostcap.Caller, m hostcap.Message) (hostcap.Ack, error) {
	if err := f.Publish(ctx, from, m); err != nil {
		return hostcap.Ack{}, err
	}
	f.mu.Lock()
	defer f.mu.Unlock()
	seen := f.ids[m.ID]
	f.ids[m.ID] = true
	return hostcap.Ack{Stream: "S", Sequence: 7, Duplicate: seen}, nil
}

func (f *fakeHost) Request(ctx context.Context, _ hostcap.Caller, m hostcap.Message, wait time.Duration) (hostcap.Reply, error) {
	switch m.Subject {
	case "nobody":
		return hostcap.Reply{}, hostcap.Errorf(hostcap.NoResponders, "nats.request: nobody listens on nobody")
	case "slow":
		if wait > 0 {
			return hostcap.Reply{}, hostcap.Errorf(hostcap.Timeout, "nats.request: no answer within %s", wait)
		}
		<-ctx.Done()
		return hostcap.Reply{}, ctx.Err()
	case "fails":
		return hostcap.Reply{Subject: "fails", Header: function.Header{
			"Nats-Service-Error-Code": {"408"}, "Nats-Service-Error": {"too late"}, "Isolane-Outcome": {"timeout"},
		}, Data: []byte("why")}, nil
	case "chain", "odd":
		message := map[string]string{"chain": "ServiceError: fn.a answered 500: ServiceError: fn.b answered 500: LoopError: too deep", "odd": "ServiceError: answered by none"}
		return hostcap.Reply{Subject: m.Subject, Header: function.Header{
			"Nats-Service-Error-Code": {"500"}, "Nats-Service-Error": {message[m.Subject]},
		}}, nil
	case "empty":
		return hostcap.Reply{Subject: "empty"}, nil
	case "last":
		f.mu.Lock()
		defer f.mu.Unlock()
		data, err := json.Marshal(map[string]any{
			"subject": f.last.Subject, "header": f.last.Header, "data": f.last.Data, "id": f.last.ID, "ordinal": f.from.Publish,
		})
		return hostcap.Reply{Subject: "last", Data: data}, err
	default:
		return hostcap.Reply{Subject: m.Subject, Header: m.Header, Data: slices.Clone(m.Data)}, nil
	}
}

func (f *fakeHost) Get(_ context.Context, bucket, key string, revision uint64) (hostcap.Entry, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	e, ok := f.values[bucket+"/"+key]
	if !ok || (revision != 0 && e.Revision != revision) {
		return hostcap.Entry{}, hostcap.ErrNotFound
	}
	return e, nil
}

func (f *fakeHost) write(bucket, key string, value []byte, wrong func(has bool, revision uint64) bool) (uint64, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	old, has := f.values[bucket+"/"+key]
	if wrong(has, old.Revision) {
		return 0, hostcap.Errorf(hostcap.Conflict, "kv: %s has another revision", key)
	}
	f.revision++
	if value == nil {
		delete(f.values, bucket+"/"+key)
		return f.revision, nil
	}
	f.values[bucket+"/"+key] = hostcap.Entry{Value: slices.Clone(value), Revision: f.revision, Created: time.UnixMilli(1234)}
	return f.revision, nil
}

func (f *fakeHost) Put(_ context.Context, bucket, key string, value []byte) (uint64, error) {
	return f.write(bucket, key, value, func(bool, uint64) bool { return false })
}

func (f *fakeHost) Create(_ context.Context, bucket, key string, value []byte) (uint64, error) {
	return f.write(bucket, key, value, func(has bool, _ uint64) bool { return has })
}

func (f *fakeHost) Update(_ context.Context, bucket, key string, value []byte, last uint64) (uint64, error) {
	return f.write(bucket, key, value, func(_ bool, r uint64) bool { return r != last })
}

func (f *fakeHost) Delete(_ context.Context, bucket, key string, last uint64) error {
	_, err := f.write(bucket, key, nil, func(_ bool, r uint64) bool { return last != 0 && r != last })
	return err
}

func (f *fakeHost) Keys(_ context.Context, bucket, filter string, limit int) ([]string, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	keys := []string{}
	for name := range f.values {
		if key, ok := strings.CutPrefix(name, bucket+"/"); ok && (filter == ">" || strings.HasPrefix(key, strings.TrimSuffix(filter, ">"))) {
			keys = append(keys, key)
		}
	}
	if len(keys) > limit {
		return nil, hostcap.Errorf(hostcap.TooLarge, "kv.keys: more than %d keys", limit)
	}
	slices.Sort(keys)
	return keys, nil
}
