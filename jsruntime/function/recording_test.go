package function_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestRecording(t *testing.T) {
	for text, want := range map[string]struct {
		recording    function.Recording
		ok, failures bool
	}{
		"":                 {function.RecordNone, false, false},
		"record: false":    {function.RecordNone, false, false},
		"record: failures": {function.RecordFailures, false, true},
		"record: all":      {function.RecordAll, true, true},
	} {
		t.Run(text, func(t *testing.T) {
			m, err := function.ParseManifest("f", []byte("stream: { name: S }\n"+text))
			require.NoError(t, err)
			require.Equal(t, want.recording, m.Record)
			for _, o := range function.Outcomes() {
				require.Equal(t, o == function.OK && want.ok || o != function.OK && want.failures, m.Record.Keeps(o), o)
			}
		})
	}
	for _, trigger := range []string{"schedule: { cron: \"@every 90s\" }", "stream: { name: S, batch: { size: 2 } }", "stream: S\nkey: \"s.{id}\""} {
		_, err := function.ParseManifest("f", []byte("record: failures\n"+trigger))
		require.NoError(t, err)
	}
}
