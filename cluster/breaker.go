package cluster

import (
	"context"
	"errors"
	"log/slog"
	"sync"

	"github.com/sony/gobreaker/v2"
)

// errNeutral settles a call that says nothing about the peer.
var errNeutral = errors.New("cluster: neutral")

// breakers has a circuit breaker for each peer's actor system: what begins anew under
// another id begins with a closed one.
type breakers struct {
	cfg BreakerConfig
	log *slog.Logger

	mu    sync.Mutex
	peers map[string]*breaker // guarded by mu; by member
}

type breaker struct {
	system string
	steps  *gobreaker.TwoStepCircuitBreaker[struct{}]
}

func newBreakers(cfg BreakerConfig, log *slog.Logger) *breakers {
	return &breakers{cfg: cfg, log: log, peers: map[string]*breaker{}}
}

// allow asks whether a call may be made; settle must be called once with how it went.
func (b *breakers) allow(member, system string) (settle func(error), err error) {
	return b.of(member, system).Allow()
}

func (b *breakers) of(member, system string) *gobreaker.TwoStepCircuitBreaker[struct{}] {
	b.mu.Lock()
	defer b.mu.Unlock()
	if p := b.peers[member]; p != nil && p.system == system {
		return p.steps
	}
	steps := gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: member, MaxRequests: 1, Timeout: b.cfg.Open,
		ReadyToTrip: func(c gobreaker.Counts) bool { return c.ConsecutiveFailures >= b.cfg.Failures },
		IsExcluded:  func(err error) bool { return errors.Is(err, errNeutral) },
		OnStateChange: func(name string, from, to gobreaker.State) {
			b.log.LogAttrs(context.Background(), slog.LevelWarn, "the circuit breaker of a member changed",
				slog.String("member", name), slog.String("from", from.String()), slog.String("to", to.String()))
		},
	})
	b.peers[member] = &breaker{system, steps}
	return steps
}

// closed says whether a call would be let through without being a trial.
func (b *breakers) closed(member, system string) bool {
	b.mu.Lock()
	p := b.peers[member]
	b.mu.Unlock()
	return p == nil || p.system != system || p.steps.State() == gobreaker.StateClosed
}

// allClosed says whether no peer is given up.
func (b *breakers) allClosed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, p := range b.peers {
		if p.steps.State() != gobreaker.StateClosed {
			return false
		}
	}
	return true
}

// trying lists the members whose breaker is half open.
func (b *breakers) trying() []string {
	b.mu.Lock()
	defer b.mu.Unlock()
	var names []string
	for name, p := range b.peers {
		if p.steps.State() == gobreaker.StateHalfOpen {
			names = append(names, name)
		}
	}
	return names
}

func (b *breakers) forget(member string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.peers, member)
}

func (b *breakers) states() map[string]string {
	b.mu.Lock()
	defer b.mu.Unlock()
	states := make(map[string]string, len(b.peers))
	for name, p := range b.peers {
		states[name] = p.steps.State().String()
	}
	return states
}
