package kvstore

import "sync/atomic"

// adviceLost says what to do where a bucket cannot be followed.
const adviceLost = "nats kv info says whether the bucket is there, and has a leader; one that was deleted is restored from a backup, or made anew by a node that starts"

// Stats is a snapshot of how following a Bucket goes.
type Stats struct {
	// Faults counts how often what is followed could not be read, each try.
	Faults uint64
	// Failing is how many of those that follow it cannot now.
	Failing int
}

// Stats returns a snapshot. Safe for concurrent use.
func (b *Bucket) Stats() Stats {
	return Stats{Faults: b.faults.total.Load(), Failing: int(b.faults.now.Load())}
}

// faults counts. Each that follows has a word of its own for whether it fails.
type faults struct {
	total atomic.Uint64
	now   atomic.Int64
}

func (f *faults) failed(failing *bool) {
	f.total.Add(1)
	if !*failing {
		f.now.Add(1)
	}
	*failing = true
}

func (f *faults) works(failing *bool) {
	if *failing {
		f.now.Add(-1)
	}
	*failing = false
}
