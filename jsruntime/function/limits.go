package function

import "time"

// Bytes is an amount of memory in bytes, written in manifests as "128MiB".
type Bytes int64

// Units of Bytes.
const (
	KiB Bytes = 1 << (10 * (iota + 1))
	MiB
	GiB
)

// Limits bound what a function may use. The zero value of a field in a manifest
// means "the node's default"; Merge resolves it.
type Limits struct {
	// Wall is the longest time from the start of an invocation to its reply.
	Wall time.Duration `yaml:"wall"`
	// CPU is the time in JavaScript, summed over the turns of one invocation.
	CPU time.Duration `yaml:"cpu"`
	// Heap is the JavaScript heap of one isolate. A pool of isolates shared by
	// functions is made with the node's default; see docs/rationale.md.
	Heap Bytes `yaml:"heap"`
	// Buffers is the memory outside the heap that one isolate may hold
	// (ArrayBuffer and the like).
	Buffers Bytes `yaml:"buffers"`
	// Inflight is how many invocations of the function one isolate holds at once.
	Inflight int `yaml:"inflight"`
	// Subrequests is how many fetches, and uses of ctx.nats, ctx.kv and ctx.call, one invocation may make.
	Subrequests int `yaml:"subrequests"`
	// Timers is how many timers one invocation may have pending.
	Timers int `yaml:"timers"`
	// Console is how many lines of console output a second one isolate passes on for
	// the function, averaged over five seconds. A line counts once for each KiB.
	Console int `yaml:"console"`
}

// DefaultLimits are the limits of a node whose file names none.
func DefaultLimits() Limits {
	return Limits{
		Wall:        30 * time.Second,
		CPU:         time.Second,
		Heap:        128 * MiB,
		Buffers:     64 * MiB,
		Inflight:    256,
		Subrequests: 64,
		Timers:      10_000,
		Console:     200,
	}
}

// Merge returns l with every zero field taken from defaults.
func (l Limits) Merge(defaults Limits) Limits {
	if l.Wall == 0 {
		l.Wall = defaults.Wall
	}
	if l.CPU == 0 {
		l.CPU = defaults.CPU
	}
	if l.Heap == 0 {
		l.Heap = defaults.Heap
	}
	if l.Buffers == 0 {
		l.Buffers = defaults.Buffers
	}
	if l.Inflight == 0 {
		l.Inflight = defaults.Inflight
	}
	if l.Subrequests == 0 {
		l.Subrequests = defaults.Subrequests
	}
	if l.Timers == 0 {
		l.Timers = defaults.Timers
	}
	if l.Console == 0 {
		l.Console = defaults.Console
	}
	return l
}
