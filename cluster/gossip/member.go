package gossip

import (
	"slices"
	"time"
)

// Mode says whether a member takes work. It travels as Info.Client.
type Mode uint8

const (
	// ModeMember takes work.
	ModeMember Mode = iota
	// ModeClient sees the membership and takes no work.
	ModeClient
)

// State is what this node believes of a member.
type State string

const (
	// StateAlive answers probes.
	StateAlive State = "alive"
	// StateSuspect is in the membership still, but its load reports have been silent for
	// Timings.SuspectAfter. memberlist v0.7.0 has a suspect state of its own, which no
	// callback and no exported method shows; see the package documentation.
	StateSuspect State = "suspect"
	// StateLeft went by Leave.
	StateLeft State = "left"
	// StateDead stopped answering.
	StateDead State = "dead"
)

// Present is true of a member that is in the membership: alive or suspect.
func (s State) Present() bool { return s == StateAlive || s == StateSuspect }

// Member is one member as this node sees it: a copy that its holder may keep and change.
type Member struct {
	Name string
	// Addr is host:port of its gossip.
	Addr string
	// Info is what it says of itself; the zero Info where its announcement could not be
	// read.
	Info  Info
	State State
	// Since is when State began, by the local clock.
	Since time.Time
	// Load is the newest report of its present life.
	Load Load
	// LoadAt is when Load was true, by the local clock; zero: none heard.
	LoadAt time.Time
	// Local is true of the node itself.
	Local bool
}

// Clock gives the time that Since, LoadAt and Boot are taken from. Now must be safe for
// concurrent use. Timers run by the runtime's clock whatever this one says.
type Clock interface{ Now() time.Time }

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

func (m Member) clone() Member {
	m.Info.Kinds = slices.Clone(m.Info.Kinds)
	return m
}
