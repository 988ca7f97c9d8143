package engines

import (
	"fmt"
	"math"
	"strings"
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
	pairs := map[string][]pair{}
	n := 0
	for _, kernel := range tailKernels {
		pairs[kernel] = costs(r, kernel)
		n = max(n, len(pairs[kernel]))
	}
	share := make([]float64, n)
	for _, exponent := range exponents {
		for _, functions := range counts {
			drawn := tail.Draw(functions, exponent, calls, r.Header.Seed)
			for _, kernel := range tailKernels {
				for _, budget := range budgets {
					better := deriveTail(r, kernel, exponent, budget, functions, drawn, pairs[kernel])
					for i, is := range better {
						if is {
							share[i] += 100 / float64(len(exponents)*len(counts)*len(tailKernels)*len(budgets))
						}
					}
				}
			}
		}
	}
	add(r, "tail/summary", "share", share)
}

// deriveTail simulates one tail in each mode, and says for each repetition whether the mix
// took at least 5 % less time than the better engine alone.
func deriveTail(r *lab.Results, kernel string, exponent float64, budget, functions int, drawn []int32, pairs []pair) []bool {
	var means, colds [len(modes)][]float64
	better := make([]bool, len(pairs))
	for i, c := range pairs {
		var took [len(modes)]float64
		for m, mode := range modes {
			result := tail.Replay(tail.Config{
				Mode: mode, Heavy: c.heavy, Light: c.light, Promote: promote.DefaultPolicy(), Functions: functions, Budget: int64(budget) * 1_000_000,
			}, drawn)
			took[m] = microseconds(result.CPU) / float64(len(drawn))
			means[m], colds[m] = append(means[m], took[m]), append(colds[m], 100*float64(result.ColdStarts)/float64(len(drawn)))
		}
		better[i] = took[2] <= 0.95*min(took[0], took[1])
	}
	for m, mode := range modes {
		id := tailID(kernel, exponent, functions, budget, mode)
		add(r, id, "mean", means[m])
		add(r, id, "cold", colds[m])
	}
	return better
}

// never is when V8 has caught up in a kernel; where both were measured and there is no such
// figure, in a repetition it does not.
func never(r *lab.Results, name, metric string) string {
	_, both := r.Estimate("even/"+name, "slower")
	if _, ok := r.Estimate("even/"+name, metric); both && !ok {
		return "never"
	}
	return r.Tell("even/"+name, metric)
}

// mixTable says for each kind of tail in how many budgets the mix took at least 5 % less time
// than the better engine alone, by the medians, and which engine is the better one.
func mixTable(r *lab.Results) lab.Table {
	t := lab.Table{
		Title: "Which engine for a long tail", Header: []string{"calls of", "Zipf's exponent"},
		Note: fmt.Sprintf("By the medians of simulated runs, with budgets of %d, %d, %d and %d MB in this order: V is V8 alone, Q QuickJS alone, M the mix where it takes at least 5 %% less than both. The raw figures are what the measured costs and `experiments/engines/tail` give.", budgets[0], budgets[1], budgets[2], budgets[3]),
	}
	for _, functions := range counts {
		t.Header = append(t.Header, fmt.Sprintf("%d functions", functions))
	}
	for _, kernel := range tailKernels {
		for _, exponent := range exponents {
			row := []string{kernel, fmt.Sprintf("%.1f", exponent)}
			for _, functions := range counts {
				var said []string
				for _, budget := range budgets {
					said = append(said, best(r, kernel, exponent, functions, budget))
				}
				row = append(row, strings.Join(said, " "))
			}
			t.Rows = append(t.Rows, row)
		}
	}
	return t
}

// best is the mode that took the least time in one tail; "–" where it was not simulated.
func best(r *lab.Results, kernel string, exponent float64, functions, budget int) string {
	var took [len(modes)]float64
	for m, mode := range modes {
		e, ok := r.Estimate(tailID(kernel, exponent, functions, budget, mode), "mean")
		if !ok || len(e.Values) == 0 {
			return "–"
		}
		took[m] = e.Median
	}
	switch {
	case took[2] <= 0.95*min(took[0], took[1]):
		return "M"
	case took[0] <= took[1]:
		return "V"
	default:
		return "Q"
	}
}
