package function

import (
	"strings"
	"time"
)

// Deliver says where a new consumer begins in its stream. One that is there goes on
// where it was.
type Deliver string

// The places to begin at.
const (
	// DeliverAll begins with the oldest message that the stream has.
	DeliverAll Deliver = "all"
	// DeliverNew begins with what comes after the consumer was made.
	DeliverNew Deliver = "new"
	// DeliverLast begins with the newest message of each subject.
	DeliverLast Deliver = "last"
)

// UnmarshalText implements encoding.TextUnmarshaler: all, new or last.
func (d *Deliver) UnmarshalText(text []byte) error {
	return oneOf(d, text, DeliverAll, DeliverNew, DeliverLast)
}

// Stream is the manifest's stream: the function gets the messages of a JetStream
// stream, each at least once. The zero value of a field stands for its default; see
// WithDefaults.
type Stream struct {
	// Name is the stream's; it must exist, and is not the function's to make. One of
	// Name, Bucket and Objects is given.
	Name string `yaml:"name,alone"`
	// Bucket is a key-value bucket, of which the function gets each change: Subject is
	// then a pattern of keys.
	Bucket string `yaml:"bucket"`
	// Objects is an object store bucket, of which the function gets each change of an
	// object: what the store says of it, not its content.
	Objects string `yaml:"objects"`
	// Subject filters the stream's messages: a pattern with NATS wildcards, of whose
	// words some may be named, as in "orders.{id}.>". "" is all of them.
	Subject Pattern `yaml:"subject"`
	// Deliver counts when the consumer is made. Default all.
	Deliver Deliver `yaml:"deliver"`
	// Deliveries is how many count before a message is a dead letter. Default 5.
	Deliveries int `yaml:"deliveries"`
	// AckWait is how long the server waits for a word of a member that has a message
	// before it gives it to another. Default 30s. A member says so at half of it, as
	// long as the function runs.
	AckWait time.Duration `yaml:"ackWait"`
	// Backoff is the wait before the second, third and further delivery; the last
	// serves all that follow. Default: a second, doubled each time up to a minute.
	Backoff []time.Duration `yaml:"backoff"`
	// Order names what messages must have in common to be run one after the other, in
	// the order of the stream: "{id}", a named word of Subject, or "header:Name". ""
	// is no order.
	Order string `yaml:"order"`
	// Reply is the subject that what the function returned is published to: words, of
	// which some may be named words of Subject. "" drops it.
	Reply Pattern `yaml:"reply"`
	// DeadLetter is the subject of the function's dead letters. Default "dlq." and the
	// function's name.
	DeadLetter string `yaml:"deadLetter"`
	// Concurrency bounds the messages that are run, or wait for another delivery, at
	// one time in the whole cluster. Default 10,000; see docs/functions.md.
	Concurrency int `yaml:"concurrency"`
	// Batch has the function get several messages in one call; nil: one at a time.
	Batch *Batch `yaml:"batch" json:",omitempty"` // omitted: the versions of others stay as they are
}

// DefaultConcurrency is what a stream trigger has that names none.
const DefaultConcurrency = 10_000

// WithDefaults returns s with what is zero filled in, for the function of that name. A
// bucket is turned into the stream that it is made of. It is idempotent.
func (s Stream) WithDefaults(function string) Stream {
	switch {
	case s.Bucket != "":
		keys := s.Subject
		if keys == "" {
			keys = ">"
		}
		s.Name, s.Subject, s.Bucket = "KV_"+s.Bucket, "$KV."+Pattern(s.Bucket)+"."+keys, ""
	case s.Objects != "":
		s.Name, s.Subject, s.Objects = "OBJ_"+s.Objects, "$O."+Pattern(s.Objects)+".M.>", ""
	}
	if s.Deliver == "" {
		s.Deliver = DeliverAll
	}
	if s.Deliveries == 0 {
		s.Deliveries = 5
	}
	if s.AckWait == 0 {
		s.AckWait = 30 * time.Second
	}
	if s.DeadLetter == "" {
		s.DeadLetter = "dlq." + function
	}
	if s.Concurrency == 0 {
		s.Concurrency = DefaultConcurrency
	}
	if s.Batch != nil {
		batch := s.Batch.WithDefaults()
		s.Batch = &batch
	}
	return s
}

// OrderHeader is the header that Order names, or "".
func (s Stream) OrderHeader() string {
	name, _ := strings.CutPrefix(s.Order, orderHeader)
	if name == s.Order {
		return ""
	}
	return name
}

// OrderKey is what orders a message: two with the same key do not overlap. A message
// without the header has the key "", as all others without it.
func (s Stream) OrderKey(subject string, h Header) string {
	if name := s.OrderHeader(); name != "" {
		return h.Get(name)
	}
	return s.Subject.Words(subject)[strings.Trim(s.Order, "{}")]
}

const orderHeader = "header:"
