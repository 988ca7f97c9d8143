package logkit

import (
	"strings"
	"testing"
	"time"
)

const (
	// patience is how long a line that is sure to come may take, however slow the machine is.
	patience = 2 * time.Minute
	// lookEvery is how often it is looked for.
	lookEvery = 5 * time.Millisecond
)

// Await waits until text has been written, and fails tb where it has not within two minutes. Who logs
// a line often does so after that which a test can wait for otherwise.
func (l *Buffer) Await(tb testing.TB, text string) {
	tb.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	tick := time.NewTicker(lookEvery)
	defer tick.Stop()
	for !strings.Contains(l.String(), text) {
		select {
		case <-tick.C:
		case <-deadline.C:
			tb.Fatalf("not logged: %q, but\n%s", text, l)
		}
	}
}
