package config

import (
	"maps"
	"runtime"
	"time"

	"github.com/isolane/isolane/bridge/funclog"
	"github.com/isolane/isolane/bridge/subject"
	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// DefaultFile is read where no other file is named and it exists.
	DefaultFile = "isolane.yaml"
	// DefaultListen is where the embedded NATS server listens.
	DefaultListen = "127.0.0.1:4222"
)

// Config is the configuration of one node. It is nested as its file is.
type Config struct {
	Node Node `yaml:"node"`
	// Functions is the folder of functions; "" for none. DefaultFolder need not be there.
	Functions string `yaml:"functions"`
	// Deploy says where else functions come from.
	Deploy Deploy `yaml:"deploy"`
	// Data is the folder for what outlives the process: the embedded server's
	// streams. Unused with NATS.URL.
	Data     string   `yaml:"data"`
	NATS     NATS     `yaml:"nats"`
	Runtimes Runtimes `yaml:"runtimes"`
	// Cluster says how the node finds others; without Cluster.Gossip it is alone.
	Cluster Cluster `yaml:"cluster"`
	// Keyed bounds what the node keeps at hand of keyed functions.
	Keyed Keyed `yaml:"keyed"`
	// Limits are those of functions whose manifests name none; heap and buffers
	// hold for every isolate of the node.
	Limits function.Limits `yaml:"limits"`
	// Env are variables for functions; a function sees those that its manifest
	// lists under permissions.env.
	Env map[string]string `yaml:"env"`
	// HTTP says where the node shows itself.
	HTTP HTTP `yaml:"http"`
	// Tracing says where spans go.
	Tracing Tracing `yaml:"tracing"`
	Log     Log     `yaml:"log"`
	// Grace is how long a drain waits for invocations in flight; what is not done
	// then is answered canceled. 0 waits for none.
	Grace time.Duration `yaml:"grace"`
}

// Node says who the node is.
type Node struct {
	// Name is the node's name, one subject token; "" takes the host's name.
	Name string `yaml:"name"`
}

// NATS says where messages come from: a server that runs elsewhere (URL), or one
// inside the node (Listen). One of them, not both; with neither it is DefaultListen.
type NATS struct {
	// URL is one server, or several of one cluster divided by commas.
	URL string `yaml:"url"`
	// Listen is host:port of the embedded server; port 0 picks a free one.
	Listen string `yaml:"listen"`

	// One way to say who the node is, at most; for URL only.
	User     string `yaml:"user"`
	Password string `yaml:"password"`
	Token    string `yaml:"token"`
	// Creds is a file with JWT and seed; NKey a file with a seed.
	Creds string `yaml:"creds"`
	NKey  string `yaml:"nkey"`
	// Inbox stands before the subjects of replies, for a user who is granted those alone.
	Inbox string `yaml:"inbox"`
	TLS   TLS    `yaml:"tls"`

	// Prefix stands before a function's name in its subject.
	Prefix string `yaml:"prefix"`
	// QueueGroup is shared by all nodes that divide the messages between them.
	QueueGroup string `yaml:"queueGroup"`
	// Receipts has each reply say, in the header Isolane-Receipt, what its run used.
	Receipts bool `yaml:"receipts"`
}

// TLS names PEM files for the connection to URL. CA "" is the system's; Cert and
// Key go together.
type TLS struct {
	CA   string `yaml:"ca"`
	Cert string `yaml:"cert"`
	Key  string `yaml:"key"`
}

// Runtimes says how many isolates the node has, and what each holds.
type Runtimes struct {
	// Count is the number of isolates; 0 takes the number of CPUs.
	Count int `yaml:"count"`
	// MaxInflight is how many invocations one isolate holds at once, of all its
	// functions together.
	MaxInflight int `yaml:"maxInflight"`
	// Queue is how many invocations may wait for a free isolate; one more is
	// answered overloaded.
	Queue int `yaml:"queue"`
	// ShedTarget is how long calls of a function may wait to start; ShedInterval for how
	// long each of them must have waited longer before some are refused for it. A target
	// of 0 refuses none.
	ShedTarget   time.Duration `yaml:"shedTarget"`
	ShedInterval time.Duration `yaml:"shedInterval"`
	// Policy is how an invocation comes to an isolate: pull by any that is free; or hash,
	// round-robin or random, which are there to be compared with it.
	Policy string `yaml:"policy"`
	// Affinity prefers an isolate where the function is warm; false is there to be compared
	// with it.
	Affinity bool `yaml:"affinity"`
	// Backoff has an isolate that is lost again and again come back ever later; false is
	// there to be compared with it.
	Backoff bool `yaml:"backoff"`
	// Quarantine is how many isolates a function may cost in ten seconds before its calls
	// are refused for as long; 0 refuses none.
	Quarantine int `yaml:"quarantine"`
	// Faulty is a function whose calls panic in the actor of their isolate, instead of running,
	// so that supervision can be tried; "" is none.
	Faulty string `yaml:"faulty"`
	// Contexts is how many functions one isolate keeps warm.
	Contexts int `yaml:"contexts"`
	// MaxDedicated is how many functions may have an isolate of their own here.
	MaxDedicated int `yaml:"maxDedicated"`
	// MaxStuck is how many turns that cannot be stopped the node bears; with the last of
	// them it drains and ends, to be started again. 0 bears any number. It should be more than
	// Count, since all isolates may be in the same built-in at once; the default is.
	MaxStuck int `yaml:"maxStuck"`
	// MaxHops is how many calls of functions by functions may lead to another one.
	MaxHops int `yaml:"maxHops"`
	// Min is how few isolates the node has when it scales by its load; 0 is not at all.
	Min int `yaml:"min"`
	// Max is how many it may have when it scales by its load, or is scaled. It bounds the
	// node's share of a cluster's total too: who is cut off from the others computes the
	// whole total as its own.
	Max int `yaml:"max"`
}

// Log says what is logged, to standard error.
type Log struct {
	// Level is debug, info, warn or error.
	Level string `yaml:"level"`
	// Format is text or json.
	Format string `yaml:"format"`
	// Subject stands before a function's name in the subject on which its console output
	// is published; "" publishes none.
	Subject string `yaml:"subject"`
}

// DefaultConfig is the configuration of a node that was told nothing.
func DefaultConfig() Config {
	return Config{
		Functions: DefaultFolder,
		Deploy:    defaultDeploy(),
		Data:      "isolane-data",
		NATS:      NATS{Prefix: subject.DefaultPrefix, QueueGroup: "isolane", Receipts: true},
		Runtimes:  Runtimes{MaxInflight: 1024, Queue: 1024, ShedTarget: 250 * time.Millisecond, ShedInterval: 500 * time.Millisecond, Policy: "pull", Affinity: true, Backoff: true, Quarantine: 20, Contexts: 256, MaxDedicated: 32, MaxStuck: 16, MaxHops: 32, Max: 64},
		Cluster:   Cluster{Name: "isolane", Preset: "lan", AcceptTimeout: time.Second, SpillAt: 256},
		Keyed:     defaultKeyed(),
		Limits:    function.DefaultLimits(),
		HTTP:      HTTP{Functions: 50},
		Tracing:   defaultTracing(),
		Log:       Log{Level: "info", Format: "text", Subject: funclog.DefaultPrefix},
		Grace:     30 * time.Second,
	}
}

// RuntimeCount resolves Runtimes.Count: the number of CPUs that this process may
// use, where it is 0, or as near to that as Min and Max let it be.
func (c Config) RuntimeCount() int {
	if c.Runtimes.Count > 0 {
		return c.Runtimes.Count
	}
	n := runtime.GOMAXPROCS(0)
	if c.Runtimes.Min > 0 {
		n = min(max(n, c.Runtimes.Min), c.Runtimes.Max)
	}
	return n
}

// Embedded reports whether the node runs the NATS server itself.
func (c Config) Embedded() bool { return c.NATS.URL == "" }

// clone copies what Config refers to.
func (c Config) clone() Config {
	c.Env = maps.Clone(c.Env)
	return c
}
