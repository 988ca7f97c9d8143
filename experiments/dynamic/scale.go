package dynamic

import (
	"context"
	"sync"
	"time"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/calls"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/lab/rig"
)

// scale adds isolates and takes them away.
func scale(ctx context.Context, b *lab.Bench, s *rig.Stage) (*lab.Took, error) {
	phase := lab.Pick(b.Scale, 2*time.Second, 1200*time.Millisecond, 600*time.Millisecond)
	book := &calls.Book{Began: time.Now()}
	var sending sync.WaitGroup
	var sent error
	sending.Go(func() {
		sent = calls.Run(ctx, s.Conn, calls.Config{
			Subject: "fn.work", Rate: lab.Pick(b.Scale, 400, 200, 50), Duration: 3 * phase, Wait: 5 * time.Second,
			Payload: func(int) []byte { return []byte(`{"rounds":200000,"wait":10}`) },
		}, book)
	})
	defer sending.Wait()
	if err := until(ctx, book.Began.Add(phase)); err != nil {
		return nil, err
	}
	change := func(n int) (took time.Duration, at time.Duration, err error) {
		at = book.Since()
		if err := tell(ctx, s, n); err != nil {
			return 0, at, err
		}
		err = await(ctx, s, func(seen *rig.Isolates) bool {
			ready := 0
			for _, r := range seen.Runtimes {
				if r.State == "idle" || r.State == "busy" {
					ready++
				}
			}
			return ready == n && len(seen.Runtimes) == n
		})
		return book.Since() - at, at, err
	}
	up, added, err := change(6)
	if err != nil {
		return nil, err
	}
	if err := until(ctx, book.Began.Add(2*phase)); err != nil {
		return nil, err
	}
	down, taken, err := change(2)
	if err != nil {
		return nil, err
	}
	sending.Wait()
	if sent != nil {
		return nil, sent
	}
	list := book.Calls()
	lost := 0.0
	for _, c := range list {
		if c.End != "ok" || c.Replies != 1 {
			lost++
		}
	}
	return &lab.Took{
		Metrics: map[string]float64{
			"up": ms(up), "down": ms(down), "lost": lost, "calls": float64(len(list)),
			"before-p99": tail(list, added-time.Second, added), "up-p99": tail(list, added, added+time.Second), "down-p99": tail(list, taken, taken+time.Second),
		},
		Series: []record.Series{
			latencies(list, 100*time.Millisecond),
			{Name: "changes", X: "seconds", Y: "isolates", Points: [][2]float64{{added.Seconds(), 6}, {taken.Seconds(), 2}}},
		},
	}, nil
}
