package calls

import (
	"math"
	"slices"
	"time"
)

// Percentile is a percentile (0 to 1) of how long the calls took that were sent from one
// time to another, in milliseconds; 0 where there is none. What had no reply counts as
// longer than all others, and is shown as a minute.
func Percentile(list []Call, from, to time.Duration, part float64) float64 {
	var took []float64
	for _, c := range list {
		if c.Sent < from || c.Sent >= to {
			continue
		}
		if c.End == NoReply {
			took = append(took, float64(time.Minute.Milliseconds()))
		} else {
			took = append(took, float64(c.Took.Microseconds())/1000)
		}
	}
	if len(took) == 0 {
		return 0
	}
	slices.Sort(took)
	return took[max(int(math.Ceil(part*float64(len(took))))-1, 0)]
}
