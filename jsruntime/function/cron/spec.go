package cron

import (
	"fmt"
	"strings"
	"time"
	_ "time/tzdata" // a container may have no time zones

	"github.com/robfig/cron/v3"
)

const (
	// MaxExpression is the longest expression, in bytes.
	MaxExpression = 256
	// MinEvery is the shortest distance of @every.
	MinEvery = time.Second
	// MaxEvery is the longest.
	MaxEvery = 366 * 24 * time.Hour
)

// Spec is a cron expression in a time zone. Make one with Parse.
type Spec struct {
	text string
	zone *time.Location
	// every is the distance of @every; 0 is an expression of fields.
	every time.Duration
	// wall are the fields, taken as if the clock on the wall were UTC.
	wall *cron.SpecSchedule
	// elapsed: any hour will do, so the schedule follows the time that passes.
	elapsed bool
}

// Parse reads five fields (minute, hour, day of the month, month, day of the week), one
// of @yearly, @monthly, @weekly, @daily and @hourly, or @every and a duration. zone is a
// name of the IANA database; "" is UTC. The error wraps ErrExpression or ErrZone.
func Parse(text, zone string) (*Spec, error) {
	loc, err := parseZone(zone)
	if err != nil {
		return nil, err
	}
	if len(text) > MaxExpression {
		return nil, fmt.Errorf("%w: longer than %d bytes", ErrExpression, MaxExpression)
	}
	text = strings.Join(strings.Fields(text), " ")
	switch {
	case text == "":
		return nil, fmt.Errorf("%w: write five fields, minute hour day month weekday, as \"0 3 * * *\"", ErrExpression)
	case strings.Contains(text, "TZ="):
		return nil, fmt.Errorf("%w: the time zone is not part of it: use the key timezone", ErrExpression)
	case strings.HasPrefix(text, "@every"):
		return parseEvery(text, loc)
	}
	parser := cron.NewParser(cron.Minute | cron.Hour | cron.Dom | cron.Month | cron.Dow | cron.Descriptor)
	schedule, err := parser.Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrExpression, err)
	}
	wall, ok := schedule.(*cron.SpecSchedule)
	if !ok {
		return nil, fmt.Errorf("%w: %s", ErrExpression, text)
	}
	wall.Location = time.UTC
	for _, field := range []struct {
		name string
		bits uint64
	}{{"minute", wall.Minute}, {"hour", wall.Hour}, {"day of the month", wall.Dom}, {"month", wall.Month}, {"day of the week", wall.Dow}} {
		if field.bits&^star == 0 {
			return nil, fmt.Errorf("%w: the %s is empty", ErrExpression, field.name)
		}
	}
	leap := time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC)
	if wall.Next(leap.Add(-time.Second)).IsZero() {
		return nil, fmt.Errorf("%w: that day never comes", ErrExpression)
	}
	return &Spec{text: text, zone: loc, wall: wall, elapsed: wall.Hour&allHours == allHours}, nil
}

const (
	// star is the bit that the library sets for a * in a field.
	star = 1 << 63
	// allHours are the bits of all hours.
	allHours = 1<<24 - 1
)

func parseZone(zone string) (*time.Location, error) {
	if zone == "" {
		return time.UTC, nil
	}
	if zone == "Local" { // each node may have another
		return nil, fmt.Errorf("%w: Local may differ from node to node: name one, as Europe/Berlin", ErrZone)
	}
	loc, err := time.LoadLocation(zone)
	if err != nil {
		return nil, fmt.Errorf("%w: %q: write a name of the IANA database, as Europe/Berlin or UTC", ErrZone, clip(zone))
	}
	return loc, nil
}

func parseEvery(text string, zone *time.Location) (*Spec, error) {
	every, err := time.ParseDuration(strings.TrimPrefix(text, "@every "))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%w: after @every comes a duration, as \"@every 90s\" or \"@every 1h30m\"", ErrExpression)
	case every < MinEvery || every > MaxEvery || every%time.Second != 0:
		return nil, fmt.Errorf("%w: @every %v: choose whole seconds, %v to %v", ErrExpression, every, MinEvery, MaxEvery)
	}
	return &Spec{text: text, zone: zone, every: every}, nil
}

func clip(text string) string {
	const most = 64
	if len(text) > most {
		return strings.ToValidUTF8(text[:most], "") + "..."
	}
	return text
}

// String returns the expression, with single spaces.
func (s *Spec) String() string { return s.text }

// Zone returns the time zone's name.
func (s *Spec) Zone() string { return s.zone.String() }
