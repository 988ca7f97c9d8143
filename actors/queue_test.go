package actors

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// bench of records for queue tests, without a registry.
func testRecords(n, limit int) []*record {
	recs := make([]*record, n)
	for i := range recs {
		recs[i] = newRecord(fmt.Sprintf("f%d", i), i)
		recs[i].current.Store(&deployed{served: served{fn: fn(recs[i].name, "v1", inflight(limit)), counts: &counts{}}})
	}
	return recs
}

func testTicket(rec *record) *ticket {
	return newTicket(call(rec.name), nil, rec, rec.version(), time.Now())
}

// dumbFind is what find must return, by the words of its comment.
func dumbFind(recs []*record, s *slot, affinity bool) *ticket {
	var open []*record
	for _, rec := range recs {
		if dumbFirst(rec, s) != nil {
			open = append(open, rec)
		}
	}
	if len(open) == 0 {
		return nil
	}
	slices.SortStableFunc(open, func(a, b *record) int { return int(a.flow.Behind(&b.flow)) })
	first := open[0]
	if !affinity {
		return dumbFirst(first, s)
	}
	for _, rec := range open[:min(len(open), affinityWindow)] {
		switch t := dumbFirst(rec, s); {
		case rec.flow.Behind(&first.flow) > affinitySlack:
			return dumbFirst(first, s)
		case s.warm(t):
			return t
		case rec.flow.Passed >= maxBypass:
			return dumbFirst(first, s)
		}
	}
	return dumbFirst(first, s)
}

// dumbFirst is what slot.first must return: the oldest where it is admitted, or else the
// oldest of the deepest that are, of those that others wait for.
func dumbFirst(rec *record, s *slot) *ticket {
	var deepest *ticket
	for t := rec.queued.head; t != nil; t = rec.queued.next(t) {
		if t == rec.queued.head && s.admits(t) {
			return t
		}
		if t.inv.Depth > 0 && s.admits(t) && (deepest == nil || t.inv.Depth > deepest.inv.Depth) {
			deepest = t
		}
	}
	return deepest
}

func indexOf(tickets []*ticket, t *ticket) int {
	for i, other := range tickets {
		if other == t {
			return i
		}
	}
	return -1
}

// TestQueueAgainstOracle: which function's turn it is, and what of it; and what is left.
func TestQueueAgainstOracle(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 1))
		recs := testRecords(1+rng.IntN(12), 2)
		for i, rec := range recs { // no two alike, so that there are no ties
			var aside queue
			aside.turns.Charge(&rec.flow, time.Duration(i*37)*time.Microsecond)
		}
		slots := []*slot{newSlot(0), newSlot(1)}
		var q queue
		var model []*ticket
		for range 300 {
			s := slots[rng.IntN(len(slots))]
			switch rec := recs[rng.IntN(len(recs))]; rng.IntN(8) {
			case 0, 1:
				tk := testTicket(rec)
				tk.inv.Depth = max(0, rng.IntN(6)-2)
				tk.inv.Recursive = tk.inv.Depth > 0 && rng.IntN(2) == 0
				q.push(tk)
				model = append(model, tk)
			case 2:
				tk := testTicket(rec)
				tk.inv.Depth = max(0, rng.IntN(6)-2)
				q.pushFront(tk)
				model = append([]*ticket{tk}, model...)
			case 3:
				s.function(rec).inflight, s.inflight, s.most = rng.IntN(5), rng.IntN(5), rng.IntN(4)
			case 4:
				s.function(rec).warm = []string{"", "v1", "v0"}[rng.IntN(3)]
			case 5:
				if len(model) > 0 { // the sweep takes from the middle
					i := rng.IntN(len(model))
					q.remove(model[i])
					model = append(model[:i:i], model[i+1:]...)
				}
			case 6:
				if len(model) > 0 { // offered to a peer, and refused, while others go and come
					i, j := rng.IntN(len(model)), rng.IntN(len(model))
					away, other := model[i], model[j]
					q.remove(away)
					if other != away {
						q.remove(other)
						model = append(model[:j:j], model[j+1:]...)
					}
					q.putBack(away)
				}
			default:
				affinity := rng.IntN(4) > 0
				got, want := q.find(s, affinity), dumbFind(recs, s, affinity)
				if got != want && (got == nil || want == nil || got.rec.flow.Behind(&want.rec.flow) != 0) {
					t.Fatalf("seed %d: found %v, want %v", seed, got, want)
				}
				if got != nil {
					for _, older := range model {
						if older.rec == got.rec {
							require.True(t, older == got || !s.admits(older) && got.inv.Depth > 0, "the oldest of its function")
							break
						}
					}
					q.take(got, s)
					q.turns.Settle(&got.rec.flow, q.turns.Serve(&got.rec.flow), time.Duration(rng.IntN(4000))*time.Microsecond)
					i := indexOf(model, got)
					model = append(model[:i:i], model[i+1:]...)
				}
			}
			for _, rec := range recs {
				if rec.flow.Passed > maxBypass {
					t.Fatalf("seed %d: passed over %d times", seed, rec.flow.Passed)
				}
			}
		}
		i := 0
		for tk := q.oldest(); tk != nil; tk = q.all.next(tk) {
			require.Same(t, model[i], tk)
			i++
		}
		require.Len(t, model, i)
	}
}

func TestQueueBypassIsBounded(t *testing.T) {
	recs := testRecords(2, 1000)
	s := newSlot(0)
	s.function(recs[1]).warm = "v1"
	var q queue
	cold := testTicket(recs[0])
	q.push(cold)
	for range 100 {
		q.push(testTicket(recs[1]))
	}
	for n := range 100 {
		got := q.find(s, true)
		q.take(got, s)
		q.turns.Settle(&got.rec.flow, q.turns.Serve(&got.rec.flow), time.Microsecond)
		if got == cold {
			require.Equal(t, maxBypass, n, "taken after so many warm ones")
			return
		}
	}
	t.Fatal("the cold one was never taken")
}

func TestQueueFindsBehindAFunctionAtItsLimit(t *testing.T) {
	recs := testRecords(3, 1)
	s := newSlot(0)
	s.function(recs[0]).inflight = 1
	var q queue
	for range 500 {
		q.push(testTicket(recs[0]))
	}
	second, first := testTicket(recs[2]), testTicket(recs[1])
	q.push(first)
	q.push(second)
	require.Same(t, first, q.find(s, true))
	q.take(first, s)
	require.Same(t, second, q.find(s, true))
	q.take(second, s)
	require.Nil(t, q.find(s, true))
}
