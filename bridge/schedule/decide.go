package schedule

import (
	"time"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/cron"
)

// Due returns which times to publish now, oldest first, where last is the newest that
// was dealt with. The newest due time is on time for as long as late; what the others
// are, and it later, is missed, and up to the policy. It is pure.
func Due(spec *cron.Spec, missed function.Missed, last, now time.Time, late time.Duration) []time.Time {
	switch missed {
	case function.MissedAll:
		return spec.Newest(last, now, function.MaxMissed)
	case function.MissedOnce:
		return spec.Newest(last, now, 1)
	case function.MissedSkip:
	}
	if kept := now.Add(-late); last.Before(kept) {
		last = kept.Add(-time.Nanosecond) // what is due at kept counts
	}
	return spec.Newest(last, now, 1)
}
