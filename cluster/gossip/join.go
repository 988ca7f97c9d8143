package gossip

import (
	"errors"
	"log/slog"
	"math/rand/v2"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// Joined is true once the node has been in touch with another member, or has no seed but
// itself. It stays true.
func (g *Gossip) Joined() bool { return g.joined.Load() }

// joinLoop tries for ever: fast while the node is alone, and at a low rate afterwards,
// for seeds that are no members and for members that died, so that the sides of a split
// find each other when it heals.
func (g *Gossip) joinLoop() {
	wait := backoff.NewExponentialBackOff()
	wait.InitialInterval, wait.MaxInterval = g.cfg.Timings.JoinMin, g.cfg.Timings.JoinMax
	wait.Multiplier, wait.RandomizationFactor = 1.6, 0.5
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-g.stop.Done():
			return
		case <-g.hurry:
			wait.Reset()
		case <-timer.C:
		}
		g.tryJoin()
		switch {
		case g.contested.Load() > 0:
			g.contested.Add(-1)
			timer.Reset(jitter(max(g.cfg.Timings.JoinMin, g.cfg.Timings.ProbeInterval)))
		case g.table.presentCount() <= 1:
			timer.Reset(wait.NextBackOff())
		default:
			wait.Reset()
			timer.Reset(jitter(g.scaled(g.cfg.Timings.Rejoin)))
		}
	}
}

// jitter is d, up to a quarter more or less.
func jitter(d time.Duration) time.Duration {
	return time.Duration(float64(d) * (0.75 + rand.Float64()/2))
}

// maxTargets bounds the addresses tried in one round.
const maxTargets = 16

// tryJoin is one round. Alone, it tries every seed and some of the dead; with others, one
// of each.
func (g *Gossip) tryJoin() {
	seeds, errs := g.resolveSeeds(g.stop)
	present, dead := g.table.addresses()
	var fresh []string
	for _, s := range seeds {
		if !present[s] {
			fresh = append(fresh, s)
		}
	}
	shuffle(fresh)
	alone := len(present) <= 1
	if !alone {
		shuffle(dead)
		fresh, dead = fresh[:min(1, len(fresh))], dead[:min(1, len(dead))]
	}
	targets := append(fresh, dead...)
	if g.contested.Load() > 0 {
		targets = append(g.someOther(present), targets...)
	}
	targets = targets[:min(len(targets), maxTargets)]
	if len(targets) == 0 && len(errs) == 0 {
		g.joined.Store(true)
		return
	}
	reached := 0
	for _, addr := range targets {
		if g.stop.Err() != nil {
			return
		}
		n, err := g.list.Join([]string{addr})
		reached += n
		if err != nil {
			errs = append(errs, explain(err))
		}
	}
	if reached > 0 {
		g.joined.Store(true)
	}
	g.sayJoin(alone, reached, errs)
}

func (g *Gossip) someOther(present map[string]bool) []string {
	self := g.Addr()
	for addr := range present {
		if addr != self {
			return []string{addr}
		}
	}
	return nil
}

func shuffle(s []string) { rand.Shuffle(len(s), func(i, j int) { s[i], s[j] = s[j], s[i] }) }

// sayJoin logs why nobody was reached: a warning while the node is alone.
func (g *Gossip) sayJoin(alone bool, reached int, errs []error) {
	if len(errs) == 0 || g.stop.Err() != nil {
		return
	}
	level := slog.LevelDebug
	if alone && reached == 0 {
		level = slog.LevelWarn
	}
	g.quiet.say(level, "join "+level.String(), "gossip: join failed; trying again",
		slog.Int("reached", reached), slog.Any("error", errors.Join(errs...)))
}

// explain says what memberlist's error comes from.
func explain(err error) error {
	text := err.Error()
	do := hint(text)
	text = strings.Join(strings.Fields(strings.TrimPrefix(text, "1 error occurred:")), " ")
	if do != "" {
		text += " (" + do + ")"
	}
	return errors.New(text)
}

// hint says what is behind a text of memberlist's, which has no types; empty where that is
// not known.
func hint(text string) string {
	switch {
	case strings.Contains(text, "no installed keys could decrypt"):
		return "the other side encrypts with a key that this node does not have: compare the key rings with isolane keys ls"
	case strings.Contains(text, "encryption is configured but"):
		return "this node has keys and the other side has none: give all nodes the same cluster.keys"
	case strings.Contains(text, "remote state is encrypted"):
		return "the other side has keys and this node has none: give all nodes the same cluster.keys"
	case strings.Contains(text, "UDP probes failed"):
		return "TCP gets through and UDP does not: open the gossip's port for UDP both ways, and see that each node advertises an address it is reached at"
	case strings.HasSuffix(strings.TrimSpace(text), "EOF"), strings.Contains(text, "connection reset"):
		return "the other side hung up: its cluster.name or keys differ, or it has too many streams open"
	}
	return ""
}
