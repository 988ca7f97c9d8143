package clustertest

import (
	"fmt"
	"os"
	"testing"
	"time"

	"go.uber.org/goleak"
)

// leaksWithin is how long goroutines may take to end after the last test.
const leaksWithin = 20 * time.Second

// VerifyTestMain runs the tests of a package and ends the process; it fails where
// goroutines are left. It waits longer for them than goleak does by itself: memberlist's
// probes and suspicion timers end by their own time-outs, after Shutdown.
func VerifyTestMain(m *testing.M) {
	code := m.Run()
	if code == 0 {
		var err error
		for end := time.Now().Add(leaksWithin); time.Now().Before(end); {
			if err = goleak.Find(); err == nil {
				break
			}
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			code = 1
		}
	}
	os.Exit(code)
}
