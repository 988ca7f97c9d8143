package jsruntime

import (
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// Engine makes isolates. One engine serves a whole process and is safe for
// concurrent use.
type Engine interface {
	// Name is the engine's name in manifests and reports ("v8").
	Name() string
	// Version is the engine's own version.
	Version() string
	// Shares reports whether an isolate may have many realms. Where it has one, each
	// context has an isolate of its own.
	Shares() bool
	// NewIsolate makes an isolate with a heap of its own.
	NewIsolate(cfg IsolateConfig) (Isolate, error)
}

// IsolateConfig is what an isolate is made with.
type IsolateConfig struct {
	// Heap bounds the JavaScript heap, in bytes.
	Heap function.Bytes
	// Buffers bounds the memory outside the heap, in bytes.
	Buffers function.Bytes
	// Single says that the isolate will have one realm.
	Single bool
}

// Isolate is a JavaScript virtual machine with its own heap. It is not safe for
// concurrent use, but for Terminate.
type Isolate interface {
	// NewRealm makes a context with the host's script in it, and nothing loaded.
	NewRealm(cfg RealmConfig) (Realm, error)
	// Terminate stops the JavaScript that runs now, or that runs next; the isolate
	// is not usable after it. Safe from any goroutine.
	Terminate()
	// Look makes the JavaScript that runs now look at what it holds outside the heap
	// and terminate itself where that is far too much; Memory.Exhausted tells. Safe from
	// any goroutine.
	Look()
	// Lost says why the JavaScript that runs now does not end, whatever is done: the engine
	// stopped its thread. It is nil while it may end. Safe from any goroutine.
	Lost() *function.LimitError
	// Memory tells what the isolate holds. It takes a few microseconds.
	Memory() Memory
	// External is Memory's External, as far as buffers and WebAssembly go; much cheaper.
	External() uint64
	// Dispose frees the isolate and every realm in it. Idempotent.
	Dispose()
}

// Profiler is an Isolate that tells where its JavaScript spends its time.
type Profiler interface {
	// StartProfile begins a profile of at most so many samples; none goes on.
	StartProfile(samples int) error
	// Sample has a sample taken, soon, where JavaScript runs; else it does nothing. Safe from
	// any goroutine.
	Sample()
	// StopProfile ends the profile and returns it as Chrome's DevTools have it (.cpuprofile),
	// with positions in scripts as they were compiled. It is an error where that is over most
	// bytes; the profile has ended all the same.
	StopProfile(most int) ([]byte, error)
}

// Memory is what an isolate holds, in bytes.
type Memory struct {
	// Heap is the JavaScript heap in use.
	Heap uint64
	// HeapLimit is the most it may be. Invariant: it grows only when the engine
	// had to make room to unwind from a full heap, so a larger one than at the
	// start means that the heap ran full.
	HeapLimit uint64
	// Peak is the most that was in use when the heap ran full; 0 if it never did. What was
	// to be had on top of it is not counted.
	Peak uint64
	// External is the memory outside the heap (ArrayBuffer and the like), garbage
	// not yet collected included.
	External uint64
	// Exhausted says that JavaScript was terminated, or that its last buffer was refused,
	// since the isolate would have held Wanted bytes more outside the heap than it may.
	Exhausted bool
	Wanted    uint64
	// Contexts is the number of contexts alive.
	Contexts uint64
}

// RealmConfig is what a realm is made with.
type RealmConfig struct {
	// Config is the host script's configuration, as JSON.
	Config string
	// Call answers the host script's synchronous calls. It runs on the goroutine
	// that entered the realm. The text of its error is the name of a JavaScript
	// error, a newline, and the message.
	Call func(op, text string, in []byte) (string, []byte, error)
}

// Script is a function's bundle: its completion value is the module's namespace.
type Script struct {
	Source string
	// Origin is the name it has in stacks.
	Origin string
	// Digest tells it from every other source.
	Digest string
	// Code is where an engine keeps what it compiled; nil for nowhere.
	Code *bundle.Code
}

// Start is what a realm needs to begin an invocation.
type Start struct {
	ID int32
	// Kind says how the payload is passed: in Text, or on demand through Call.
	Kind PayloadKind
	Text string
	// Head is the subject, or a method's name, a newline, and the headers as a JSON list of pairs or "".
	Head string
	// Deadline is in milliseconds since 1970.
	Deadline float64
	Attempt  int32
}

// PayloadKind says how a payload is passed to a realm.
type PayloadKind int32

// The payload kinds. Text carries valid UTF-8.
const (
	PayloadEmpty PayloadKind = iota
	PayloadText
	PayloadOnDemand
	// PayloadBatch: Text has the messages of a batch, as JSON.
	PayloadBatch
	// PayloadKept is set beside one of the others: the message is kept until the function
	// has dealt with it, which may say what is to become of it.
	PayloadKept = 4
	// PayloadKeyed is set beside the others: the invocation has a key and its state, which
	// core.js asks for.
	PayloadKeyed = 8
	// PayloadDue is set beside PayloadKeyed: it is the key's alarm that is due, and no message.
	PayloadDue = 16
	// PayloadCalled is set beside PayloadKeyed: it is the call of a method, whose name stands in
	// the place of the subject, with the payload as its arguments.
	PayloadCalled = 32
	// PayloadMarks are those that say nothing of the payload.
	PayloadMarks = PayloadKept | PayloadKeyed | PayloadDue | PayloadCalled
)

// Completion is the end of an operation that a realm started.
type Completion struct {
	Op    int32
	Text  string
	Bytes []byte // nil for none
	// Err reports that Text is "Name\nmessage" of an error.
	Err bool
}

// AbortKind says why an invocation is aborted.
type AbortKind int32

// The kinds of abort; they choose the signal's reason.
const (
	AbortTimeout AbortKind = iota
	AbortCanceled
)

// Realm is one context with the host's script in it. Where that calls border.call with
// "part" and a name, the realm runs the script that Part returns, and gives JavaScript its
// completion value. Each entry (Load, Begin,
// Complete, Abort) runs JavaScript until every microtask is done; then the outbox is
// emptied with Next. An entry's error is a *function.ScriptError for what the
// script threw past the host script (while loading), and anything else means that
// the isolate is lost.
type Realm interface {
	Load(Script) error
	Begin(Start) error
	Complete(Completion) error
	Abort(id int32, kind AbortKind, message string) error
	// Next returns the oldest record of the outbox; false when it is empty.
	Next() (Record, bool, error)
	// Collect asks for a full garbage collection.
	Collect() error
	// Buffers is how many bytes outside the heap are charged to the realm.
	Buffers() uint64
	// Close frees the context; the isolate must not be running in it.
	Close()
}

// RecordKind is the kind of a Record.
type RecordKind int32

// The kinds of records; core.js makes them.
const (
	RecordSettle RecordKind = iota + 1
	RecordFail
	RecordDone
	RecordStart
	RecordCancel
	RecordLog
	// RecordNone says nothing.
	RecordNone
	// RecordVerdict says what is to become of a message: Op is its place in the batch,
	// Flags the function.Action, Text the delay in milliseconds or the reason.
	RecordVerdict
	// RecordState says what becomes of a key's state: Text is the new one, Flags 1 that it is
	// taken away. It counts if the invocation ends well.
	RecordState
	// RecordAlarm says what becomes of a key's alarm: Text is when it is due, in milliseconds
	// since 1970, Flags 1 that it is taken away. It counts if the invocation ends well.
	RecordAlarm
)

// Record is what a realm tells its runtime at the end of a turn.
type Record struct {
	Kind  RecordKind
	Inv   int32
	Op    int32
	Flags int32
	Text  string
	Bytes []byte // nil for none; owned by the receiver
}

// flagStack says that a RecordLog's text has a stack in it.
const flagStack = 1

// The flags of RecordSettle and RecordFail. Bits 2 and 3 of a RecordSettle hold the
// kind of reply (0 none, 1 text, 2 bytes), the bits from 8 on its status.
const (
	flagFinal       = 1
	flagHeaders     = 2
	flagRefused     = 2 // of RecordFail: the message is none for this function
	flagStatusShift = 8
)

// The entries of core.js, as WordEntry has them.
const (
	EntryLoad = iota + 1
	EntryStart
	EntryResume
	EntryAbort
	EntryNext
	EntryCollect
	EntryHook
)

// Words of the control block that core.js and an engine's border share, as indices
// of an Int32Array; WordDeadline indexes a Float64Array over the same memory.
const (
	WordOut      = 0 // records in the outbox
	WordGen      = 1 // changes of the transfer buffer
	WordInv      = 2
	WordOp       = 3
	WordKind     = 4
	WordFlags    = 5
	WordBytes    = 6 // bytes in the transfer buffer, -1 for none
	WordErr      = 7
	WordAttempt  = 8
	WordEntry    = 10
	WordCapacity = 11 // bytes that the transfer buffer has room for
	WordRejected = 12 // promises rejected in this turn that nobody handles yet
	WordDeadline = 8
)
