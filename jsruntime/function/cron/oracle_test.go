package cron_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// field is one field of an expression, as text and as what it allows.
type field struct {
	text string
	in   func(int) bool
}

func randomField(r *rand.Rand, low, high int) field {
	switch r.IntN(4) {
	case 0:
		step := 2 + r.IntN(7)
		return field{fmt.Sprintf("*/%d", step), func(v int) bool { return (v-low)%step == 0 }}
	case 1:
		a, b := low+r.IntN(high-low+1), low+r.IntN(high-low+1)
		a, b = min(a, b), max(a, b)
		return field{fmt.Sprintf("%d-%d", a, b), func(v int) bool { return v >= a && v <= b }}
	default:
		var words []string
		set := map[int]bool{}
		for range 1 + r.IntN(3) {
			v := low + r.IntN(high-low+1)
			set[v] = true
			words = append(words, fmt.Sprint(v))
		}
		return field{strings.Join(words, ","), func(v int) bool { return set[v] }}
	}
}

// oracle walks minute by minute, with a clock on the wall.
func oracle(fields [5]field, zone *time.Location, from, to time.Time) []time.Time {
	matches := func(wall time.Time) bool { // written as UTC
		dom, dow := fields[2].in(wall.Day()), fields[4].in(int(wall.Weekday()))
		day := dom && dow
		if fields[2].text != "*" && fields[4].text != "*" {
			day = dom || dow
		}
		return fields[0].in(wall.Minute()) && fields[1].in(wall.Hour()) && fields[3].in(int(wall.Month())) && day
	}
	wallAt := func(t time.Time) time.Time {
		l := t.In(zone)
		return time.Date(l.Year(), l.Month(), l.Day(), l.Hour(), l.Minute(), 0, 0, time.UTC)
	}
	anyHour := true
	for h := range 24 {
		anyHour = anyHour && fields[1].in(h)
	}
	var due []time.Time
	shown := wallAt(from.Add(-48 * time.Hour)) // the latest that the clock has shown
	for t := from.Add(-48 * time.Hour); !t.After(to); t = t.Add(time.Minute) {
		wall, hit := wallAt(t), false
		if anyHour {
			hit = matches(wall)
		} else {
			for shown.Before(wall) { // more than once where the clock jumps
				shown = shown.Add(time.Minute)
				hit = hit || matches(shown)
			}
		}
		if hit && t.After(from) {
			due = append(due, t.UTC())
		}
	}
	return due
}

// TestNextAgainstTheClock: Next and Newest agree with a walk minute by minute, around
// the changes of the clocks above all.
func TestNextAgainstTheClock(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	r := rand.New(rand.NewPCG(seed, 1))
	star := field{"*", func(int) bool { return true }}
	changes := map[string][]string{
		"UTC":                 {"2026-02-28T00:00:00Z"},
		"Europe/Berlin":       {"2026-03-29T01:00:00Z", "2026-10-25T01:00:00Z"},
		"America/New_York":    {"2026-03-08T07:00:00Z", "2026-11-01T06:00:00Z"},
		"Australia/Lord_Howe": {"2026-10-03T15:30:00Z", "2026-04-04T15:00:00Z"},
		"America/Santiago":    {"2026-09-06T04:00:00Z", "2026-04-05T03:00:00Z"},
		"Asia/Kathmandu":      {"2026-12-31T18:15:00Z"},
		"Pacific/Apia":        {"2011-12-30T10:00:00Z"},
	}
	for name, at := range changes {
		zone, err := time.LoadLocation(name)
		require.NoError(t, err)
		for range 40 {
			fields := [5]field{randomField(r, 0, 59), star, star, star, star}
			if r.IntN(4) > 0 {
				fields[1] = randomField(r, 0, 4)
			}
			if r.IntN(4) == 0 {
				fields[2] = randomField(r, 1, 31)
			}
			if r.IntN(4) == 0 {
				fields[4] = randomField(r, 0, 6)
			}
			text := ""
			for _, f := range fields {
				text += f.text + " "
			}
			spec := parse(t, text, name)
			from := moment(t, at[r.IntN(len(at))]).Add(-time.Duration(r.IntN(40*60)) * time.Minute)
			to := from.Add(72 * time.Hour)
			want := oracle(fields, zone, from, to)
			var got []time.Time
			for next := spec.Next(from); !next.IsZero() && !next.After(to); next = spec.Next(next) {
				got = append(got, next)
			}
			require.Equal(t, want, got, "%s in %s after %s", text, name, from)
			most := 1 + r.IntN(20)
			require.Equal(t, append([]time.Time(nil), want[max(0, len(want)-most):]...), spec.Newest(from, to, most), "%s in %s after %s", text, name, from)
		}
	}
}
