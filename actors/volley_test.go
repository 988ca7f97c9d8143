package actors

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// volleys are cheap calls, of which runtimes take several at a time.
type volleys struct {
	l *lab
	p *Pool
	// held says that a call named hold runs, and release ends one; slow says that the one
	// named slow runs, and is the first of a volley, end ends it.
	held, release, slow, end chan struct{}
	// within is called in the middle of slow, and then what is behind it is given back.
	within func()
}

// newVolleys starts a pool whose runtimes are warm, and have learnt that the calls are cheap.
func newVolleys(t *testing.T, runtimes int, configure func(*Config)) *volleys {
	t.Helper()
	v := &volleys{
		l:    &lab{cost: time.Microsecond},
		held: make(chan struct{}, runtimes), release: make(chan struct{}), slow: make(chan struct{}), end: make(chan struct{}),
	}
	v.l.script = func(r run) error {
		switch r.inv.ID {
		case "hold":
			r.f.giveBack()
			v.held <- struct{}{}
			<-v.release
		case "slow":
			if v.within != nil {
				v.within()
			}
			r.f.giveBack()
			close(v.slow)
			<-v.end
		}
		r.done(okay())
		return nil
	}
	cfg := v.l.config(runtimes)
	if configure != nil {
		configure(&cfg)
	}
	v.p = v.l.start(t, cfg)
	deploy(t, v.p, fn("f", "1", patient))
	for range 20 {
		holds := v.hold(t, runtimes)
		for _, h := range holds {
			v.release <- struct{}{}
			defer take(t, v.p, h)
		}
	}
	return v
}

func (v *volleys) named(t *testing.T, id string) <-chan *function.Result {
	t.Helper()
	inv := call("f")
	inv.ID = id
	return ask(t, v.p, inv)
}

// hold keeps n runtimes busy, each until something is sent to release.
func (v *volleys) hold(t *testing.T, n int) (answers []<-chan *function.Result) {
	t.Helper()
	for range n {
		answers = append(answers, v.named(t, "hold"))
	}
	for range n {
		<-v.held
	}
	return answers
}

// behind submits slow and n others behind it, while all runtimes are held.
func (v *volleys) behind(t *testing.T, n int) (slow <-chan *function.Result, others []<-chan *function.Result) {
	t.Helper()
	slow = v.named(t, "slow")
	for i := range n {
		others = append(others, v.named(t, fmt.Sprint(i)))
	}
	return slow, others
}

// TestVolleyIsGivenBackWhileItsTurnGoesOn: a runtime takes several cheap calls, and the
// first of them takes long. The others run elsewhere meanwhile, once each.
func TestVolleyIsGivenBackWhileItsTurnGoesOn(t *testing.T) {
	const calls = 8
	v := newVolleys(t, 2, nil)
	holds := v.hold(t, 2)
	slow, others := v.behind(t, calls-1)
	before := v.p.Stats().Volleys
	v.release <- struct{}{} // one runtime is free, and takes them all
	<-v.slow
	until(t, v.p, func(s Stats) bool { return s.Queue == calls-1 })
	v.release <- struct{}{}
	for _, other := range others {
		require.Equal(t, function.OK, take(t, v.p, other).Outcome)
	}
	close(v.end)
	require.Equal(t, function.OK, take(t, v.p, slow).Outcome)
	for _, h := range holds {
		take(t, v.p, h)
	}
	st := v.p.Stats()
	require.Zero(t, st.Late)
	require.EqualValues(t, calls-1, st.Volleys.Returned-before.Returned)
	require.GreaterOrEqual(t, st.Volleys.Calls-before.Calls, uint64(calls))
	require.Greater(t, st.Volleys.Taken, before.Taken)
}

// TestVolleyIsGivenBackWhereNothingWillRunIt: its runtime drains when it comes back, as the
// last one. Those behind its turn are told at once.
func TestVolleyIsGivenBackWhereNothingWillRunIt(t *testing.T) {
	v := newVolleys(t, 1, nil)
	begun, drains := make(chan struct{}), make(chan struct{})
	v.within = func() { close(begun); <-drains }
	holds := v.hold(t, 1)
	slow, others := v.behind(t, 3)
	v.release <- struct{}{}
	<-begun
	resized := make(chan error, 1)
	go func() { resized <- v.p.Resize(context.Background(), 0) }()
	until(t, v.p, func(s Stats) bool { return s.Runtimes[0].State == StateDraining })
	require.Zero(t, v.p.Stats().Queue, "they are in a volley")
	close(drains)
	for _, other := range others {
		require.Equal(t, function.Overloaded, take(t, v.p, other).Outcome)
	}
	close(v.end)
	require.Equal(t, function.OK, take(t, v.p, slow).Outcome)
	require.NoError(t, <-resized)
	take(t, v.p, holds[0])
}

// TestVolleyIsGivenBackAfterTheGrace: its calls were answered, and its runtime has nothing in
// flight when its turn is over.
func TestVolleyIsGivenBackAfterTheGrace(t *testing.T) {
	v := newVolleys(t, 1, nil)
	begun, isCut := make(chan struct{}), make(chan struct{})
	v.within = func() { close(begun); <-isCut }
	holds := v.hold(t, 1)
	slow, others := v.behind(t, 3)
	v.release <- struct{}{}
	<-begun
	over, cancel := context.WithCancel(context.Background())
	cancel()
	require.ErrorIs(t, v.p.Drain(over), context.Canceled)
	for _, answer := range append(others, slow) {
		require.Equal(t, function.Canceled, take(t, v.p, answer).Outcome)
	}
	close(isCut)
	close(v.end)
	take(t, v.p, holds[0])
	resized := within(t, patience)
	require.NoError(t, v.p.Resize(resized, 0), "the runtime stops when it has nothing in flight")
}
