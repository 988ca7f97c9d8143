package kvstore

import (
	"context"
	"errors"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// onePatience is how long one question to the server may go without an answer.
const onePatience = 5 * time.Second

// Again asks the server, and asks anew where no answer came within five seconds, until ctx
// is done: a question, or its answer, is lost with the connection that it was on, and
// nobody says so. ask must do no harm when it is done twice.
func Again[T any](ctx context.Context, ask func(context.Context) (T, error)) (T, error) {
	for {
		asking, cancel := context.WithTimeout(ctx, onePatience)
		answer, err := ask(asking)
		cancel()
		lost := errors.Is(err, context.DeadlineExceeded) || errors.Is(err, nats.ErrTimeout)
		if !lost || ctx.Err() != nil {
			return answer, err
		}
	}
}

// Opened opens a bucket or an object store, which create makes where there is none, also
// when somebody else is faster; each question is asked as Again does.
func Opened[T any](ctx context.Context, open, create func(context.Context) (T, error)) (T, error) {
	return Again(ctx, func(ctx context.Context) (T, error) {
		found, err := open(ctx)
		if !errors.Is(err, jetstream.ErrBucketNotFound) {
			return found, err
		}
		made, err := create(ctx)
		if errors.Is(err, jetstream.ErrBucketExists) || errors.Is(err, jetstream.ErrStreamNameAlreadyInUse) {
			return open(ctx)
		}
		return made, err
	})
}
