package dynamic

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/calls"
	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/lab/rig"
)

// heavy is a call that computes some milliseconds, and then waits twenty.
const heavy = `{"rounds":3000000,"wait":20}`

// brisk is the rate of heavy calls that keeps one and a half processors busy: more than one
// isolate can do.
func brisk(ctx context.Context, s *rig.Stage) (int, error) {
	var took []float64
	for range 9 {
		began := time.Now()
		asking, cancel := context.WithTimeout(ctx, 10*time.Second)
		_, err := s.Conn.RequestWithContext(asking, "fn.work", []byte(heavy))
		cancel()
		if err != nil {
			return 0, fmt.Errorf("call the function: %w", err)
		}
		took = append(took, (time.Since(began) - 20*time.Millisecond).Seconds())
	}
	return max(int(1.5/max(judge.Median(took), 0.001)), 20), nil
}

// autoscale lets the number follow a load that rises and falls.
func autoscale(ctx context.Context, b *lab.Bench, s *rig.Stage) (*lab.Took, error) {
	phase := lab.Pick(b.Scale, 5*time.Second, 2*time.Second, 700*time.Millisecond)
	book := &calls.Book{Began: time.Now()}
	var watching sync.WaitGroup
	looking, stop := context.WithCancel(ctx)
	defer func() { stop(); watching.Wait() }()
	var mu sync.Mutex
	var isolates [][2]float64
	watching.Go(func() {
		tick := time.NewTicker(100 * time.Millisecond)
		defer tick.Stop()
		for {
			if seen, err := rig.AskIsolates(looking, s.Conn, "node"); err == nil {
				mu.Lock()
				isolates = append(isolates, [2]float64{book.Since().Seconds(), float64(len(seen.Runtimes))})
				mu.Unlock()
			}
			select {
			case <-looking.Done():
				return
			case <-tick.C:
			}
		}
	})
	high, err := brisk(ctx, s)
	if err != nil {
		return nil, err
	}
	const low = 10 // under the least of high
	rise := 0.0
	var rates [][2]float64
	var all []calls.Call
	for _, rate := range []int{low, high, low} {
		at := book.Since()
		end := at + phase
		if high == rate {
			rise = at.Seconds()
		}
		// Between two phases nothing is sent: what was sent last is waited for.
		rates = append(rates, [2]float64{at.Seconds(), 0}, [2]float64{at.Seconds(), float64(rate)}, [2]float64{end.Seconds(), float64(rate)}, [2]float64{end.Seconds(), 0})
		part := &calls.Book{Began: book.Began}
		err := calls.Run(ctx, s.Conn, calls.Config{
			Subject: "fn.work", Rate: rate, Duration: phase, Wait: 20 * time.Second, Payload: func(int) []byte { return []byte(heavy) },
		}, part)
		if err != nil {
			return nil, err
		}
		all = append(all, part.Calls()...)
	}
	// It gives isolates back when the load has been low for a while.
	settle := time.NewTimer(lab.Pick(b.Scale, 6*time.Second, 2*time.Second, 100*time.Millisecond))
	defer settle.Stop()
	select {
	case <-settle.C:
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	stop()
	watching.Wait()
	took := &lab.Took{Metrics: map[string]float64{"calls": float64(len(all))}, Series: []record.Series{
		{Name: "isolates", X: "seconds", Y: "isolates", Points: isolates},
		{Name: "rate", X: "seconds", Y: "calls/s", Points: rates},
		latencies(all, 500*time.Millisecond),
	}}
	first, most, reaction := 0.0, 0.0, -1.0
	for _, p := range isolates {
		if p[0] < rise {
			first = p[1]
		} else if reaction < 0 && p[1] > first {
			reaction = (p[0] - rise) * 1000
		}
		most = max(most, p[1])
	}
	lost := 0.0
	for _, c := range all {
		if c.End != "ok" {
			lost++
		}
	}
	took.Metrics["lost"], took.Metrics["most"] = lost, most
	if len(isolates) > 0 {
		took.Metrics["least"] = isolates[len(isolates)-1][1]
	}
	if reaction >= 0 {
		took.Metrics["reaction"] = reaction
	}
	return took, nil
}
