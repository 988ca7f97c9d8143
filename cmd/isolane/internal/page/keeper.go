package page

import (
	"sync"
	"time"

	"github.com/isolane/isolane/actors/latency"
)

// Keeper looks at a node's functions every ten seconds, and keeps what it sees in a History.
// It is safe for concurrent use.
type Keeper struct {
	history *History
	end     chan struct{}
	once    sync.Once
	ended   sync.WaitGroup
}

// Keep begins to look. Close ends it.
func Keep(functions func() []Function) *Keeper {
	k := &Keeper{history: NewHistory(), end: make(chan struct{})}
	k.ended.Go(func() { k.look(functions) })
	return k
}

func (k *Keeper) look(functions func() []Function) {
	tick := time.NewTicker(slot)
	defer tick.Stop()
	for {
		k.history.Look(functions(), time.Now())
		select {
		case <-tick.C:
		case <-k.end:
			return
		}
	}
}

// Of is History.Of, with now, the functions as they are now, taken in before.
func (k *Keeper) Of(name string, functions []Function, now time.Time) ([Slots]latency.Counts, []Failure) {
	k.history.Look(functions, now)
	return k.history.Of(name, now)
}

// Close ends the looking. It is idempotent.
func (k *Keeper) Close() {
	k.once.Do(func() {
		close(k.end)
		k.ended.Wait()
	})
}
