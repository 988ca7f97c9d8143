package function

import "cmp"

// Isolation says how much two calls share.
type Isolation string

// The isolation modes.
const (
	// Warm keeps one context for each function in an isolate.
	Warm Isolation = "warm"
	// PerContext makes a fresh context for each call.
	PerContext Isolation = "context"
	// PerIsolate makes a fresh isolate for each call.
	PerIsolate Isolation = "isolate"
)

// Engine names a JavaScript engine.
type Engine string

// The engines that a manifest may ask for.
const (
	EngineV8      Engine = "v8"
	EngineQuickJS Engine = "quickjs"
	EngineAuto    Engine = "auto"
)

// Priority says how large a function's share of a node's time is while there is not
// enough for all.
type Priority string

// The priorities. "" is PriorityNormal.
const (
	PriorityHigh   Priority = "high"
	PriorityNormal Priority = "normal"
	PriorityLow    Priority = "low"
)

// Weight returns the share beside those of others: 16 for high, 4 for normal, 1 for low.
func (p Priority) Weight() int {
	switch p {
	case PriorityHigh:
		return 16
	case PriorityLow:
		return 1
	case PriorityNormal:
	}
	return 4
}

// Manifest is what function.yaml says of a function. Every key is optional;
// unknown keys are refused.
type Manifest struct {
	Isolation Isolation `yaml:"isolation"`
	// Dedicated asks for an isolate that only this function uses.
	Dedicated bool   `yaml:"dedicated"`
	Engine    Engine `yaml:"engine"`
	// Idempotent allows an invocation to run again after a crash it did not cause.
	Idempotent bool `yaml:"idempotent"`
	// Priority is the function's share of the node's time under load.
	Priority    Priority          `yaml:"priority"`
	Limits      Limits            `yaml:"limits"`
	Permissions Permissions       `yaml:"permissions"`
	Env         map[string]string `yaml:"env"`
	// Stream has the function run for each message of a JetStream stream, besides
	// those on its own subject; nil: not.
	Stream *Stream `yaml:"stream"`
	// Key makes the function a keyed one: its subjects, of which one word is named, as in
	// "orders.{id}.>". That word is the message's key; see docs/keyed.md.
	Key Pattern `yaml:"key" json:",omitempty"` // omitted: the versions of others stay as they are
	// Record keeps what the host answered to runs for messages of streams.
	Record Recording `yaml:"record" json:",omitempty"` // omitted: the versions of others stay as they are
	// Schedule has the function run at these times, too.
	Schedule []Schedule `yaml:"schedule" json:",omitempty"` // omitted: the versions of others stay as they are
}

// DefaultManifest is the manifest of a function without a file.
func DefaultManifest() Manifest {
	return Manifest{Isolation: Warm, Engine: EngineV8, Priority: PriorityNormal}
}

// Normal returns m with what DefaultManifest says where m says nothing.
func (m Manifest) Normal() Manifest {
	d := DefaultManifest()
	m.Isolation, m.Engine, m.Priority = cmp.Or(m.Isolation, d.Isolation), cmp.Or(m.Engine, d.Engine), cmp.Or(m.Priority, d.Priority)
	return m
}

// WithoutDefaults is the inverse of Normal: nothing where m says what DefaultManifest does.
func (m Manifest) WithoutDefaults() Manifest {
	d := DefaultManifest()
	if m.Isolation == d.Isolation {
		m.Isolation = ""
	}
	if m.Engine == d.Engine {
		m.Engine = ""
	}
	if m.Priority == d.Priority {
		m.Priority = ""
	}
	return m
}

// Permissions are what a function may reach. The zero value grants nothing.
type Permissions struct {
	// Net lists the hosts that fetch may reach: "host", "host:port", "host:*",
	// "*.example.com[:port]". A pattern without a port grants 80 and 443.
	Net []string `yaml:"net"`
	// Env lists the names of the manifest's or node's variables that ctx.env shows.
	Env []string `yaml:"env"`
	// NATS lists the subjects that ctx.nats may use.
	NATS NATSPermissions `yaml:"nats"`
	// KV lists the key-value buckets that ctx.kv may open.
	KV []string `yaml:"kv"`
	// Calls lists the keyed functions whose methods ctx.call may call.
	Calls []string `yaml:"calls" json:",omitempty"` // omitted: the versions of others stay as they are
}

// NATSPermissions lists subject patterns, with NATS wildcards.
type NATSPermissions struct {
	Publish []string `yaml:"publish"`
	Request []string `yaml:"request"`
}
