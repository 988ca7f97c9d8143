package main

import (
	"context"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strconv"
	"syscall"
	"time"

	"github.com/isolane/isolane/cluster/placement"
)

// result is one size's figures. Times and rates are those of a cluster that is not
// stretched.
type result struct {
	Members int
	Stretch float64
	// Of each member in a second, when all know all and every load changes.
	Packets, PacketBytes float64
	// StateBytes are those of one exchange of all that two members know, both ways.
	StateBytes float64
	// Overrun is the share of packets that found a full queue.
	Overrun float64
	// The age of the load reports that a member has of the others, 0 for the unheard.
	AgeMedian, AgeHigh time.Duration
	Unheard            int
	// Busy is the processors' time that the process used in that window, as a share of
	// all there are.
	Busy       float64
	One, Tenth death
}

// death is what the death of some members at once does.
type death struct {
	Dead       int
	First, All time.Duration // first survivor knew of one; all knew of all
	Wrongly    int           // members alive that a survivor took for dead meanwhile
	Busy       float64
	Runtimes   int // of perMember for each member: how many moved
	Identities int // of identities: how many moved
}

const (
	perMember  = 8
	identities = 10_000
)

// settings are what main was told.
type settings struct {
	window time.Duration // of a cluster that is not stretched
	limit  time.Duration // of true time, for each step
}

// measure makes a cluster of n and looks at it.
func measure(ctx context.Context, n int, stretch float64, set settings) (res result, err error) {
	forming, cancel := context.WithTimeout(ctx, set.limit)
	defer cancel()
	c, err := form(forming, n, stretch)
	if err != nil {
		return res, err
	}
	defer func() { err = errors.Join(err, c.close()) }()
	c.start(ctx)

	res = result{Members: n, Stretch: stretch}
	if err := rest(ctx, c.stretched(set.window/2)); err != nil { // until the reports have spread
		return res, err
	}
	if err := c.steady(ctx, &res, set.window); err != nil {
		return res, err
	}
	for _, d := range []*death{&res.One, &res.Tenth} {
		d.Dead = 1
		if d == &res.Tenth {
			d.Dead = max(n/10, 1)
		}
		if err := c.die(ctx, d, set.limit); err != nil {
			return res, fmt.Errorf("%d members: %w", n, err)
		}
		if err := rest(ctx, c.stretched(time.Second)); err != nil {
			return res, err
		}
	}
	return res, nil
}

// steady measures what gossip costs when nothing happens but work.
func (c *cluster) steady(ctx context.Context, res *result, window time.Duration) error {
	begun, before, busy := time.Now(), c.net.Traffic(), processor()
	if err := rest(ctx, c.stretched(window)); err != nil {
		return err
	}
	after := c.net.Traffic()
	elapsed := time.Since(begun)
	res.Busy = share(processor()-busy, elapsed)
	each := func(after, before uint64) float64 {
		return float64(after-before) / float64(res.Members) / c.unstretched(elapsed).Seconds()
	}
	res.Packets = each(after.Packets, before.Packets)
	res.PacketBytes = each(after.PacketBytes, before.PacketBytes)
	res.Overrun = float64(after.Overrun-before.Overrun) / max(float64(after.Packets-before.Packets), 1)
	res.StateBytes = exchange(before, after)
	c.ages(res)
	return nil
}

// stateRate is the bytes in each second that a member's exchanges come to.
func (r result) stateRate() float64 {
	return r.StateBytes / exchangeEvery(r.Members).Seconds()
}

// ages looks at the reports that up to fifty members have.
func (c *cluster) ages(res *result) {
	var ages []time.Duration
	for i := 0; i < len(c.members); i += max(1, len(c.members)/50) {
		v := c.members[i].look()
		for _, age := range v.ages {
			ages = append(ages, c.unstretched(age))
		}
		res.Unheard += v.unheard
	}
	if len(ages) == 0 {
		return
	}
	slices.Sort(ages)
	res.AgeMedian, res.AgeHigh = ages[len(ages)/2], ages[len(ages)*99/100]
}

// die kills d.Dead members and fills in the rest of d, for as long as limit.
func (c *cluster) die(ctx context.Context, d *death, limit time.Duration) error {
	ctx, cancel := context.WithTimeout(ctx, limit)
	defer cancel()
	before := c.placed()
	begun, busy := time.Now(), processor()
	var err error
	if d.First, d.All, d.Wrongly, err = c.kill(ctx, d.Dead); err != nil {
		return err
	}
	d.Busy = share(processor()-busy, time.Since(begun))
	after := c.placed()
	total := perMember * len(before)
	was, is := placement.Shares(total, before), placement.Shares(total, after)
	for _, m := range after {
		d.Runtimes += max(is[m.Name]-was[m.Name], 0)
	}
	for i := range identities {
		old, _ := placement.Owner("function", strconv.Itoa(i), before)
		if now, _ := placement.Owner("function", strconv.Itoa(i), after); now != old {
			d.Identities++
		}
	}
	return nil
}

// placed is the members as placement has them: of two sizes.
func (c *cluster) placed() []placement.Member {
	members := make([]placement.Member, len(c.members))
	for i, m := range c.members {
		members[i] = placement.Member{Name: m.name, Weight: weight(i)}
	}
	return members
}

// rest lets time pass.
func rest(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// processor is the processors' time that this process has used.
func processor() time.Duration {
	var usage syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &usage); err != nil {
		return 0
	}
	return time.Duration(usage.Utime.Nano() + usage.Stime.Nano())
}

// share is used as a part of what there was.
func share(used, elapsed time.Duration) float64 {
	return used.Seconds() / elapsed.Seconds() / float64(runtime.GOMAXPROCS(0))
}
