package rig

import (
	"fmt"
	"time"

	"github.com/isolane/isolane/experiments/lab/rig/quota"
	"github.com/isolane/isolane/experiments/machine"
)

// Use is what a process used over some time.
type Use struct {
	// Over is that time, CPU the processor time, Cores that for each second.
	Over, CPU time.Duration
	Cores     float64
	// Resident is the memory that it holds now, Peak the most that it ever held, in bytes.
	Resident, Peak uint64
	// Held says of a process with a quota in how many of its periods it was held.
	Held quota.Stat
}

// Meter takes down what processes use. It belongs to one goroutine.
type Meter struct {
	began     time.Time
	processes []*Process
	before    []machine.Process
	held      []quota.Stat
}

// NewMeter begins.
func NewMeter(processes ...*Process) (*Meter, error) {
	m := &Meter{began: time.Now(), processes: processes}
	for _, p := range processes {
		use, held, err := read(p)
		if err != nil {
			return nil, err
		}
		m.before, m.held = append(m.before, use), append(m.held, held)
	}
	return m, nil
}

func read(p *Process) (machine.Process, quota.Stat, error) {
	use, err := p.Use()
	if err != nil {
		return use, quota.Stat{}, fmt.Errorf("rig: %s: %w", p.Name(), err)
	}
	if p.Quota == nil {
		return use, quota.Stat{}, nil
	}
	held, err := p.Quota.Stat()
	return use, held, err
}

// Stop says what each used since the beginning, in their order. It may be called again.
func (m *Meter) Stop() ([]Use, error) {
	over := time.Since(m.began)
	uses := make([]Use, len(m.processes))
	for i, p := range m.processes {
		now, held, err := read(p)
		if err != nil {
			return nil, err
		}
		u := Use{Over: over, CPU: now.CPU - m.before[i].CPU, Resident: now.Resident, Peak: now.Peak}
		u.Cores = u.CPU.Seconds() / over.Seconds()
		u.Held = quota.Stat{Periods: held.Periods - m.held[i].Periods, Throttled: held.Throttled - m.held[i].Throttled, Held: held.Held - m.held[i].Held}
		uses[i] = u
	}
	return uses, nil
}
