package function

import "time"

// Batch is the manifest's stream.batch: the function gets several messages of its stream in
// one call. The zero value of a field stands for its default; see WithDefaults.
type Batch struct {
	// Size is how many messages there are in one at most. Required, 2 to MaxBatch.
	Size int `yaml:"size"`
	// Wait is how long the first message waits for others. Default a second.
	Wait time.Duration `yaml:"wait"`
	// Bytes bounds the payloads and headers of one together, in bytes. A message that is
	// larger by itself is alone in its batch. Default 1 MiB.
	Bytes Bytes `yaml:"bytes"`
}

const (
	// MaxBatch is how many messages one batch may have.
	MaxBatch = 1000
	// MaxBatchBytes is how many bytes: what a member takes from another, with room to spare.
	MaxBatchBytes = 4 * MiB
	// maxBatchWait is the longest that a message waits for others.
	maxBatchWait = 5 * time.Minute
	minBatchWait = time.Millisecond
)

// WithDefaults returns b with what is zero filled in.
func (b Batch) WithDefaults() Batch {
	if b.Wait == 0 {
		b.Wait = time.Second
	}
	if b.Bytes == 0 {
		b.Bytes = MiB
	}
	return b
}

// Message is one message of a batch. It is read-only, as its Invocation.
type Message struct {
	// ID is what an invocation for this message alone would have: the same in each delivery.
	ID string
	// Subject, Header and Payload are the message's.
	Subject string
	Header  Header
	Payload []byte
	// Attempt counts its deliveries, from 1.
	Attempt int
}

// Action is what a function says of a message. The set is closed.
type Action uint8

// The actions. The zero value is Unsaid.
const (
	// Unsaid: the outcome of the invocation says it.
	Unsaid Action = iota
	// SaidAck: it is done, whatever becomes of the invocation.
	SaidAck
	// SaidRetry: it is to be delivered again.
	SaidRetry
	// SaidReject: it is to be given up, and be a dead letter.
	SaidReject
)

// Verdict is what a function said of one message of a stream.
type Verdict struct {
	Action Action
	// Delay is how long to wait before the next delivery, with SaidRetry alone; negative:
	// as long as the back-off says.
	Delay time.Duration
	// Reason is why it was rejected, with SaidReject alone.
	Reason string
}

// MaxRetryDelay is the longest that a function may put a message off.
const MaxRetryDelay = maxBackoff

// Verdict is what the function said of the message at a place of the batch, 0 where there
// is one message.
func (r *Result) Verdict(place int) Verdict {
	if place < 0 || place >= len(r.Verdicts) {
		return Verdict{}
	}
	return r.Verdicts[place]
}

// VerdictsByID is what was said of the messages of i, by their ids: those that something was
// said of. verdicts are by their places.
func (i *Invocation) VerdictsByID(verdicts []Verdict) map[string]Verdict {
	said := make(map[string]Verdict, len(verdicts))
	for place, v := range verdicts[:min(len(verdicts), i.Messages())] {
		switch {
		case v.Action == Unsaid:
		case len(i.Batch) == 0:
			said[i.ID] = v
		default:
			said[i.Batch[place].ID] = v
		}
	}
	return said
}

// Messages is how many messages inv is for.
func (i *Invocation) Messages() int { return max(1, len(i.Batch)) }
