package bridge

import "sync/atomic"

// linesPerInterval is how many lines about single messages are logged in one
// Config.ReportInterval: enough to see what goes wrong, and a bound on what a
// flood of bad messages can write.
const linesPerInterval = 50

// budget rations log lines. Safe for concurrent use.
type budget struct {
	// used counts the lines asked for since the last refill.
	used atomic.Int64
}

// spend reports whether one more line may be logged.
func (b *budget) spend() bool { return b.used.Add(1) <= linesPerInterval }

// refill begins a new interval and returns how many lines the last one withheld.
func (b *budget) refill() int64 { return max(0, b.used.Swap(0)-linesPerInterval) }
