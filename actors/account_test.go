package actors

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestAccount(t *testing.T) {
	var a account
	require.Equal(t, Failure{}, a.failure())
	ran := &function.Result{Outcome: function.OK, Receipt: function.Receipt{Wall: 3 * time.Second, CPU: time.Second, IO: time.Minute, Cold: true}}
	a.add(ran)
	require.Equal(t, Failure{}, a.failure(), "ok is no failure")
	long := strings.Repeat("x", maxFailure-1) + "é and more"
	failed := function.Failure(function.Timeout, long)
	failed.Receipt.Wall = time.Second
	a.add(failed)
	require.Equal(t, Failure{Outcome: function.Timeout, Message: long[:maxFailure-1]}, a.failure(), "not cut within a character")
	a.add(ran)
	a.add(function.Failure(function.Overloaded, "full"))
	require.Equal(t, Failure{Outcome: function.Overloaded, Message: "full"}, a.failure(), "the last one")
	require.Equal(t, 7*time.Second, a.spent())
	require.Equal(t, Used{CPU: 2 * time.Second, IO: 2 * time.Minute, Cold: 2}, a.used.sum())
	require.Equal(t, map[function.Outcome]uint64{function.OK: 2, function.Timeout: 1, function.Overloaded: 1}, a.counts.snapshot())

	// Refusals share their words: the thousandth one costs nothing.
	refused := function.Failure(function.Overloaded, "full")
	require.Zero(t, testing.AllocsPerRun(100, func() { a.add(refused) }))
}

func TestAccountOfMany(t *testing.T) {
	var a account
	const threads, each = 4, 500
	var all sync.WaitGroup
	for range threads {
		all.Go(func() {
			res := function.Failure(function.Exception, "thrown")
			res.Receipt.Wall = time.Microsecond
			for range each {
				a.add(res)
				require.Contains(t, []string{"", "thrown"}, a.failure().Message)
			}
		})
	}
	all.Wait()
	require.Equal(t, threads*each*time.Microsecond, a.spent())
	require.EqualValues(t, threads*each, a.counts.snapshot()[function.Exception])
}
