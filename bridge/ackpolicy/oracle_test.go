package ackpolicy

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/isolane/isolane/jsruntime/function"
)

// oracle decides in another way: from a table of words, and by counting.
func oracle(p Policy, d Delivery) (verdict Verdict, least time.Duration, forgive bool) {
	word := "crashed"
	if d.Outcome.Valid() {
		word = d.Outcome.String()
	}
	limits := map[string]int{
		"bad-request": 0, "too-large": 0, "exceeded-cpu": 2, "exceeded-memory": 2,
		"not-found": p.Limit, "timeout": p.Limit, "exception": p.Limit,
		"overloaded": p.Limit, "crashed": p.Limit, "canceled": p.Limit,
	}
	free := map[string]bool{"overloaded": true, "crashed": true, "canceled": true}
	if word == "ok" {
		return Ack, 0, false
	}
	step := func(n int) time.Duration { // the n-th wait, one by one
		if len(p.Backoff) > 0 {
			last := p.Backoff[0]
			for i := 0; i < n && i < len(p.Backoff); i++ {
				last = p.Backoff[i]
			}
			return last
		}
		wait := p.Base
		for i := 1; i < n && wait < p.Cap; i++ {
			wait += wait
		}
		return min(wait, p.Cap)
	}
	counted := d.Deliveries
	for i := 0; i < d.Forgiven && i < MaxForgiven && counted > 1; i++ {
		counted--
	}
	wait := step(counted)
	if free[word] {
		wait = step(d.Forgiven + 1)
	}
	switch {
	case word == "not-found" && wait < p.NotFoundWait:
		wait = p.NotFoundWait
	case word == "overloaded" && wait < d.RetryAfter:
		wait = d.RetryAfter
	case word == "canceled":
		wait = 0
	}
	if free[word] && d.Forgiven < MaxForgiven {
		return Nak, wait, true
	}
	if counted >= min(limits[word], p.Limit) {
		return DeadLetter, 0, false
	}
	if free[word] { // its wait may only be longer than the oracle thinks
		return Nak, max(wait, step(counted)), false
	}
	return Nak, wait, false
}

func anyPolicy(t *rapid.T) Policy {
	p := Default()
	p.Limit = rapid.IntRange(1, 20).Draw(t, "limit")
	seconds := rapid.Map(rapid.IntRange(0, 600), func(n int) time.Duration { return time.Duration(n) * time.Second })
	p.Backoff = rapid.SliceOfN(seconds, 0, 5).Draw(t, "backoff")
	p.Base = time.Duration(rapid.IntRange(1, 1e6).Draw(t, "base"))
	p.Cap = p.Base + seconds.Draw(t, "cap")
	p.NotFoundWait = seconds.Draw(t, "not found")
	p.Jitter = rapid.Float64Range(0, 1).Draw(t, "jitter")
	return p
}

func anyOutcome() *rapid.Generator[function.Outcome] {
	return rapid.Map(rapid.IntRange(0, int(function.Canceled)+1), func(n int) function.Outcome { return function.Outcome(n) })
}

func TestSettleAgreesWithTheOracle(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPolicy(t)
		if err := p.Validate(); err != nil {
			t.Fatal(err)
		}
		d := Delivery{
			Outcome:    anyOutcome().Draw(t, "outcome"),
			Deliveries: rapid.OneOf(rapid.IntRange(1, 30), rapid.IntRange(1, 3000)).Draw(t, "deliveries"),
			Forgiven:   rapid.OneOf(rapid.IntRange(0, 30), rapid.IntRange(0, 3000)).Draw(t, "forgiven"),
			RetryAfter: time.Duration(rapid.IntRange(0, 1e11).Draw(t, "retry after")),
		}
		random := rapid.Float64Range(0, 0.999).Draw(t, "random")
		got := p.Settle(d, func() float64 { return random })
		verdict, least, forgive := oracle(p, d)
		if got.Verdict != verdict || got.Forgive != forgive {
			t.Fatalf("got %+v, the oracle says verdict %d, forgive %v", got, verdict, forgive)
		}
		if got.Delay < least || got.Delay > least+time.Duration(p.Jitter*float64(least))+1 {
			t.Fatalf("got a delay of %s, the oracle says %s and up to %g of it more", got.Delay, least, p.Jitter)
		}
		if (got.Verdict == DeadLetter) != (got.Reason != "") || got.Verdict == DeadLetter && !got.Outcome.Valid() {
			t.Fatalf("a dead letter has a reason and an outcome, and nothing else has: %+v", got)
		}
	})
}

// Whatever happens to it, a message comes to an end: the owner of this one dies now
// and then instead of settling it.
func TestEveryMessageEnds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		p := anyPolicy(t)
		failing := rapid.SliceOfN(anyOutcome().Filter(func(o function.Outcome) bool { return o != function.OK }), 1, 8).Draw(t, "outcomes")
		dies := rapid.IntRange(0, 3).Draw(t, "dies")
		forgiven, counted := 0, 0
		for n := 1; ; n++ {
			if n > p.Limit+MaxForgiven+1 {
				t.Fatalf("delivered %d times, with a limit of %d", n, p.Limit)
			}
			d := Delivery{Outcome: failing[n%len(failing)], Deliveries: n, Forgiven: forgiven}
			if p.Arrive(d).Verdict == DeadLetter {
				break
			}
			if dies > 0 && n%4 < dies { // ended with its node
				counted++
				continue
			}
			got := p.Settle(d, never)
			if got.Verdict == DeadLetter {
				break
			}
			if got.Verdict != Nak {
				t.Fatalf("%s ended with %+v", d.Outcome, got)
			}
			if got.Forgive {
				forgiven++
			} else {
				counted++
			}
			if counted > p.Limit {
				t.Fatalf("%d deliveries counted, with a limit of %d", counted, p.Limit)
			}
		}
	})
}
