package main

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"github.com/isolane/isolane/cluster/gossip/gossiptest"
)

// cluster is members that know each other, and whose loads change.
type cluster struct {
	net     *gossiptest.Network
	stretch float64
	members []*member // alive
	stop    context.CancelFunc
	work    sync.WaitGroup
}

// until checks every 50 ms, stretched, until ok, or ctx is done.
func (c *cluster) until(ctx context.Context, ok func() bool) error {
	tick := time.NewTicker(c.stretched(50 * time.Millisecond))
	defer tick.Stop()
	for !ok() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	return nil
}

// form starts n members, has them join and waits until all know all.
func form(ctx context.Context, n int, stretch float64) (*cluster, error) {
	c := &cluster{net: gossiptest.New(1), stretch: stretch}
	for i := range n {
		var seeds []string // a few, as a seed list has
		for j := range min(i, 3) {
			seeds = append(seeds, c.members[j].end.Addr())
		}
		m, err := start(ctx, c.net, i+1, stretch, seeds)
		if err != nil {
			return nil, errors.Join(err, c.close())
		}
		c.members = append(c.members, m)
	}
	if err := c.until(ctx, func() bool { return c.know(n) }); err != nil {
		return nil, errors.Join(fmt.Errorf("%d members did not find one another, %s: %w", n, c.ignorance(n), err), c.close())
	}
	return c, nil
}

// start has the members work until close.
func (c *cluster) start(ctx context.Context) {
	ctx, c.stop = context.WithCancel(ctx)
	members := slices.Clone(c.members)
	c.work.Go(func() { c.busy(ctx, members) })
}

// know says whether every member knows of n.
func (c *cluster) know(n int) bool {
	for _, m := range c.members {
		if v := m.look(); v.present != n {
			return false
		}
	}
	return true
}

// ignorance says who knows too few of n, or too many.
func (c *cluster) ignorance(n int) string {
	var known []int
	for _, m := range c.members {
		if v := m.look(); v.present != n {
			known = append(known, v.present)
		}
	}
	if len(known) == 0 {
		return "but for a moment"
	}
	slices.Sort(known)
	return fmt.Sprintf("%d of them knew %d to %d", len(known), known[0], known[len(known)-1])
}

// busy has each member's load change once in reportEvery, spread over it.
func (c *cluster) busy(ctx context.Context, members []*member) {
	const parts = 10
	tick := time.NewTicker(c.stretched(reportEvery(len(members))) / parts)
	defer tick.Stop()
	for part := 0; ; part = (part + 1) % parts {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return
		}
		for i := part; i < len(members); i += parts {
			members[i].work()
		}
	}
}

func (c *cluster) stretched(d time.Duration) time.Duration {
	return time.Duration(float64(d) * c.stretch)
}

// unstretched turns a time of the simulation into one of a cluster.
func (c *cluster) unstretched(d time.Duration) time.Duration {
	return time.Duration(float64(d) / c.stretch)
}

// kill ends the last n members at once, and returns when the first survivor knew of
// one, when every survivor knew of all, and how many were wrongly taken for dead at
// that moment.
func (c *cluster) kill(ctx context.Context, n int) (first, all time.Duration, wrongly int, err error) {
	dead := c.members[len(c.members)-n:]
	c.members = c.members[:len(c.members)-n]
	begun := time.Now()
	for _, m := range dead {
		_ = m.end.Shutdown() // returns nil; all at once, what follows may take a while
	}
	for _, m := range dead {
		err = errors.Join(err, m.kill())
	}
	if err != nil {
		return 0, 0, 0, err
	}
	unaware := slices.Clone(c.members)
	var earliest, latest time.Time
	err = c.until(ctx, func() bool {
		unaware = slices.DeleteFunc(unaware, func(m *member) bool {
			v := m.look()
			for _, d := range dead {
				at, gone := v.dead[d.name]
				if !gone {
					return false
				}
				if earliest.IsZero() || at.Before(earliest) {
					earliest = at
				}
				if at.After(latest) {
					latest = at
				}
			}
			wrongly = max(wrongly, len(c.members)-v.present)
			return true
		})
		return len(unaware) == 0
	})
	if err != nil {
		return 0, 0, 0, fmt.Errorf("%d deaths were not known to all of %d: %w", n, len(c.members), err)
	}
	return c.unstretched(earliest.Sub(begun)), c.unstretched(latest.Sub(begun)), wrongly, nil
}

// close ends all that is left.
func (c *cluster) close() (err error) {
	if c.stop != nil {
		c.stop()
	}
	c.work.Wait()
	for _, m := range c.members {
		err = errors.Join(err, m.kill())
	}
	return err
}
