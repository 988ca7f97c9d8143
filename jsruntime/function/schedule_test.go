package function_test

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestScheduleManifest(t *testing.T) {
	one, err := function.ParseManifest("f", []byte(`schedule: { cron: "0 3 * * *", timezone: Europe/Berlin, missed: once, payload: '{"a":1}' }`))
	require.NoError(t, err)
	require.NoError(t, one.Validate())
	want := function.Schedule{Cron: "0 3 * * *", Timezone: "Europe/Berlin", Missed: function.MissedOnce, Payload: `{"a":1}`}
	require.Equal(t, []function.Schedule{want}, one.Schedule)
	list, err := function.ParseManifest("f", []byte("schedule:\n- cron: \"0 3 * * *\"\n- cron: \"@every 90s\"\n  missed: all"))
	require.NoError(t, err)
	require.Equal(t, []function.Schedule{{Cron: "0 3 * * *"}, {Cron: "@every 90s", Missed: function.MissedAll}}, list.Schedule)
}

func TestScheduleManifestFaults(t *testing.T) {
	for in, want := range map[string]string{
		`schedule: {}`:                   `f:1:11: schedule.cron: say when`,
		`schedule: {cron: "0 25 * * *"}`: "f:1:18: schedule.cron: \"0 25 * * *\": no cron expression: end of range (25) above maximum (23)",
		`schedule: {corn: "0 3 * * *"}`:  `unknown key "schedule.corn": did you mean schedule.cron?`,
		`schedule: "0 3 * * *"`:          "schedule: want a list, found",
		`schedule: [{cron: "@daily"}, {cron: "@daily", timezone: UTC}]`:              "schedule[1].cron: the same times as those of schedule[0]",
		`schedule: [{cron: "@daily", timezone: Mars}]`:                               `schedule[0].timezone: no time zone: "Mars"`,
		`schedule: {cron: "@daily", overlap: skp}`:                                   "schedule.overlap: skp: did you mean skip?",
		`schedule: {cron: "@daily", overlap: skip, missed: all}`:                     "schedule.missed: all contradicts overlap: skip",
		`schedule: {cron: "@daily", deliveries: -1}`:                                 "schedule.deliveries: -1: choose 1 to 10000",
		`schedule: [{cron: "@daily", overlap: queue}, {cron: "@hourly"}]`:            "schedule[1].overlap: differs from that of the first",
		`schedule: [{cron: "@daily"}, {cron: "@hourly", deliveries: 2}]`:             "schedule[1].deliveries: differs from that of the first",
		`schedule: {cron: "@daily", missed: al}`:                                     "schedule.missed: al: did you mean all?",
		`schedule: {cron: "@daily", payload: "` + strings.Repeat("x", 20_000) + `"}`: "schedule.payload: 20000 bytes: it has 16384 at most",
		`schedule: [` + strings.Repeat(`{cron: "@daily"},`, 40) + `]`:                "40 schedules: a function has 32 at most",
	} {
		_, err := function.ParseManifest("f", []byte(in))
		require.ErrorIs(t, err, function.ErrInvalidManifest, in)
		require.ErrorContains(t, err, want)
	}
	require.ErrorContains(t, function.Manifest{Isolation: "warm", Engine: "v8", Schedule: []function.Schedule{{}}}.Validate(), "schedule[0].cron: say when")
}

func TestScheduleID(t *testing.T) {
	a := function.Schedule{Cron: "0 3 * * *"}
	require.Equal(t, a.ID(), function.Schedule{Cron: " 0  3 * * * ", Timezone: "UTC", Payload: "x", Missed: function.MissedAll}.ID())
	require.NotEqual(t, a.ID(), function.Schedule{Cron: "0 3 * * *", Timezone: "Europe/Berlin"}.ID())
	text, err := json.Marshal(function.DefaultManifest())
	require.NoError(t, err)
	require.NotContains(t, string(text), "Schedule", "the versions of functions without one stay")
}
