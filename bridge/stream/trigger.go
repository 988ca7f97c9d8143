package stream

import (
	"reflect"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge/ackpolicy"
	"github.com/isolane/isolane/jsruntime/function"
)

// Trigger is a function that listens to a stream.
type Trigger struct {
	// Function is its name, Version what is deployed of it now.
	Function, Version string
	// Kind tells the triggers of one function apart; "" is the manifest's stream.
	Kind string
	// Stream is what its manifest says, with the defaults filled in.
	Stream function.Stream
	// Keyed says that the function has a state for each key of Stream.Order.
	Keyed bool
	// Wall and CPU are the function's limits; for triggers with an order, which must know
	// how long a run may go on.
	Wall, CPU time.Duration
}

// key tells triggers apart.
func (t Trigger) key() string { return t.Function + "/" + t.Kind }

// same reports whether two differ in nothing but the function's version.
func (t Trigger) same(o Trigger) bool {
	t.Version, o.Version = "", ""
	return reflect.DeepEqual(t, o)
}

// durable is the name of the consumer, the same on every member.
func (t Trigger) durable(queue string) string {
	name := strings.ReplaceAll(queue, ".", "-") + "_" + t.Function
	if t.Kind != "" {
		name += "_" + t.Kind
	}
	return name
}

// batch is how many messages one invocation is for at most.
func (t Trigger) batch() int {
	if b := t.Stream.Batch; b != nil {
		return b.Size
	}
	return 1
}

// policy is how patient the trigger is.
func (t Trigger) policy(base ackpolicy.Policy) ackpolicy.Policy {
	base.Limit, base.AckWait = t.Stream.Deliveries, t.Stream.AckWait
	if len(t.Stream.Backoff) > 0 {
		base.Backoff = t.Stream.Backoff
	}
	return base
}

// consumer is the trigger in the words of JetStream. The server itself gives no message
// up (MaxDeliver): that would lose it without a dead letter.
func (t Trigger) consumer(queue string) jetstream.ConsumerConfig {
	cfg := jetstream.ConsumerConfig{
		Durable:       t.durable(queue),
		Description:   "messages for the function " + t.Function + " of Isolane",
		DeliverPolicy: jetstream.DeliverAllPolicy,
		AckPolicy:     jetstream.AckExplicitPolicy,
		AckWait:       t.Stream.AckWait,
		MaxDeliver:    -1,
		MaxAckPending: t.Stream.Concurrency,
		FilterSubject: t.Stream.Subject.Filter(),
		Metadata:      map[string]string{"isolane.function": t.Function},
	}
	switch t.Stream.Deliver {
	case function.DeliverAll:
	case function.DeliverNew:
		cfg.DeliverPolicy = jetstream.DeliverNewPolicy
	case function.DeliverLast:
		cfg.DeliverPolicy = jetstream.DeliverLastPerSubjectPolicy
		if cfg.FilterSubject == "" {
			cfg.FilterSubject = ">"
		}
	}
	return cfg
}

// current reports whether a consumer that is there needs no change. Where it began is
// no more to be changed, and does not count.
func current(have, want jetstream.ConsumerConfig) bool {
	return have.AckPolicy == want.AckPolicy && have.AckWait == want.AckWait && have.MaxDeliver == want.MaxDeliver &&
		have.MaxAckPending == want.MaxAckPending && have.FilterSubject == want.FilterSubject && have.Description == want.Description
}
