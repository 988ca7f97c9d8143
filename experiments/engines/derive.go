package engines

import (
	"fmt"
	"math"
	"time"

	"github.com/isolane/isolane/experiments/engines/tail"
	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/jsruntime/promote"
)

// What the simulated tails are made of.
var (
	tailKernels = [...]string{"handler", "json"}
	exponents   = [...]float64{0.8, 1, 1.2, 1.4}
	counts      = [...]int{10, 100, 1000, 10_000}
	budgets     = [...]int{4, 16, 64, 256} // MB
)

func tailID(kernel string, exponent float64, functions, budget int, mode tail.Mode) string {
	return fmt.Sprintf("tail/%s/%.1f/%d/%d/%s", kernel, exponent, functions, budget, mode)
}

// Even says after how many calls the heavy engine has taken no more time than the light
// one, and how much that is there, where each begins with a first call: 0 where it is
// faster from the first on, and false where it never is.
func Even(firstHeavy, warmHeavy, firstLight, warmLight time.Duration) (calls float64, spent time.Duration, ok bool) {
	ahead := firstHeavy - firstLight
	switch gain := warmLight - warmHeavy; {
	case ahead <= 0:
		return 0, 0, true
	case gain <= 0:
		return 0, 0, false
	default:
		more := math.Ceil(float64(ahead) / float64(gain))
		return 1 + more, firstLight + time.Duration(more)*warmLight, true
	}
}

func derive(r *lab.Results) {
	for _, name := range Kernels() {
		k := "kernel/" + name + "/"
		var calls, spent, slower []float64
		for _, c := range costs(r, name) {
			slower = append(slower, float64(c.light.Warm)/float64(c.heavy.Warm))
			if n, cpu, ok := Even(c.heavy.Cold, c.heavy.Warm, c.light.Cold, c.light.Warm); ok {
				calls, spent = append(calls, n), append(spent, milliseconds(cpu))
			}
		}
		add(r, "even/"+name, "slower", slower)
		if len(calls) == len(r.Values(k+heavy, "warm")) {
			add(r, "even/"+name, "calls", calls)
			add(r, "even/"+name, "spent", spent)
		}
	}
	deriveTails(r)
}

func add(r *lab.Results, point, metric string, values []float64) {
	if len(values) == 0 {
		return
	}
	m, _ := r.Metric(metric)
	r.Add(point, metric, judge.Of(values, m.Tolerance))
}

// pair is what both engines take, as one repetition of each measured it.
type pair struct{ heavy, light tail.Cost }

// costs pairs the repetitions; nil where something was not measured.
func costs(r *lab.Results, name string) []pair {
	column := func(point, metric string) []float64 { return r.Values(point, metric) }
	k := "kernel/" + name + "/"
	columns := [][]float64{
		column(k+heavy, "first"), column(k+heavy, "warm"), column("memory/"+ofContext, "memory"),
		column(k+light, "first"), column(k+light, "warm"), column("memory/"+light, "memory"),
	}
	n := len(columns[0])
	for _, c := range columns {
		n = min(n, len(c))
	}
	var list []pair
	for i := range n {
		cost := func(at int) tail.Cost {
			return tail.Cost{
				Cold: time.Duration(columns[at][i] * float64(time.Millisecond)), Warm: max(1, time.Duration(columns[at+1][i]*float64(time.Microsecond))),
				Memory: max(1, int64(columns[at+2][i]*1000)),
			}
		}
		list = append(list, pair{cost(0), cost(3)})
	}
	return list
}

// deriveTails simulates every tail with the costs of each repetition.
func deriveTails(r *lab.Results) {
	calls := lab.Pick(lab.Scale(r.Header.Scale), 100_000, 10_000, 1000)
	var share []float64
	for _, kernel := range tailKernels {
		for i, c := range costs(r, kernel) {
			better, all := 0, 0
			for _, exponent := range exponents {
				for _, functions := range counts {
					for _, budget := range budgets {
						var took [len(modes)]float64
						for m, mode := range modes {
							result := tail.Simulate(tail.Config{
								Mode: mode, Heavy: c.heavy, Light: c.light, Promote: promote.DefaultPolicy(),
								Functions: functions, Exponent: exponent, Calls: calls, Budget: int64(budget) * 1_000_000, Seed: r.Header.Seed,
							})
							took[m] = microseconds(result.CPU) / float64(calls)
							keep(r, tailID(kernel, exponent, functions, budget, mode), "mean", took[m])
							keep(r, tailID(kernel, exponent, functions, budget, mode), "cold", 100*float64(result.ColdStarts)/float64(calls))
						}
						all++
						if took[2] <= 0.95*min(took[0], took[1]) {
							better++
						}
					}
				}
			}
			for len(share) <= i {
				share = append(share, 0)
			}
			share[i] += 100 * float64(better) / float64(all) / float64(len(tailKernels))
		}
	}
	add(r, "tail/summary", "share", share)
}

// keep adds a value to a derived figure.
func keep(r *lab.Results, point, metric string, value float64) {
	e, _ := r.Estimate(point, metric)
	add(r, point, metric, append(e.Values, value))
}
