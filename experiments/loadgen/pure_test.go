package loadgen

import (
	"math"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestEvenScheduleDoesNotDrift(t *testing.T) {
	s := newSchedule(Even, 3, 1)
	for i := range 3_000_000 {
		at := s.next()
		if i == 2_999_999 {
			require.InDelta(t, (999_999+2.0/3)*1e9, float64(at), 1000)
		}
	}
}

func TestPoissonSchedule(t *testing.T) {
	const rate, n = 1000, 200_000
	s, again, other := newSchedule(Poisson, rate, 7), newSchedule(Poisson, rate, 7), newSchedule(Poisson, rate, 8)
	var last time.Duration
	var gaps []float64
	same := 0
	for range n {
		at := s.next()
		require.GreaterOrEqual(t, at, last)
		require.Equal(t, at, again.next())
		if at == other.next() {
			same++
		}
		gaps = append(gaps, (at - last).Seconds())
		last = at
	}
	require.Less(t, same, n/100, "another seed gives another schedule")
	var sum, squares float64
	for _, g := range gaps {
		sum += g
		squares += g * g
	}
	mean := sum / n
	deviation := math.Sqrt(squares/n - mean*mean)
	require.InEpsilon(t, 1.0/rate, mean, 0.02)
	require.InEpsilon(t, mean, deviation, 0.03, "that of an exponential distribution is its mean")
}

func TestMixFollowsWeights(t *testing.T) {
	targets := []Target{{Weight: 1}, {Weight: 6}, {Weight: 3}}
	m, again := newMix(targets, 3), newMix(targets, 3)
	counts := make([]float64, 3)
	for range 100_000 {
		i := m.next()
		require.Equal(t, i, again.next())
		counts[i]++
	}
	for i, want := range []float64{0.1, 0.6, 0.3} {
		require.InDelta(t, want, counts[i]/100_000, 0.01)
	}
}

// TestPendingAgainstDumb holds the table beside a plain list.
func TestPendingAgainstDumb(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p, dumb := newPending(), map[uint64]sent{}
		var now time.Duration
		for seq := uint64(1); seq <= 300; seq++ {
			now += time.Duration(rapid.IntRange(0, 3).Draw(t, "later"))
			s := sent{seq: seq, at: now}
			p.add(s)
			dumb[seq] = s
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0:
				victim := rapid.Uint64Range(1, seq).Draw(t, "victim")
				want, ok := dumb[victim]
				got, found := p.take(victim)
				require.Equal(t, ok, found)
				require.Equal(t, want, got)
				if delete(dumb, victim); found {
					p.done()
				}
			case 1:
				limit := now - time.Duration(rapid.IntRange(0, 40).Draw(t, "age"))
				var want []uint64
				for _, s := range dumb {
					if s.at < limit {
						want = append(want, s.seq)
						delete(dumb, s.seq)
					}
				}
				var got []uint64
				for _, s := range p.expire(limit) {
					got = append(got, s.seq)
					p.done()
				}
				require.ElementsMatch(t, want, got)
			}
		}
		p.finish()
		select {
		case <-p.idle:
			require.Empty(t, dumb)
		default:
			require.NotEmpty(t, dumb)
		}
		for range p.expire(now + 1) {
			p.done()
		}
		<-p.idle
	})
}

func TestLimits(t *testing.T) {
	fine := StepResult{Ends: map[string]uint64{EndOK: 10}, Latency: Distribution{P99: 20_000}, Lag: Distribution{P99: 900}, Cores: 1, Busy: 1.2, Sending: 0.2}
	for name, tc := range map[string]struct {
		change func(*StepResult)
		want   string
	}{
		"none":              {func(*StepResult) {}, ""},
		"not sent":          {func(r *StepResult) { r.Ends = map[string]uint64{EndNotSent: 3} }, "3 requests were not sent, since 77 were outstanding"},
		"late":              {func(r *StepResult) { r.Lag.P99 = 2100 }, "requests were sent late (99 %: 2.1ms), and the latencies hold that delay: the generator was woken late, though its connections had time (20 % spent on sending)"},
		"late, by sending":  {func(r *StepResult) { r.Lag.P99, r.Sending = 2100, 0.9 }, "a connection spent 90 % of the time on sending; use more connections"},
		"late, by far":      {func(r *StepResult) { r.Lag.P99, r.Sending = 2100, 1.7 }, "a connection spent 100 % of the time"},
		"late among others": {func(r *StepResult) { r.Lag.P99, r.Busy, r.Cores = 2100, 1.9, 0.2 }, "others kept 1.7 of 2 busy and itself 0.2"},
		"late among others, which slow the sending": {func(r *StepResult) { r.Lag.P99, r.Busy, r.Cores, r.Sending = 2100, 2, 0.3, 0.9 }, "others kept 1.7 of 2 busy and itself 0.3"},
		"late by itself":            {func(r *StepResult) { r.Lag.P99, r.Busy, r.Cores = 2100, 1.9, 1.6 }, "of which it kept 1.6 of 2 busy itself"},
		"others, and it is in time": {func(r *StepResult) { r.Busy, r.Cores = 2, 0.3 }, ""},
		"late, but little":          {func(r *StepResult) { r.Lag.P99 = 1900 }, ""},
		"late and quick":            {func(r *StepResult) { r.Lag.P99, r.Latency.P99 = 900, 901 }, ""},
		"busy":                      {func(r *StepResult) { r.Cores = 1.8 }, "kept 1.8 of 2 processors busy"},
		"stolen":                    {func(r *StepResult) { r.Steal = 0.2 }, "gave 20 % of this machine's time"},
	} {
		t.Run(name, func(t *testing.T) {
			r := fine
			tc.change(&r)
			said := limits(r, 2, 77)
			if tc.want == "" {
				require.Empty(t, said)
				return
			}
			require.Len(t, said, 1)
			require.Contains(t, said[0], tc.want)
			require.Equal(t, strings.Contains(name, "by sending") || strings.Contains(name, "by far"), strings.Contains(said[0], "more connections"))
		})
	}
}

func TestParseTarget(t *testing.T) {
	for text, want := range map[string]Spec{
		"hello":           {Name: "hello", Weight: 1},
		"hello:2.5":       {Name: "hello", Weight: 2.5},
		"hello=":          {Name: "hello", Weight: 1, HasPayload: true},
		`a:3={"x":"y=z"}`: {Name: "a", Weight: 3, Payload: `{"x":"y=z"}`, HasPayload: true},
	} {
		got, err := ParseTarget(text)
		require.NoError(t, err, text)
		require.Equal(t, want, got, text)
	}
	for _, text := range []string{"", ":2", "=x", "a:", "a:0", "a:-1", "a:NaN", "a:Inf", "a:x=1"} {
		_, err := ParseTarget(text)
		require.ErrorIs(t, err, ErrConfig, text)
	}
}

func TestParseRates(t *testing.T) {
	for text, want := range map[string][]float64{
		"500":          {500},
		"0.5":          {0.5},
		"100..300/100": {100, 200, 300},
		"1..2/0.3":     {1, 1.3, 1.6, 1.9},
		"5..5/1":       {5},
	} {
		got, err := ParseRates(text)
		require.NoError(t, err, text)
		require.InDeltaSlice(t, want, got, 1e-9, text)
	}
	for _, text := range []string{"", "0", "-1", "x", "NaN", "Inf", "1..", "1..2", "2..1/1", "1..2/0", "1..1e9/1", "1..Inf/1"} {
		_, err := ParseRates(text)
		require.ErrorIs(t, err, ErrConfig, text)
	}
}

func FuzzParse(f *testing.F) {
	f.Add("a:3=x", "1..10/2")
	f.Fuzz(func(t *testing.T, target, rates string) {
		if spec, err := ParseTarget(target); err == nil && (spec.Name == "" || !(spec.Weight > 0)) {
			t.Fatalf("%q gives %+v", target, spec)
		}
		values, err := ParseRates(rates)
		if err == nil && (len(values) == 0 || len(values) > maxSteps) {
			t.Fatalf("%q gives %d rates", rates, len(values))
		}
		for _, v := range values {
			if !(v > 0) {
				t.Fatalf("%q gives %g", rates, v)
			}
		}
	})
}

func TestValidate(t *testing.T) {
	good := func() Config {
		c := DefaultConfig()
		c.Targets = []Target{{Subject: "fn.x", Weight: 1}}
		c.Steps = []Step{{Rate: 1, Duration: time.Second}}
		return c
	}
	require.NoError(t, good().Validate())
	for name, tc := range map[string]struct {
		change func(*Config)
		want   string
	}{
		"no target":     {func(c *Config) { c.Targets = nil }, "no target"},
		"wildcard":      {func(c *Config) { c.Targets[0].Subject = "fn.*" }, "wildcard"},
		"weight":        {func(c *Config) { c.Targets[0].Weight = 0 }, "a weight of 0"},
		"no step":       {func(c *Config) { c.Steps = nil }, "no step"},
		"both loops":    {func(c *Config) { c.Steps[0].Callers = 2 }, "one of them"},
		"no loop":       {func(c *Config) { c.Steps[0].Rate = 0 }, "one of them"},
		"rate":          {func(c *Config) { c.Steps[0].Rate = math.NaN() }, "a rate of NaN"},
		"much memory":   {func(c *Config) { c.Connections = 256; c.Steps[0].Duration = time.Minute }, "longer slices need less memory"},
		"many callers":  {func(c *Config) { c.Steps[0] = Step{Callers: 60_000, Duration: 1} }, "raise that bound"},
		"no duration":   {func(c *Config) { c.Steps[0].Duration = 0 }, "a duration of 0s"},
		"many slices":   {func(c *Config) { c.Steps[0].Duration = 1e6 * time.Hour }, "at most 10000 slices"},
		"via":           {func(c *Config) { c.Via = "pigeon" }, "request or stream"},
		"arrivals":      {func(c *Config) { c.Arrivals = "odd" }, "even or poisson"},
		"warm-up":       {func(c *Config) { c.Warmup = -1 }, "0 or more"},
		"timeout":       {func(c *Config) { c.Timeout = time.Hour }, "at most 10m"},
		"outstanding":   {func(c *Config) { c.MaxOutstanding = 0 }, "at least 1"},
		"connections":   {func(c *Config) { c.Connections = 0 }, "1 to 256"},
		"little slices": {func(c *Config) { c.Slice = 1 }, "10ms or more"},
	} {
		t.Run(name, func(t *testing.T) {
			c := good()
			tc.change(&c)
			err := c.Validate()
			require.ErrorIs(t, err, ErrConfig)
			require.ErrorContains(t, err, tc.want)
		})
	}
}
