package schedule_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/schedule"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/cron"
)

func TestDue(t *testing.T) {
	spec, err := cron.Parse("*/10 * * * *", "")
	require.NoError(t, err)
	at := func(hour, minute, second int) time.Time {
		return time.Date(2026, 5, 1, hour, minute, second, 0, time.UTC)
	}
	for name, tc := range map[string]struct {
		last, now       time.Time
		skip, once, all []time.Time
	}{
		"nothing is due":         {last: at(1, 0, 0), now: at(1, 9, 59)},
		"on time":                {at(1, 0, 0), at(1, 10, 0), []time.Time{at(1, 10, 0)}, []time.Time{at(1, 10, 0)}, []time.Time{at(1, 10, 0)}},
		"a little late":          {at(1, 0, 0), at(1, 11, 0), []time.Time{at(1, 10, 0)}, []time.Time{at(1, 10, 0)}, []time.Time{at(1, 10, 0)}},
		"missed":                 {at(1, 0, 0), at(1, 11, 1), nil, []time.Time{at(1, 10, 0)}, []time.Time{at(1, 10, 0)}},
		"several missed":         {at(1, 0, 0), at(1, 35, 0), nil, []time.Time{at(1, 30, 0)}, []time.Time{at(1, 10, 0), at(1, 20, 0), at(1, 30, 0)}},
		"missed, and one now":    {at(1, 0, 0), at(1, 20, 30), []time.Time{at(1, 20, 0)}, []time.Time{at(1, 20, 0)}, []time.Time{at(1, 10, 0), at(1, 20, 0)}},
		"the clock went back":    {last: at(2, 0, 0), now: at(1, 10, 0)},
		"asked again":            {last: at(1, 10, 0), now: at(1, 10, 1)},
		"between two, clock odd": {at(1, 3, 0), at(1, 10, 5), []time.Time{at(1, 10, 0)}, []time.Time{at(1, 10, 0)}, []time.Time{at(1, 10, 0)}},
	} {
		t.Run(name, func(t *testing.T) {
			due := func(m function.Missed) []time.Time { return schedule.Due(spec, m, tc.last, tc.now, time.Minute) }
			require.Equal(t, tc.skip, due(function.MissedSkip))
			require.Equal(t, tc.skip, due(""))
			require.Equal(t, tc.once, due(function.MissedOnce))
			require.Equal(t, tc.all, due(function.MissedAll))
		})
	}
	require.Len(t, schedule.Due(spec, function.MissedAll, at(1, 0, 0).AddDate(-5, 0, 0), at(1, 0, 0), time.Minute), function.MaxMissed, "all has a bound")
}
