package main

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/experiments/loadgen"
	"github.com/isolane/isolane/experiments/machine"
)

// maxConns is over how many connections the callers are spread.
const maxConns = 4

// sample is what one round of a load showed of one peer.
type sample struct {
	// CPU is the processor time of the serving process for 1,000 calls, in seconds.
	CPU float64 `json:"cpuSecondsFor1000"`
	// Rate is the calls a second that were answered as they should be.
	Rate float64 `json:"rate"`
	// P50 and P99 are of the latency, in microseconds.
	P50 int64 `json:"p50"`
	P99 int64 `json:"p99"`
	// Peak is the most memory of the serving process in the round, in bytes.
	Peak uint64 `json:"peak"`
	// Ends counts the calls by their end, as loadgen has it.
	Ends map[string]uint64 `json:"ends"`
	// Why is what the first reply of an end that is not ok said.
	Why map[string]string `json:"why,omitempty"`
	// Cores is how many processors each part kept busy: serving, client, nats, pages.
	Cores map[string]float64 `json:"cores"`
	// Steal is the part of the machine's time that its host gave to others.
	Steal float64 `json:"steal"`
	// Limits are what loadgen says of itself.
	Limits []string `json:"limits,omitempty"`
}

// failed says what else than "ok" calls ended as; "" where nothing did.
func (s sample) failed() string {
	var said []string
	for _, how := range slices.Sorted(maps.Keys(s.Ends)) {
		if how != loadgen.EndOK {
			text := fmt.Sprintf("%d of the calls of a round ended as %s", s.Ends[how], how)
			if why := s.Why[how]; why != "" {
				text += ": " + why
			}
			said = append(said, text)
		}
	}
	return strings.Join(said, ", ")
}

// learn calls each function of a load once, has its reply checked, and keeps it: all later
// ones must be the same.
func (a *arena) learn(ctx context.Context, conn *nats.Conn, s *server, l load) error {
	for _, c := range l.calls {
		if s.replies[c.function] != nil {
			continue
		}
		reply, err := a.ask(ctx, conn, s, c)
		if err != nil {
			return err
		}
		s.replies[c.function] = reply
	}
	return nil
}

// measure has a peer take a load for a while. learn comes before it.
func (a *arena) measure(ctx context.Context, s *server, l load, each time.Duration, seed uint64) (sample, error) {
	cfg := loadgen.DefaultConfig()
	cfg.Warmup, cfg.Slice, cfg.Timeout, cfg.Seed = 0, each, patience, seed
	cfg.Connections = min(l.callers, maxConns)
	cfg.Steps = []loadgen.Step{{Callers: l.callers, Duration: each}}
	for _, c := range l.calls {
		cfg.Targets = append(cfg.Targets, loadgen.Target{
			Subject: s.prefix + "." + c.function, Weight: 1, Payload: c.payload(a.origin()), Expect: s.replies[c.function],
		})
	}
	if err := forgetPeak(s.pid); err != nil {
		return sample{}, err
	}
	before, err := a.read(s)
	if err != nil {
		return sample{}, err
	}
	run, err := loadgen.Run(ctx, a.dial, cfg, nil)
	if err != nil {
		return sample{}, err
	}
	after, err := a.read(s)
	if err != nil {
		return sample{}, err
	}
	return after.since(before, run.Steps[0])
}

// reading is what all had used at one moment.
type reading struct {
	at                   time.Time
	client               machine.Reading
	serving, nats, pages use
}

func (a *arena) read(s *server) (reading, error) {
	r := reading{at: time.Now(), client: machine.Read()}
	for _, of := range []struct {
		to  *use
		pid int
	}{{&r.serving, s.pid}, {&r.nats, a.server.PID()}, {&r.pages, a.pages.PID()}} {
		var err error
		if *of.to, err = used(of.pid); err != nil {
			return r, err
		}
	}
	return r, nil
}

func (r reading) since(before reading, step loadgen.StepResult) (sample, error) {
	seconds := r.at.Sub(before.at).Seconds()
	client := r.client.Since(before.client)
	var calls uint64
	for _, n := range step.Ends {
		calls += n
	}
	if calls == 0 {
		return sample{}, fmt.Errorf("no call ended in %.1f s", seconds)
	}
	serving := (r.serving.cpu - before.serving.cpu).Seconds()
	return sample{
		CPU: serving / float64(calls) * 1000, Rate: float64(step.Ends[loadgen.EndOK]) / seconds,
		P50: step.Latency.P50, P99: step.Latency.P99, Peak: r.serving.peak, Ends: step.Ends, Why: step.Why,
		Cores: map[string]float64{
			"serving": serving / seconds, "client": client.CPU.Seconds() / seconds,
			"nats":  (r.nats.cpu - before.nats.cpu).Seconds() / seconds,
			"pages": (r.pages.cpu - before.pages.cpu).Seconds() / seconds,
		},
		Steal: client.Steal, Limits: step.Limits,
	}, nil
}
