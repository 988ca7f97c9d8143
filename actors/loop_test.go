package actors

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// goroutine names the goroutine that it is called on.
func goroutine() string {
	var b [64]byte
	return string(b[:runtime.Stack(b[:], false)])[:len("goroutine 12")]
}

func TestLoopIsOneGoroutine(t *testing.T) {
	l := newLoop()
	seen := map[string]bool{}
	done := make(chan string)
	for range 100 {
		l.Schedule(func() { done <- goroutine() })
		seen[<-done] = true
	}
	require.LessOrEqual(t, len(seen), 2, "now and then one came before the last had ended: %v", seen)
	l.end()
	l.end()
	l.Schedule(func() { done <- goroutine() })
	<-done
}

func TestLoopRunsEverything(t *testing.T) {
	var ran atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		l := newLoop()
		var senders sync.WaitGroup
		for range 4 {
			senders.Go(func() {
				for range 500 {
					all.Add(1)
					l.Schedule(func() {
						ran.Add(1)
						all.Done()
					})
				}
			})
		}
		l.end() // in the middle of it
		senders.Wait()
	}
	all.Wait()
	require.EqualValues(t, 20*4*500, ran.Load())
}
