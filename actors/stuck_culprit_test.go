package actors

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// TestStuckInWaitUntilRefusesTheVersionThatRan: it had answered, and another version was
// deployed before it got stuck.
func TestStuckInWaitUntilRefusesTheVersionThatRan(t *testing.T) {
	release, sticks := make(chan struct{}), make(chan func(), 1)
	stick := endless(release)
	l := &lab{script: func(r run) error {
		if r.fn.Version != "bad" {
			return echo(r)
		}
		r.f.extra++
		sticks <- func() {
			r.f.now(func() error {
				r.done = func(*function.Result) {} // it has answered
				return stick(r)
			})
		}
		return echo(r)
	}}
	p := l.start(t, l.config(1))
	t.Cleanup(func() { close(release) })
	deploy(t, p, fn("f", "bad"))
	require.Equal(t, function.OK, take(t, p, ask(t, p, call("f"))).Outcome)
	until(t, p, func(s Stats) bool { return s.Runtimes[0].State == StateIdle })
	deploy(t, p, fn("f", "good"))
	(<-sticks)()
	until(t, p, func(s Stats) bool { return s.StuckNow == 1 })
	require.Empty(t, p.Stats().Quarantined)
	require.Equal(t, function.OK, take(t, p, ask(t, p, call("f"))).Outcome, "the version that is deployed did nothing")
	deploy(t, p, fn("f", "bad"))
	require.Equal(t, function.Overloaded, take(t, p, ask(t, p, call("f"))).Outcome)
}

// TestStuckAmongInvocationsOfOneID: callers choose the ids, and may choose one twice.
func TestStuckAmongInvocationsOfOneID(t *testing.T) {
	release, sticks := make(chan struct{}), make(chan func(), 1)
	stick := endless(release)
	l := &lab{script: func(r run) error {
		if r.inv.Subject == "culprit" {
			sticks <- func() { r.f.now(func() error { return stick(r) }) }
		}
		return nil
	}}
	p := l.start(t, l.config(1))
	t.Cleanup(func() { close(release) })
	deploy(t, p, fn("f", "v1"))
	var answers []<-chan *function.Result
	for _, subject := range []string{"older", "culprit", "younger"} {
		inv := call("f") // the same id each time
		inv.Subject = subject
		answers = append(answers, ask(t, p, inv))
		until(t, p, func(s Stats) bool { return s.Queue == 0 && s.Runtimes[0].State == StateIdle })
	}
	(<-sticks)()
	for i, want := range []function.Outcome{function.Crashed, function.ExceededCPU, function.Crashed} {
		require.Equal(t, want, take(t, p, answers[i]).Outcome, i)
	}
}

// TestStuckVersionsAreRefusedSideBySide: a turn of an older version may be reported after
// that of a newer one.
func TestStuckVersionsAreRefusedSideBySide(t *testing.T) {
	q := newQuarantine(DefaultConfig().Quarantine)
	refused := func(version string) bool {
		_, held := q.check("f", version, time.Time{})
		return held
	}
	q.stick("f", "new", "its turn")
	q.stick("f", "old", "its turn")
	q.stick("f", "old", "another")
	require.Equal(t, []bool{true, true, false}, []bool{refused("new"), refused("old"), refused("next")})
	q.lift("f", "new") // deployed again
	require.Equal(t, []bool{true, false}, []bool{refused("new"), refused("old")})
	q.lift("f", "") // removed
	require.True(t, refused("new"))
	q.lift("f", "next")
	require.True(t, q.none())
}
