package actors

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// inside is the nth request of the invocation of that id, a call of name.
func inside(name, parent string, n int) *function.Invocation {
	inv := call(name)
	inv.ID = function.ChildID(parent, function.SentRequest, n)
	inv.Depth = max(1, strings.Count(inv.ID, ".")) // an id may be a digest
	return inv
}

func outside(name, id string) *function.Invocation {
	inv := call(name)
	inv.ID = id
	return inv
}

// waiting parks what it runs, and has it wait for its requests among calls, and for what else
// others says, by ids.
func waiting(calls []*function.Invocation, others map[string]int) script {
	return func(r run) error {
		for n := 1; slices.ContainsFunc(calls, func(c *function.Invocation) bool {
			return c.ID == function.ChildID(r.inv.ID, function.SentRequest, n)
		}); n++ {
			r.f.await(r.inv, n, false)
		}
		r.f.others[r.inv] = others[r.inv.ID]
		return nil
	}
}

// TestFunctionsThatWaitForOneAnother: a call that would close a ring of functions that are full of
// calls which wait for one another is refused, and told which. As long as any of them may go on,
// nobody is.
func TestFunctionsThatWaitForOneAnother(t *testing.T) {
	foreign := outside("a", "9") // in the room of a call that its function waits for
	foreign.Depth, foreign.Recursive = 1, true
	for name, c := range map[string]struct {
		limits   map[string]int
		runtimes int // 0 is 1
		// calls are made in turn; the last is refused, or waits where functions is "".
		calls     []*function.Invocation
		others    map[string]int
		functions string
	}{
		"two": {
			limits:    map[string]int{"a": 1, "b": 1},
			calls:     []*function.Invocation{outside("a", "1"), outside("b", "2"), inside("b", "1", 1), inside("a", "2", 1)},
			functions: "a, b",
		},
		"three": {
			limits: map[string]int{"a": 1, "b": 1, "c": 1},
			calls: []*function.Invocation{
				outside("a", "1"), outside("b", "2"), outside("c", "3"),
				inside("b", "1", 1), inside("c", "2", 1), inside("a", "3", 1),
			},
			functions: "a, b, c",
		},
		"by way of one that has room": {
			limits: map[string]int{"a": 1, "b": 1, "wide": 9},
			calls: []*function.Invocation{
				outside("a", "1"), outside("b", "2"),
				inside("wide", "1", 1), inside("b", "1.r1", 1), inside("a", "2", 1),
			},
			functions: "a, b",
		},
		"several of each": {
			limits: map[string]int{"a": 2, "b": 2},
			calls: []*function.Invocation{
				outside("a", "1"), outside("a", "2"), outside("b", "3"), outside("b", "4"),
				inside("b", "1", 1), inside("b", "2", 1), inside("a", "3", 1), inside("a", "4", 1),
			},
			functions: "a, b",
		},
		"ids that are digests": {
			limits: map[string]int{"a": 1, "b": 1, "wide": 9},
			calls: func() []*function.Invocation {
				long := strings.Repeat("1", function.MaxID-3) // its request's is not
				return []*function.Invocation{
					outside("a", long), outside("b", "2"), inside("wide", long, 1),
					inside("b", function.ChildID(long, function.SentRequest, 1), 1), inside("a", "2", 1),
				}
			}(),
			functions: "a, b",
		},
		"two requests, and both wait": {
			limits: map[string]int{"a": 1, "b": 1, "c": 1},
			calls: []*function.Invocation{
				outside("a", "1"), outside("b", "2"), outside("c", "3"),
				inside("b", "1", 1), inside("c", "1", 2), inside("a", "2", 1), inside("a", "3", 1),
			},
			functions: "a, b, c",
		},
		"two that leave too little room": {
			limits: map[string]int{"a": 1, "b": 1},
			calls: []*function.Invocation{
				outside("a", "1"), foreign, outside("b", "2"), inside("b", "1", 1), inside("a", "2", 1),
			},
			functions: "a, b",
		},
		"one of which waits for nothing": {
			limits: map[string]int{"a": 2, "b": 1},
			calls: []*function.Invocation{
				outside("a", "1"), outside("a", "2"), outside("b", "3"), inside("b", "1", 1), inside("a", "3", 1),
			},
		},
		"one of which waits for what runs": {
			limits: map[string]int{"a": 1, "b": 1, "wide": 9},
			calls:  []*function.Invocation{outside("a", "1"), outside("b", "2"), inside("wide", "1", 1), inside("a", "2", 1)},
		},
		"one of which waits for what runs, besides": {
			limits: map[string]int{"a": 1, "b": 1, "wide": 9},
			calls:  []*function.Invocation{outside("a", "1"), outside("b", "2"), inside("wide", "1", 1), inside("b", "1", 2), inside("a", "2", 1)},
		},
		"one of which has a timer": {
			limits: map[string]int{"a": 1, "b": 1},
			calls:  []*function.Invocation{outside("a", "1"), outside("b", "2"), inside("b", "1", 1), inside("a", "2", 1)},
			others: map[string]int{"1": 1},
		},
		"with room in another isolate": {
			limits: map[string]int{"a": 1, "b": 1}, runtimes: 2,
			calls: []*function.Invocation{outside("a", "1"), outside("b", "2"), outside("b", "3"), inside("b", "1", 1), inside("a", "2", 1)},
		},
		"where the outer one is full alone": {
			limits: map[string]int{"a": 1},
			calls:  []*function.Invocation{outside("a", "1"), outside("b", "2"), inside("b", "1", 1), inside("a", "2", 1)},
		},
		"with ids that say nothing": {
			limits: map[string]int{"a": 1, "b": 1},
			calls:  []*function.Invocation{outside("a", "1"), outside("b", "2"), inside("b", "x", 1), inside("a", "y", 1)},
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := &lab{script: waiting(c.calls, c.others)}
				p := l.start(t, l.config(max(1, c.runtimes)))
				for _, name := range []string{"a", "b", "c", "wide"} {
					deploy(t, p, fn(name, "v1", patient, inflight(c.limits[name])))
				}
				var last <-chan *function.Result
				for i, inv := range c.calls {
					if i > 0 {
						<-time.After(time.Second) // long enough to be looked at
						require.Empty(t, last, "the one before, %d", i-1)
					}
					inv.Received = time.Now()
					last = ask(t, p, inv)
				}
				if c.functions == "" {
					<-time.After(10 * time.Second)
					require.Empty(t, last)
					return
				}
				res := take(t, p, last)
				require.Equal(t, function.Overloaded, res.Outcome)
				require.Positive(t, res.RetryAfter)
				require.Contains(t, res.Message, "calls of "+c.functions+" wait for one another: inflight limit of ")
				require.Contains(t, res.Message, "raise limits.inflight")
				<-time.After(10 * time.Second)
				require.EqualValues(t, 1, p.Stats().Outcomes[function.Overloaded], "no other one")
				require.EqualValues(t, 1, p.Stats().Knotted)
			})
		})
	}
}

// TestARingThatClosesLater: what one of them waited for besides has ended, and nothing was called.
func TestARingThatClosesLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := []*function.Invocation{outside("a", "1"), outside("b", "2"), inside("b", "1", 1), inside("a", "2", 1)}
		timer := make(chan func(), 1)
		parked := waiting(calls, map[string]int{"1": 1})
		l := &lab{script: func(r run) error {
			if r.inv.ID == "1" {
				timer <- func() {
					r.f.now(func() error {
						r.f.others[r.inv] = 0
						return nil
					})
				}
			}
			return parked(r)
		}}
		p := l.start(t, l.config(1))
		deploy(t, p, fn("a", "v1", patient, inflight(1)))
		deploy(t, p, fn("b", "v1", patient, inflight(1)))
		var last <-chan *function.Result
		for _, inv := range calls {
			last = ask(t, p, inv)
			synctest.Wait()
		}
		<-time.After(10 * time.Second)
		require.Empty(t, last)
		(<-timer)()
		require.Equal(t, function.Overloaded, take(t, p, last).Outcome)
	})
}

// TestWhoWaitsForARingIsServed: it is not of the ring, and is not refused for it.
func TestWhoWaitsForARingIsServed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := []*function.Invocation{outside("a", "1"), outside("b", "2"), inside("b", "1", 1), outside("c", "3"), inside("a", "2", 1), inside("a", "3", 1)}
		l := &lab{script: waiting(calls, nil)}
		p := l.start(t, l.config(1))
		for _, name := range []string{"a", "b", "c"} {
			deploy(t, p, fn(name, "v1", patient, inflight(1)))
		}
		var results []<-chan *function.Result
		for _, inv := range calls {
			results = append(results, ask(t, p, inv))
			synctest.Wait()
		}
		<-time.After(10 * time.Second)
		for i, res := range results {
			require.Len(t, res, map[int]int{4: 1}[i], calls[i].ID)
		}
	})
}

// TestWhoAsksAgainDoesNotHoldUpTheOthers: one of a ring asks again whenever it is refused, and keeps
// its place. At last the other one is refused, and lets go.
func TestWhoAsksAgainDoesNotHoldUpTheOthers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var p *Pool
		asks := make(chan func(), 2)
		l := &lab{script: func(r run) error {
			if r.inv.Depth > 0 {
				return echo(r)
			}
			other := map[string]string{"a": "b", "b": "a"}[r.inv.Function]
			var ask func(n int)
			ask = func(n int) {
				r.f.await(r.inv, n, false)
				p.Submit(inside(other, r.inv.ID, n), func(res *function.Result) {
					r.f.now(func() error {
						r.f.await(r.inv, n, true)
						if res.Outcome == function.Overloaded && r.inv.ID == "stubborn" {
							ask(n + 1)
						} else {
							r.done(res)
						}
						return nil
					})
				})
			}
			asks <- func() {
				r.f.now(func() error {
					ask(1)
					return nil
				})
			}
			return nil
		}}
		p = l.start(t, l.config(1))
		deploy(t, p, fn("a", "v1", patient, inflight(1)))
		deploy(t, p, fn("b", "v1", patient, inflight(1)))
		yielding := ask(t, p, outside("a", "yielding"))
		synctest.Wait()
		stubborn := ask(t, p, outside("b", "stubborn"))
		synctest.Wait()
		for range 2 { // the stubborn one is the younger
			(<-asks)()
			synctest.Wait()
		}
		require.Equal(t, function.Overloaded, take(t, p, yielding).Outcome)
		require.Equal(t, function.OK, take(t, p, stubborn).Outcome)
		require.EqualValues(t, askedAgain+1, p.Stats().Knotted)
	})
}

// TestEntangledGoesToAPeerWithRoom: who has room for it is asked first.
func TestEntangledGoesToAPeerWithRoom(t *testing.T) {
	for _, taken := range []bool{true, false} {
		t.Run(fmt.Sprint("taken: ", taken), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				calls := []*function.Invocation{outside("a", "1"), outside("b", "2"), inside("b", "1", 1), inside("a", "2", 1)}
				l := &lab{script: waiting(calls, nil)}
				cfg := l.config(1)
				var asked []string
				cfg.Overflow = func(inv *function.Invocation, done func(*function.Result)) bool {
					asked = append(asked, inv.ID)
					if taken {
						done(okay())
					}
					return taken
				}
				p := l.start(t, cfg)
				deploy(t, p, fn("a", "v1", patient, inflight(1)))
				deploy(t, p, fn("b", "v1", patient, inflight(1)))
				for _, inv := range calls[:2] {
					ask(t, p, inv)
					synctest.Wait()
				}
				p.SubmitHere(calls[2], func(*function.Result) {}) // it came from a peer, and is not handed on
				last := ask(t, p, calls[3])
				res := take(t, p, last)
				synctest.Wait()
				require.Equal(t, []string{"2.r1"}, asked)
				require.Equal(t, taken, res.Outcome == function.OK)
				require.Equal(t, !taken, strings.Contains(res.Message, "wait for one another"))
			})
		})
	}
}

// TestAnAttemptBeforeIsNotWaitedFor: what an attempt before this one asked for, and nobody waits for
// any more, says nothing of who waits for what.
func TestAnAttemptBeforeIsNotWaitedFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		calls := []*function.Invocation{inside("b", "1", 1), outside("b", "2"), outside("a", "1"), inside("a", "2", 1), inside("b", "1", 1)}
		l := &lab{script: waiting(calls, nil)}
		p := l.start(t, l.config(1))
		deploy(t, p, fn("a", "v1", patient, inflight(1)))
		deploy(t, p, fn("b", "v1", patient, inflight(1)))
		order := []int{1, 0, 2, 3, 4} // 2 runs, the request of the attempt before waits, and so on
		var results []<-chan *function.Result
		for _, i := range order {
			if i == 4 {
				<-time.After(10 * time.Second)
				for _, res := range results {
					require.Empty(t, res, "the request is on its way")
				}
			}
			results = append(results, ask(t, p, calls[i]))
			<-time.After(time.Second)
		}
		require.Equal(t, function.Overloaded, take(t, p, slices.Clip(results)[4]).Outcome)
	})
}
