package cron_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function/cron"
)

func parse(t *testing.T, text, zone string) *cron.Spec {
	t.Helper()
	spec, err := cron.Parse(text, zone)
	require.NoError(t, err)
	return spec
}

func moment(t *testing.T, text string) time.Time {
	t.Helper()
	at, err := time.Parse(time.RFC3339, text)
	require.NoError(t, err)
	return at
}

func TestNext(t *testing.T) {
	for name, tc := range map[string]struct {
		cron, zone, after string
		want              []string
	}{
		"each night":           {"0 3 * * *", "", "2026-01-01T03:00:00Z", []string{"2026-01-02T03:00:00Z", "2026-01-03T03:00:00Z"}},
		"in Berlin":            {"0 3 * * *", "Europe/Berlin", "2026-06-01T00:59:59Z", []string{"2026-06-01T01:00:00Z", "2026-06-02T01:00:00Z"}},
		"weekdays":             {"0 9 * * mon-fri", "", "2026-11-27T09:00:00Z", []string{"2026-11-30T09:00:00Z"}},
		"a leap day":           {"0 0 29 2 *", "", "2025-01-01T00:00:00Z", []string{"2028-02-29T00:00:00Z"}},
		"@hourly":              {"@hourly", "Europe/Berlin", "2026-01-01T00:30:00Z", []string{"2026-01-01T01:00:00Z"}},
		"@daily":               {"@daily", "America/New_York", "2026-01-01T00:00:00Z", []string{"2026-01-01T05:00:00Z"}},
		"@every":               {"@every 90s", "", "1970-01-01T00:00:00Z", []string{"1970-01-01T00:01:30Z", "1970-01-01T00:03:00Z"}},
		"@every, before 1970":  {"@every 60s", "", "1969-12-31T23:58:30Z", []string{"1969-12-31T23:59:00Z", "1970-01-01T00:00:00Z"}},
		"skipped":              {"30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"}},
		"skipped, twice":       {"0,30 2 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"}},
		"skipped and not":      {"0 2,3 * * *", "Europe/Berlin", "2026-03-28T12:00:00Z", []string{"2026-03-29T01:00:00Z", "2026-03-30T00:00:00Z"}},
		"repeated":             {"30 2 * * *", "Europe/Berlin", "2026-10-24T12:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-26T01:30:00Z"}},
		"asked in between":     {"30 2 * * *", "Europe/Berlin", "2026-10-25T01:10:00Z", []string{"2026-10-26T01:30:00Z"}},
		"after the repetition": {"0 3 * * *", "Europe/Berlin", "2026-10-25T00:30:00Z", []string{"2026-10-25T02:00:00Z"}},
		"any hour, repeated":   {"30 * * * *", "Europe/Berlin", "2026-10-25T00:00:00Z", []string{"2026-10-25T00:30:00Z", "2026-10-25T01:30:00Z", "2026-10-25T02:30:00Z"}},
		"any hour, skipped":    {"30 * * * *", "Europe/Berlin", "2026-03-29T00:00:00Z", []string{"2026-03-29T00:30:00Z", "2026-03-29T01:30:00Z"}},
		"half an hour":         {"15 2 * * *", "Australia/Lord_Howe", "2026-10-03T00:00:00Z", []string{"2026-10-03T15:30:00Z", "2026-10-04T15:15:00Z"}},
		"midnight is skipped":  {"0 0 * * *", "America/Santiago", "2026-09-05T12:00:00Z", []string{"2026-09-06T04:00:00Z", "2026-09-07T03:00:00Z"}},
		"a day is skipped":     {"0 12 30 12 *", "Pacific/Apia", "2011-12-29T12:00:00Z", []string{"2011-12-30T10:00:00Z"}},
	} {
		t.Run(name, func(t *testing.T) {
			spec, at := parse(t, tc.cron, tc.zone), moment(t, tc.after)
			for _, want := range tc.want {
				at = spec.Next(at)
				require.Equal(t, want, at.Format(time.RFC3339))
			}
		})
	}
}

func TestNewest(t *testing.T) {
	spec := parse(t, "0 3 * * *", "")
	now := moment(t, "2026-05-10T12:00:00Z")
	day := 24 * time.Hour
	due := func(back int) time.Time { return moment(t, "2026-05-10T03:00:00Z").Add(time.Duration(-back) * day) }
	require.Equal(t, []time.Time{due(2), due(1), due(0)}, spec.Newest(now.Add(-3*day), now, 10))
	require.Equal(t, []time.Time{due(1), due(0)}, spec.Newest(now.Add(-300*day), now, 2))
	require.Empty(t, spec.Newest(due(0), now, 2), "the last is not due again")
	require.Equal(t, []time.Time{due(0)}, spec.Newest(due(1), due(0), 2), "now counts")
	require.Empty(t, spec.Newest(now, now.Add(-300*day), 2), "the clock went back")
	require.Empty(t, spec.Newest(now.Add(-day), now, 0))
	require.Len(t, parse(t, "@every 1s", "").Newest(time.Unix(0, 0), now, 100), 100, "an age of seconds is not walked through")
	require.Len(t, parse(t, "0 0 29 2 *", "").Newest(time.Time{}, now, 3), 3)
}

func TestParseFaults(t *testing.T) {
	for text, want := range map[string]string{
		"":                          "write five fields",
		"0 3 * *":                   "expected exactly 5 fields, found 4",
		"0 3 * * * *":               "expected exactly 5 fields, found 6",
		"61 3 * * *":                "above maximum (59)",
		"a 3 * * *":                 "failed to parse int from a",
		", 3 * * *":                 "the minute is empty",
		"0 0 30 2 *":                "that day never comes",
		"TZ=UTC 0 3 * * *":          "use the key timezone",
		"CRON_TZ=0":                 "use the key timezone",
		"@every":                    "after @every comes a duration",
		"@every 10":                 "after @every comes a duration",
		"@every 10ms":               "choose whole seconds",
		"@every -1h":                "choose whole seconds",
		"@every 90000h":             "choose whole seconds",
		"@reboot":                   "unrecognized descriptor",
		string(make([]byte, 1_000)): "longer than 256 bytes",
	} {
		_, err := cron.Parse(text, "")
		require.ErrorIs(t, err, cron.ErrExpression, text)
		require.ErrorContains(t, err, want, text)
	}
	for zone, want := range map[string]string{"Mars": "IANA", "Local": "differ from node to node", "../etc/passwd": "IANA"} {
		_, err := cron.Parse("* * * * *", zone)
		require.ErrorIs(t, err, cron.ErrZone, zone)
		require.ErrorContains(t, err, want, zone)
	}
}

// FuzzParse: nothing panics, and what is taken is due in the future, in order.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{"0 3 * * *", "*/5 1-3,7 ? jan mon", "@every 1h", "@daily", "TZ=", "*-x * * * *", "5/7 , * * *"} {
		f.Add(seed, "Europe/Berlin", int64(1_790_000_000))
	}
	f.Fuzz(func(t *testing.T, text, zone string, second int64) {
		spec, err := cron.Parse(text, zone)
		if err != nil {
			return
		}
		again, err := cron.Parse(spec.String(), spec.Zone())
		require.NoError(t, err)
		at := time.Unix(second%4_000_000_000, 0)
		for range 3 {
			next := spec.Next(at)
			require.Equal(t, next, again.Next(at))
			if next.IsZero() {
				return
			}
			require.True(t, next.After(at))
			at = next
		}
	})
}
