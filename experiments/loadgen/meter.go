package loadgen

import (
	"sync"
	"time"

	"github.com/isolane/isolane/experiments/machine"
)

// meter reads what the process and the machine used between the beginning of a step and
// its end, without the warm-up.
type meter struct {
	mu      sync.Mutex
	timer   *time.Timer
	begun   machine.Reading // guarded by mu; zero before the beginning
	ended   machine.Reading // guarded by mu; zero before the end
	endedBy *time.Timer
}

func startMeter(begin time.Time, duration time.Duration) *meter {
	m := &meter{}
	m.timer = time.AfterFunc(time.Until(begin), func() { m.take(&m.begun) })
	m.endedBy = time.AfterFunc(time.Until(begin.Add(duration)), func() { m.take(&m.ended) })
	return m
}

func (m *meter) take(to *machine.Reading) {
	reading := machine.Read()
	m.mu.Lock()
	defer m.mu.Unlock()
	*to = reading
}

// stop returns what was used; zero where the step did not come that far.
func (m *meter) stop() machine.Use {
	m.timer.Stop()
	m.endedBy.Stop()
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.begun.IsZero() || m.ended.IsZero() {
		return machine.Use{}
	}
	return m.ended.Since(m.begun)
}
