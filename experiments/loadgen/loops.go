package loadgen

import (
	"context"
	"time"
)

// pace is the open loop of a link: it sends what is due, however many replies are missing,
// until nothing more is due within duration, or ctx is done.
func (l *link) pace(ctx context.Context, s *schedule, warmup, duration time.Duration) {
	defer l.open.finish()
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	for {
		due := s.next() - warmup
		if due >= duration {
			return
		}
		if wait := due - l.now(); wait > 0 {
			timer.Reset(wait)
			select {
			case <-timer.C:
			case <-ctx.Done():
				return
			}
		} else if ctx.Err() != nil {
			return
		}
		began := l.now()
		l.send(due)
		if due >= 0 {
			l.sending += l.now() - began
		}
	}
}

// keep is the closed loop of a link: it keeps callers requests under way until duration
// is over, or ctx is done.
func (l *link) keep(ctx context.Context, next <-chan struct{}, duration time.Duration) {
	defer l.open.finish()
	over := time.NewTimer(duration - l.now())
	defer over.Stop()
	for {
		select {
		case <-next:
			l.send(l.now())
		case <-over.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// tend ends what waits for too long, until all has ended.
func (l *link) tend(ctx context.Context) {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			l.expire()
		case <-l.open.idle:
			return
		case <-ctx.Done():
			return
		}
	}
}
