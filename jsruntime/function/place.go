package function

// The headers that a message of a stream has for functions, beside its own: the stream's name,
// its place there, and when it was stored, as RFC 3339 has times.
const (
	HeaderStream   = "Nats-Stream"
	HeaderSequence = "Nats-Sequence"
	HeaderStored   = "Nats-Time-Stamp"
)
