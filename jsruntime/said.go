package jsruntime

import (
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/isolane/isolane/jsruntime/function"
)

// said is what the invocations in flight said of messages. It is written on the owner's
// goroutine, which reads an invocation's own verdicts without it; where a turn never ends,
// the watchdog's reads them all meanwhile. The zero value is empty.
type said struct {
	mu sync.Mutex
	// of are those that said something; guarded by mu, as their verdicts are.
	of map[*invocation]struct{}
}

// take takes in what the function said of a message: what it said first counts.
func (s *said) take(i *invocation, record Record) {
	n, place := i.inv.Messages(), int(record.Op)
	if i.done == nil || !i.inv.Kept || place < 0 || place >= n {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if i.verdicts == nil {
		i.verdicts = make([]function.Verdict, n)
		if s.of == nil {
			s.of = map[*invocation]struct{}{}
		}
		s.of[i] = struct{}{}
	}
	v := &i.verdicts[place]
	if v.Action != function.Unsaid {
		return
	}
	switch action := function.Action(record.Flags & 0xff); action { //nolint:gosec // one of four
	case function.SaidAck:
		v.Action = action
	case function.SaidRetry:
		v.Action, v.Delay = action, retryDelay(record.Text)
	case function.SaidReject:
		v.Action, v.Reason = action, record.Text
	case function.Unsaid:
	}
}

// forget drops i, which is in flight no more.
func (s *said) forget(i *invocation) {
	if i.verdicts == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.of, i)
}

// all is a copy of what is known, by what Runtime.Invoke was given; nil where that is
// nothing. It may be called from any goroutine.
func (s *said) all() map[*function.Invocation][]function.Verdict {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.of) == 0 {
		return nil
	}
	all := make(map[*function.Invocation][]function.Verdict, len(s.of))
	for i := range s.of {
		all[i.inv] = slices.Clone(i.verdicts)
	}
	return all
}

// retryDelay reads a delay in milliseconds; "" is none given.
func retryDelay(text string) time.Duration {
	ms, err := strconv.ParseFloat(text, 64)
	if err != nil || ms < 0 {
		return -1
	}
	limit := float64(function.MaxRetryDelay / time.Millisecond)
	return time.Duration(min(ms, limit) * float64(time.Millisecond))
}
