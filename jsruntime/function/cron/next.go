package cron

import "time"

// Next returns the first time after t at which the schedule is due, in UTC, or the zero
// time where none comes within about five years. The times of @every are multiples of
// its distance since 1970, so that all who ask agree on them.
func (s *Spec) Next(t time.Time) time.Time {
	if s.every > 0 {
		every := int64(s.every / time.Second)
		n := t.Unix() / every
		if t.Unix()%every < 0 {
			n--
		}
		return time.Unix((n+1)*every, 0).UTC()
	}
	start, end, offset := s.period(t)
	wall := at(t, offset)
	if !s.elapsed && !start.IsZero() {
		if _, _, before := s.period(start.Add(-time.Second)); before > offset {
			// What the clock shows for the second time was due the first time.
			if repeated := at(start, before).Add(-time.Second); wall.Before(repeated) {
				wall = repeated
			}
		}
	}
	for {
		due := s.wall.Next(wall)
		if due.IsZero() {
			return time.Time{}
		}
		instant := due.Add(-offset)
		if end.IsZero() || instant.Before(end) {
			return instant
		}
		// It is beyond the next change of the clocks.
		was := offset
		change := end
		_, end, offset = s.period(change)
		wall = at(change, offset).Add(-time.Second)
		switch {
		case s.elapsed:
		case offset > was && due.Before(at(change, offset)):
			return change.UTC() // the clock skips it
		case offset < was:
			wall = at(change, was).Add(-time.Second)
		}
	}
}

// period returns from when until when t's offset from UTC is in force, and the offset.
// A bound is zero where there is none.
func (s *Spec) period(t time.Time) (start, end time.Time, offset time.Duration) {
	local := t.In(s.zone)
	_, seconds := local.Zone()
	start, end = local.ZoneBounds()
	return start, end, time.Duration(seconds) * time.Second
}

// at is what the clock on the wall shows at t, written as if it were UTC.
func at(t time.Time, offset time.Duration) time.Time { return t.UTC().Add(offset) }

// Newest returns the newest due times after last and not after now, oldest first: most
// of them at the most. It looks back from now, so that what it costs does not depend on
// how long ago last is, but on how far apart the times are.
func (s *Spec) Newest(last, now time.Time, most int) []time.Time {
	if most <= 0 || !last.Before(now) {
		return nil
	}
	for back := time.Minute; ; back *= 4 {
		from := now.Add(-back)
		if back > farthest || from.Before(last) {
			from = last
		}
		var due []time.Time
		for t := s.Next(from); !t.IsZero() && !t.After(now); t = s.Next(t) {
			if due = append(due, t); len(due) > most {
				due = due[1:]
			}
		}
		if len(due) == most || from.Equal(last) {
			return due
		}
	}
}

// farthest is how far Newest looks back in steps; what is before is looked at as a whole.
const farthest = 40 * 365 * 24 * time.Hour
