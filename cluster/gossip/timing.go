package gossip

import (
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/memberlist"
)

// Preset names a set of timings.
type Preset string

const (
	// PresetLAN is for members in one data centre; the default. A killed member is
	// known within 5 s, up to some 50 members.
	PresetLAN Preset = "lan"
	// PresetWAN is for members with up to some 300 ms between them; a killed member is
	// known within 30 s.
	PresetWAN Preset = "wan"
	// PresetLocal is for members on one machine, and tests; a killed member is known
	// within 2 s.
	PresetLocal Preset = "local"
)

// Timings are the durations and counts of the protocol. A zero field is the preset's.
type Timings struct {
	// ProbeInterval is the time between two probes, each of one member, in turn.
	ProbeInterval time.Duration
	// ProbeTimeout is how long a probe waits before others are asked to probe too; above
	// the 99th percentile of the round trip, below ProbeInterval.
	ProbeTimeout time.Duration
	// SuspicionMult: a member that did not answer is declared dead after
	// SuspicionMult * max(1, log10(members)) * ProbeInterval, if others confirm it;
	// after SuspicionMaxMult times that, if none does.
	SuspicionMult, SuspicionMaxMult int
	// GossipInterval is the time between two rounds of gossip, each to GossipNodes.
	GossipInterval time.Duration
	GossipNodes    int
	// RetransmitMult: each change is sent RetransmitMult * log10(members+1) times.
	RetransmitMult int
	// PushPull is the time between two exchanges of the whole state with one other;
	// memberlist makes it longer above 32 members.
	PushPull time.Duration
	// GossipToTheDead is how long a dead member is gossiped to, so that it can object.
	GossipToTheDead time.Duration
	// StreamTimeout bounds each TCP exchange, dialing included.
	StreamTimeout time.Duration
	// JoinMin and JoinMax are the shortest and the longest wait between two tries to
	// join, while the node is alone.
	JoinMin, JoinMax time.Duration
	// Rejoin is the time between two tries to reach a seed that is no member, or a dead
	// member, while the node is not alone. It is this that heals a split after which
	// each side has declared the other dead. Longer above 32 members, in proportion.
	Rejoin time.Duration
	// SuspectAfter is the silence of load reports that makes a member suspect. Default
	// three times Config.LoadRefresh; longer above 32 members, as the reports are rarer.
	SuspectAfter time.Duration
}

// Timings are the preset's; false when there is none of that name. SuspectAfter is zero: it
// follows from Config.LoadRefresh.
func (p Preset) Timings() (Timings, bool) {
	switch p {
	case PresetLAN, "":
		return Timings{
			ProbeInterval: 500 * time.Millisecond, ProbeTimeout: 200 * time.Millisecond,
			SuspicionMult: 3, SuspicionMaxMult: 2,
			GossipInterval: 100 * time.Millisecond, GossipNodes: 3, RetransmitMult: 4,
			PushPull: 15 * time.Second, GossipToTheDead: 30 * time.Second,
			StreamTimeout: 5 * time.Second,
			JoinMin:       250 * time.Millisecond, JoinMax: 10 * time.Second, Rejoin: 5 * time.Second,
		}, true
	case PresetWAN:
		return Timings{
			ProbeInterval: 3 * time.Second, ProbeTimeout: 1500 * time.Millisecond,
			SuspicionMult: 4, SuspicionMaxMult: 3,
			GossipInterval: 300 * time.Millisecond, GossipNodes: 4, RetransmitMult: 4,
			PushPull: 45 * time.Second, GossipToTheDead: 60 * time.Second,
			StreamTimeout: 15 * time.Second,
			JoinMin:       time.Second, JoinMax: 30 * time.Second, Rejoin: 15 * time.Second,
		}, true
	case PresetLocal:
		return Timings{
			ProbeInterval: 200 * time.Millisecond, ProbeTimeout: 100 * time.Millisecond,
			SuspicionMult: 3, SuspicionMaxMult: 2,
			GossipInterval: 50 * time.Millisecond, GossipNodes: 3, RetransmitMult: 4,
			PushPull: 5 * time.Second, GossipToTheDead: 15 * time.Second,
			StreamTimeout: 2 * time.Second,
			JoinMin:       100 * time.Millisecond, JoinMax: 2 * time.Second, Rejoin: time.Second,
		}, true
	}
	return Timings{}, false
}

// resolved fills the zero fields from the preset, which must be known.
func (t Timings) resolved(p Preset, refresh time.Duration) Timings {
	d, _ := p.Timings()
	d.SuspectAfter = 3 * refresh
	for _, f := range []struct{ to, from *time.Duration }{
		{&t.ProbeInterval, &d.ProbeInterval},
		{&t.ProbeTimeout, &d.ProbeTimeout},
		{&t.GossipInterval, &d.GossipInterval},
		{&t.PushPull, &d.PushPull},
		{&t.GossipToTheDead, &d.GossipToTheDead},
		{&t.StreamTimeout, &d.StreamTimeout},
		{&t.JoinMin, &d.JoinMin},
		{&t.JoinMax, &d.JoinMax},
		{&t.Rejoin, &d.Rejoin},
		{&t.SuspectAfter, &d.SuspectAfter},
	} {
		if *f.to == 0 {
			*f.to = *f.from
		}
	}
	for _, f := range []struct{ to, from *int }{
		{&t.SuspicionMult, &d.SuspicionMult},
		{&t.SuspicionMaxMult, &d.SuspicionMaxMult},
		{&t.GossipNodes, &d.GossipNodes},
		{&t.RetransmitMult, &d.RetransmitMult},
	} {
		if *f.to == 0 {
			*f.to = *f.from
		}
	}
	return t
}

// validate reports every fault of resolved timings.
func (t Timings) validate() error {
	var errs []error
	bound := func(name string, v, low, high time.Duration) {
		if v < low || v > high {
			errs = append(errs, fmt.Errorf("%s is %v; it must be %v to %v", name, v, low, high))
		}
	}
	count := func(name string, v int) {
		if v < 1 || v > 100 {
			errs = append(errs, fmt.Errorf("%s is %d; it must be 1 to 100", name, v))
		}
	}
	bound("probe interval", t.ProbeInterval, 10*time.Millisecond, time.Minute)
	bound("probe timeout", t.ProbeTimeout, 5*time.Millisecond, time.Minute)
	bound("gossip interval", t.GossipInterval, 5*time.Millisecond, 10*time.Second)
	bound("push/pull", t.PushPull, 100*time.Millisecond, time.Hour)
	bound("gossip to the dead", t.GossipToTheDead, 100*time.Millisecond, time.Hour)
	bound("stream timeout", t.StreamTimeout, 50*time.Millisecond, time.Minute)
	bound("shortest wait to join", t.JoinMin, 10*time.Millisecond, time.Minute)
	bound("longest wait to join", t.JoinMax, 10*time.Millisecond, time.Hour)
	bound("rejoin", t.Rejoin, 50*time.Millisecond, time.Hour)
	bound("suspect after", t.SuspectAfter, 100*time.Millisecond, time.Hour)
	count("suspicion multiplier", t.SuspicionMult)
	count("longest suspicion multiplier", t.SuspicionMaxMult)
	count("gossip nodes", t.GossipNodes)
	count("retransmit multiplier", t.RetransmitMult)
	if t.ProbeTimeout >= t.ProbeInterval {
		errs = append(errs, fmt.Errorf("probe timeout %v must be below the probe interval %v", t.ProbeTimeout, t.ProbeInterval))
	}
	if t.JoinMin > t.JoinMax {
		errs = append(errs, fmt.Errorf("shortest wait to join %v is above the longest, %v", t.JoinMin, t.JoinMax))
	}
	return errors.Join(errs...)
}

// apply writes the timings to memberlist's configuration.
func (t Timings) apply(c *memberlist.Config) {
	c.ProbeInterval, c.ProbeTimeout = t.ProbeInterval, t.ProbeTimeout
	c.SuspicionMult, c.SuspicionMaxTimeoutMult = t.SuspicionMult, t.SuspicionMaxMult
	c.GossipInterval, c.GossipNodes, c.RetransmitMult = t.GossipInterval, t.GossipNodes, t.RetransmitMult
	c.PushPullInterval, c.GossipToTheDeadTime = t.PushPull, t.GossipToTheDead
	c.TCPTimeout = t.StreamTimeout
	// A node that is short of CPU slows its own probes; more than 4 times would make it
	// useless as a witness.
	c.AwarenessMaxMultiplier = 4
	// memberlist would compress each packet by itself with LZW: for 300 members a quarter
	// of all the processor's time, and a packet is never larger than 1,400 bytes.
	c.EnableCompression = false
}
