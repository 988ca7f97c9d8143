package function

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"

	"github.com/isolane/isolane/jsruntime/function/cron"
)

// Missed says what becomes of due times that nobody was there for.
type Missed string

// What to do about missed times. "" is MissedSkip.
const (
	// MissedSkip leaves them out.
	MissedSkip Missed = "skip"
	// MissedOnce runs the newest alone.
	MissedOnce Missed = "once"
	// MissedAll runs the newest MaxMissed, one message for each, oldest first.
	MissedAll Missed = "all"
)

const (
	// MaxMissed is how many missed times are made up for at most.
	MaxMissed = 100
	// MaxSchedules is how many a function may have.
	MaxSchedules = 32
	// MaxSchedulePayload is the longest payload of one, in bytes.
	MaxSchedulePayload = 16 << 10
)

// UnmarshalText implements encoding.TextUnmarshaler: skip, once or all.
func (m *Missed) UnmarshalText(text []byte) error {
	return oneOf(m, text, MissedSkip, MissedOnce, MissedAll)
}

// Schedule has a function run at certain times, each once in the whole cluster.
type Schedule struct {
	// Cron says when, as package cron reads it: "0 3 * * *", "@daily", "@every 90s".
	Cron string `yaml:"cron"`
	// Timezone is what Cron is about, of the IANA database. Default UTC.
	Timezone string `yaml:"timezone"`
	// Missed is skip where nothing is given.
	Missed Missed `yaml:"missed"`
	// Payload is that of the message that the function gets.
	Payload string `yaml:"payload"`
	// Overlap is allow where nothing is given. It and Deliveries are the same for all
	// schedules of a function.
	Overlap Overlap `yaml:"overlap" json:",omitempty"` // omitted: the versions of others stay as they are
	// Deliveries is how many of a run's message count before it is a dead letter. Default 5.
	Deliveries int `yaml:"deliveries" json:",omitempty"`
}

// Overlap says what becomes of a due time while a run of the function's schedules goes on,
// or waits.
type Overlap string

// What to do about overlapping runs. "" is OverlapAllow.
const (
	// OverlapAllow runs it beside.
	OverlapAllow Overlap = "allow"
	// OverlapSkip leaves it out.
	OverlapSkip Overlap = "skip"
	// OverlapQueue runs it after.
	OverlapQueue Overlap = "queue"
)

// UnmarshalText implements encoding.TextUnmarshaler: allow, skip or queue.
func (o *Overlap) UnmarshalText(text []byte) error {
	return oneOf(o, text, OverlapAllow, OverlapSkip, OverlapQueue)
}

// Spec reads when it is due. The error wraps one of package cron's.
func (s Schedule) Spec() (*cron.Spec, error) { return cron.Parse(s.Cron, s.Timezone) }

// ID tells the schedules of a function apart, and is the same as long as the times are:
// what is done about missed times, and the payload, are no part of it.
func (s Schedule) ID() string {
	zone := s.Timezone
	if zone == "" {
		zone = "UTC"
	}
	sum := sha256.Sum256([]byte(strings.Join(strings.Fields(s.Cron), " ") + "\n" + zone))
	return hex.EncodeToString(sum[:6])
}

// checkSchedule calls fault for each fault of the manifest's schedules.
func (m Manifest) checkSchedule(set func(path string) bool, fault func(path, format string, args ...any)) {
	if len(m.Schedule) > MaxSchedules {
		fault("schedule", "%d schedules: a function has %d at most", len(m.Schedule), MaxSchedules)
		return
	}
	first := map[string]string{}
	for i, s := range m.Schedule {
		path := "schedule"
		if len(m.Schedule) > 1 || set("schedule[0]") {
			path = fmt.Sprintf("schedule[%d]", i)
		}
		s.check(path, set, fault)
		if other := first[s.ID()]; other != "" && s.Cron != "" {
			fault(path+".cron", "the same times as those of %s: leave one of them out", other)
		}
		first[s.ID()] = path
		if s.Overlap != m.Schedule[0].Overlap {
			fault(path+".overlap", "differs from that of the first schedule: all runs of a function go one way, so give each of its schedules the same")
		}
		if s.Deliveries != m.Schedule[0].Deliveries {
			fault(path+".deliveries", "differs from that of the first schedule: give each of the function's schedules the same")
		}
	}
}

func (s Schedule) check(path string, set func(path string) bool, fault func(path, format string, args ...any)) {
	_, err := s.Spec()
	switch {
	case s.Cron == "":
		fault(path+".cron", "say when: five fields, minute hour day month weekday, as \"0 3 * * *\", or \"@every 90s\"")
	case errors.Is(err, cron.ErrZone):
		fault(path+".timezone", "%v", err)
	case err != nil:
		fault(path+".cron", "%s: %v", clip(s.Cron), err)
	}
	if s.Missed != "" {
		if err := new(Missed).UnmarshalText([]byte(s.Missed)); err != nil {
			fault(path+".missed", "%v", err)
		}
	}
	if s.Overlap != "" {
		if err := new(Overlap).UnmarshalText([]byte(s.Overlap)); err != nil {
			fault(path+".overlap", "%v", err)
		}
	}
	if s.Overlap == OverlapSkip && s.Missed == MissedAll {
		fault(path+".missed", "all contradicts overlap: skip, which would leave out all but the first: choose once, or overlap: queue")
	}
	if (s.Deliveries != 0 || set(path+".deliveries")) && (s.Deliveries < 1 || s.Deliveries > maxDeliveries) {
		fault(path+".deliveries", "%d: choose 1 to %d", s.Deliveries, maxDeliveries)
	}
	if len(s.Payload) > MaxSchedulePayload {
		fault(path+".payload", "%d bytes: it has %d at most", len(s.Payload), MaxSchedulePayload)
	}
}
