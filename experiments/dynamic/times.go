package dynamic

import (
	"time"

	"github.com/isolane/isolane/experiments/lab/calls"
	"github.com/isolane/isolane/experiments/lab/record"
)

func ms(d time.Duration) float64 { return float64(d.Microseconds()) / 1000 }

// tail is the 99th percentile of the calls sent from one time to another, in milliseconds.
func tail(list []calls.Call, from, to time.Duration) float64 {
	return calls.Percentile(list, from, to, 0.99)
}

// latencies are the 99th percentiles of slices.
func latencies(list []calls.Call, slice time.Duration) record.Series {
	s := record.Series{Name: "p99", X: "seconds", Y: "ms"}
	if len(list) == 0 {
		return s
	}
	for at := time.Duration(0); at <= list[len(list)-1].Sent; at += slice {
		if p := calls.Percentile(list, at, at+slice, 0.99); p > 0 {
			s.Points = append(s.Points, [2]float64{(at + slice/2).Seconds(), p})
		}
	}
	return s
}
