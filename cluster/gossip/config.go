package gossip

import (
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/hashicorp/memberlist"
)

// Config says how a node takes part. Begin with DefaultConfig. A zero field is its
// default, where it has one.
type Config struct {
	// Name is unique in the cluster and stable over restarts: 1 to 128 bytes of UTF-8,
	// printable, without '/'.
	Name string
	Mode Mode
	// Listen is host:port of the gossip, TCP and UDP; port 0 picks one. Unused when
	// Transport is given.
	Listen string
	// Advertise is host:port that others reach the node at; "" is derived from Listen.
	Advertise string
	// Seeds are members to join by: host:port or host, names or addresses. A host without
	// a port has Listen's. Names are resolved again at every try, and each of their
	// addresses is tried. The node's own address among them is skipped. None: the node
	// waits to be joined.
	Seeds []string
	// Preset of Timings; default PresetLAN.
	Preset  Preset
	Timings Timings
	// Keys encrypt the gossip (AES-GCM): 16, 24 or 32 bytes each; the first encrypts what
	// is sent, all decrypt. None: not encrypted, and whoever reaches the port can be a
	// member.
	Keys [][]byte
	// Label is the cluster's name: packets and streams with another are dropped. At most
	// 255 bytes. It is sent in the clear.
	Label string
	// DeadFor is how long left and dead members stay in Members; default 10 min.
	DeadFor time.Duration
	// MaxDead bounds how many of them are kept, the newest; default 256.
	MaxDead int
	// MaxMembers bounds the membership: further members are refused, and logged; default
	// 10,000.
	MaxMembers int
	// LoadEvery is the shortest time between two load reports; default 500 ms. Above 32
	// members reports are rarer, in proportion, so that the traffic of each member stays
	// the same.
	LoadEvery time.Duration
	// LoadRefresh is the longest time between two; default 5 s.
	LoadRefresh time.Duration
	// MaxMessage bounds Send, in bytes; default 1 MiB.
	MaxMessage int
	// Inbox is how many received messages may wait for OnMessage's functions; default
	// 1024. What comes on top is dropped, counted and logged.
	Inbox int
	// MaxStreams bounds the TCP streams that others have open to this node at one time;
	// default 128. Further ones are closed at once.
	MaxStreams int
	// MaxStreamBytes bounds what one of them may carry; default 8 MiB: the state of some
	// 10,000 members.
	MaxStreamBytes int64
	// Transport in place of the network; it is shut down by Close. For tests and
	// simulations.
	Transport memberlist.Transport
}

// DefaultConfig is a node without name and seeds that listens on every address.
func DefaultConfig() Config {
	return Config{
		Listen: "0.0.0.0:7946", Preset: PresetLAN,
		DeadFor: 10 * time.Minute, MaxDead: 256, MaxMembers: 10_000,
		LoadEvery: 500 * time.Millisecond, LoadRefresh: 5 * time.Second,
		MaxMessage: 1 << 20, Inbox: 1024, MaxStreams: 128, MaxStreamBytes: 8 << 20,
	}
}

// Deps are what a Gossip takes from its surroundings; each may be nil.
type Deps struct {
	Logger *slog.Logger
	Clock  Clock
	// Resolver finds the addresses of names among the seeds; *net.Resolver is one.
	Resolver Resolver
}

// resolved fills in the defaults.
func (c Config) resolved() Config {
	d := DefaultConfig()
	fill(&c.Listen, d.Listen)
	fill(&c.Preset, d.Preset)
	fill(&c.DeadFor, d.DeadFor)
	fill(&c.MaxDead, d.MaxDead)
	fill(&c.MaxMembers, d.MaxMembers)
	fill(&c.LoadEvery, d.LoadEvery)
	fill(&c.LoadRefresh, d.LoadRefresh)
	fill(&c.MaxMessage, d.MaxMessage)
	fill(&c.Inbox, d.Inbox)
	fill(&c.MaxStreams, d.MaxStreams)
	fill(&c.MaxStreamBytes, d.MaxStreamBytes)
	c.Timings = c.Timings.resolved(c.Preset, c.LoadRefresh)
	return c
}

func fill[T comparable](to *T, v T) {
	var zero T
	if *to == zero {
		*to = v
	}
}

// Validate reports all faults at once.
func (c Config) Validate() error {
	c = c.resolved()
	var errs []error
	add := func(format string, args ...any) { errs = append(errs, fmt.Errorf(format, args...)) }
	if err := checkName(c.Name); err != nil {
		errs = append(errs, err)
	}
	if c.Mode > ModeClient {
		add("mode %d is none of member (0) and client (1)", c.Mode)
	}
	if _, _, err := splitPort(c.Listen); err != nil {
		add("listen: %w", err)
	}
	if c.Advertise != "" {
		if _, _, err := splitPort(c.Advertise); err != nil {
			add("advertise: %w", err)
		}
	}
	for _, s := range c.Seeds {
		if _, _, err := splitSeed(s, "1"); err != nil {
			add("seed: %w", err)
		}
	}
	for i, k := range c.Keys {
		if err := CheckKey(k); err != nil {
			add("key %d: %w", i+1, err)
		}
	}
	if len(c.Label) > memberlist.LabelMaxSize {
		add("label has %d bytes; at most %d fit", len(c.Label), memberlist.LabelMaxSize)
	}
	errs = append(errs, c.validateBounds())
	if _, ok := c.Preset.Timings(); !ok {
		add("preset %q is none of lan, wan, local", c.Preset)
	} else if err := c.Timings.validate(); err != nil {
		errs = append(errs, err)
	}
	if err := errors.Join(errs...); err != nil {
		return fmt.Errorf("gossip: configuration: %w", err)
	}
	return nil
}

func (c Config) validateBounds() error {
	var errs []error
	for _, f := range []struct {
		name      string
		v, lo, hi int64
	}{
		{"max dead", int64(c.MaxDead), 1, 1 << 20},
		{"max members", int64(c.MaxMembers), 1, 1 << 20},
		{"max message", int64(c.MaxMessage), 1, 16 << 20},
		{"inbox", int64(c.Inbox), 1, 1 << 20},
		{"max streams", int64(c.MaxStreams), 1, 1 << 16},
		{"max stream bytes", c.MaxStreamBytes, 64 << 10, 20 << 20},
	} {
		if f.v < f.lo || f.v > f.hi {
			errs = append(errs, fmt.Errorf("%s is %d; it must be %d to %d", f.name, f.v, f.lo, f.hi))
		}
	}
	if c.DeadFor < 0 {
		errs = append(errs, fmt.Errorf("dead for is %v; it must not be negative", c.DeadFor))
	}
	if c.LoadEvery < 10*time.Millisecond || c.LoadRefresh < c.LoadEvery {
		errs = append(errs, fmt.Errorf("load every is %v, load refresh %v; the first must be 10ms or more, the second not below it",
			c.LoadEvery, c.LoadRefresh))
	}
	if int64(c.MaxMessage)+1024 > c.MaxStreamBytes {
		errs = append(errs, fmt.Errorf("max message %d does not fit in max stream bytes %d", c.MaxMessage, c.MaxStreamBytes))
	}
	return errors.Join(errs...)
}

// maxName bounds a name, in bytes.
const maxName = 128

func checkName(name string) error {
	switch {
	case name == "":
		return errors.New("name is empty; give the node a name that is unique in the cluster")
	case len(name) > maxName:
		return fmt.Errorf("name has %d bytes; at most %d fit", len(name), maxName)
	case !utf8.ValidString(name) || strings.ContainsRune(name, '/') ||
		strings.ContainsFunc(name, func(r rune) bool { return !unicode.IsPrint(r) }):
		return fmt.Errorf("name %q must be printable and without '/'", name)
	}
	return nil
}

// splitPort takes host:port apart; the host may be empty.
func splitPort(hostport string) (host string, port int, err error) {
	host, p, err := net.SplitHostPort(hostport)
	if err != nil {
		return "", 0, fmt.Errorf("%q is not host:port", hostport)
	}
	n, err := strconv.ParseUint(p, 10, 16)
	if err != nil {
		return "", 0, fmt.Errorf("%q: the port must be a number from 0 to 65535", hostport)
	}
	return host, int(n), nil
}
