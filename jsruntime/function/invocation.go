package function

import (
	"time"

	"go.opentelemetry.io/otel/trace"
)

// Header carries the headers of a message: keys as they were sent (NATS does not
// canonicalise), each with its values in order.
type Header map[string][]string

// Get returns the first value of key, compared exactly, or "".
func (h Header) Get(key string) string {
	if v := h[key]; len(v) > 0 {
		return v[0]
	}
	return ""
}

// Invocation is one request to run a function. It is read-only from the moment
// it is handed on; Payload and Header then belong to whoever runs it.
type Invocation struct {
	// ID is unique in the cluster and follows the invocation through logs and
	// traces. Each run of it has the same one, and so must each redelivery of a message:
	// what the function publishes is told apart by it, so that a run again publishes
	// nothing twice.
	ID string
	// Function is the name of the function to run.
	Function string
	// Subject is the NATS subject the message came on, for instance fn.hello.eu.
	Subject string
	// Header holds the message's headers; nil where there are none.
	Header Header
	// Payload is the message's body, unchanged.
	Payload []byte
	// Batch are the messages of a batch, in the order of their stream; nil for an invocation
	// of one message. With it Subject and Payload are empty.
	Batch []Message
	// Attempt counts the runs of this invocation, from 1; of a batch it is the most of its
	// messages.
	Attempt int
	// Again says that a run of it has begun before, also where Attempt does not count that.
	Again bool
	// Received is when the node took the message on.
	Received time.Time
	// Deadline is when the caller stops waiting; zero means that only the
	// function's wall limit counts.
	Deadline time.Time
	// Patient says that the message is kept elsewhere until it has its outcome, as in a
	// stream: it waits for its turn, and is not refused because others wait too long. The
	// bound of the node's queue holds all the same.
	Patient bool
	// Trace is the span that this invocation is part of, where the node makes spans; else it
	// is not valid. What the invocation does becomes children of it, unless it is not sampled.
	Trace trace.SpanContext
	// Depth is how many invocations wait for the answer to this one, one for another; 0 where
	// no function waits for it. See Headroom.
	Depth int
	// Recursive says that one of these is of the same function.
	Recursive bool
	// Kept says that the message is in a stream, and that the function may say what is to
	// become of it: Result.Verdicts is read.
	Kept bool
	// Keyed is the key of an invocation of a keyed function, and its state; nil for all
	// others.
	Keyed *Keyed
}

// Result is what came of an invocation.
//
// Body and Header are the reply where Outcome is OK. For any other outcome Body
// is empty and Message says in one line what was wrong and, where there is
// something to do, what to do.
type Result struct {
	Outcome Outcome
	// Body is the reply's payload. It belongs to the receiver of the Result.
	Body []byte
	// Header holds the reply's own headers (those of a returned Response); nil
	// where there are none.
	Header Header
	// Status is the HTTP status of a returned Response, or 0.
	Status int
	// Message is the error in one line; empty for OK.
	Message string
	// Location is the source-mapped "file:line:column" of an Exception, or "".
	Location string
	// Stack is the source-mapped JavaScript stack of an Exception, or "".
	Stack string
	// Thrown is what the function threw, of an Exception; nil where that is not known.
	Thrown *Thrown
	// RetryAfter is how long the caller should wait before it tries again; set
	// with Overloaded alone.
	RetryAfter time.Duration
	// Verdicts are what the function said of single messages of a stream, by their places in
	// the batch, and whatever the outcome is; nil where it said nothing.
	Verdicts []Verdict
	// State is what the function makes of its key's state; nil where it leaves it as it is,
	// and for every outcome but OK.
	State *StateChange
	// Alarm is what becomes of its key's alarm; nil where it leaves it as it is, and for every
	// outcome but OK.
	Alarm *AlarmChange
	// Record is what the host answered to the run, as package tape writes it; nil where nothing
	// is kept.
	Record []byte
	// Loss says how its isolate was lost, where functions share one; nil where none was.
	Loss *Loss
	// Receipt says what the invocation used.
	Receipt Receipt
}

// Receipt says what an invocation used and where it ran.
type Receipt struct {
	// Queued is the time from Received until JavaScript first ran.
	Queued time.Duration `json:"queued_ns"`
	// Wall is the time from the first JavaScript to the reply.
	Wall time.Duration `json:"wall_ns"`
	// CPU is the time in JavaScript, summed over the turns of the invocation.
	CPU time.Duration `json:"cpu_ns"`
	// IO is the time in which nothing was to be done for it: from the end of a turn that left
	// it waiting until what it waited for had come. What is left of Wall beside CPU and IO is
	// time in which it waited for its isolate.
	IO time.Duration `json:"io_ns"`
	// Heap is the most of the JavaScript heap that was seen in use in its isolate while it
	// ran, in bytes; other functions' part of it is in that. 0 is not known: it is looked at
	// only where that costs nothing beside the turn (see docs/functions.md).
	Heap uint64 `json:"heap_bytes,omitempty"`
	// Cold reports that the function's context was made for this invocation.
	Cold bool `json:"cold"`
	// Node and Runtime name where it ran; Runtime is -1 where it never ran.
	Node    string `json:"node,omitempty"`
	Runtime int    `json:"runtime"`
	// Version is that of the function that ran; "" where none did.
	Version string `json:"version,omitempty"`
	// Attempts is the number of runs this took.
	Attempts int `json:"attempts"`
}

// Failure builds a Result without a body.
func Failure(o Outcome, message string) *Result {
	return &Result{Outcome: o, Message: message, Receipt: Receipt{Runtime: -1}}
}
