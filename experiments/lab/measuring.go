package lab

import (
	"context"
	"fmt"
	"math/rand/v2"

	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
)

// maxAgain is the part of a run's planned repetitions that one call may measure once more in
// place of disturbed ones.
const maxAgain = 0.5

// measuring is a run under way.
type measuring struct {
	e    Experiment
	cfg  RunConfig
	file *record.File
	// list is what was measured, failed counts those of it that this call saw fail.
	list   []record.Measurement
	failed int
	// before is how long the calibration loop took last; 0: it has not run.
	before float64
}

// all takes the turns that are not done, and then those that make up for disturbed ones.
func (m *measuring) all(ctx context.Context, points []Point) error {
	turns := plan(points, m.cfg.Seed)
	if len(m.list) > 0 {
		m.cfg.Say("%s: %d repetitions are recorded, of %d that are planned", m.e.Name, len(m.list), len(turns))
	}
	if err := m.take(ctx, turns, 0, len(turns)); err != nil {
		return err
	}
	if m.cfg.Scale != Full {
		return nil
	}
	planned := len(turns)
	before := lastOf(m.list)
	for done := planned; ; {
		again := makeUp(points, m.list, before, m.cfg.Seed, int(maxAgain*float64(planned)))
		if len(again) == 0 {
			return nil
		}
		m.cfg.Say("%s: %d repetitions more, for points with too few that were undisturbed", m.e.Name, len(again))
		if err := m.take(ctx, again, done, done+len(again)); err != nil {
			return err
		}
		done += len(again)
	}
}

// take takes the turns that are not recorded; done and total are for whoever looks on.
func (m *measuring) take(ctx context.Context, turns []turn, done, total int) error {
	seen := map[string]bool{}
	for i := range m.list {
		seen[fmt.Sprint(m.list[i].Point, " ", m.list[i].Repetition)] = true
	}
	for i, t := range turns {
		if seen[fmt.Sprint(t.point.ID, " ", t.repetition)] {
			continue
		}
		if ctx.Err() != nil {
			return m.ended(ctx)
		}
		if m.before == 0 {
			m.before = m.cfg.Calibrate()
		}
		m.cfg.At(done+i, total)
		m.cfg.Say("%s: %d of %d: %s, repetition %d", m.e.Name, done+i+1, total, t.point.ID, t.repetition)
		took := repeat(ctx, m.e, m.cfg, t)
		if ctx.Err() != nil {
			return m.ended(ctx) // what it shows is of the interruption
		}
		took.Before, took.After = m.before, m.cfg.Calibrate()
		m.before = took.After
		if err := m.file.Write(took); err != nil {
			return err
		}
		m.list = append(m.list, took)
		if took.Error != "" {
			m.failed++
			m.cfg.Say("%s: %s failed: %s", m.e.Name, t.point.ID, took.Error)
		}
	}
	return nil
}

func (m *measuring) ended(ctx context.Context) error {
	return fmt.Errorf("lab: %s ended early, what was measured is kept: %w", m.e.Name, context.Cause(ctx))
}

// lastOf is the number of the last repetition of each point in list.
func lastOf(list []record.Measurement) map[string]int {
	last := map[string]int{}
	for i := range list {
		last[list[i].Point] = max(last[list[i].Point], list[i].Repetition)
	}
	return last
}

// makeUp is one more repetition of each point that was to have enough of them for a figure and
// has too few that were undisturbed. One call, which found the repetitions before and took those
// that were planned, makes up no more for a point than that was to have in the first place, and
// most in all: what a bad hour leaves undone is for another call. So are failures, which are not
// disturbances.
func makeUp(points []Point, list []record.Measurement, before map[string]int, seed uint64, most int) []turn {
	circumstances := make([]judge.Circumstances, len(list))
	for i := range list {
		circumstances[i] = list[i].Circumstances()
	}
	disturbed := judge.Disturbed(circumstances)
	enough, last := map[string]int{}, lastOf(list)
	for i := range list {
		if list[i].Error != "" || disturbed[i] == "" {
			enough[list[i].Point]++
		}
	}
	var turns []turn
	for _, p := range points {
		more := max(last[p.ID]-max(p.Repeat, before[p.ID]), 0)
		most -= more
		if p.Repeat >= judge.MinRepetitions && enough[p.ID] < judge.MinRepetitions && more < p.Repeat {
			turns = append(turns, turn{p, max(last[p.ID], p.Repeat) + 1})
		}
	}
	chance := rand.New(rand.NewPCG(seed, uint64(len(list)))) //nolint:gosec // an order
	chance.Shuffle(len(turns), func(i, j int) { turns[i], turns[j] = turns[j], turns[i] })
	return turns[:min(max(most, 0), len(turns))]
}
