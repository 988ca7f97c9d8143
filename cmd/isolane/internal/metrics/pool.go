package metrics

import (
	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/jsruntime/function"
)

// states are those of runtimes, all of which are shown, so that a graph has no holes.
func states() []actors.State {
	return []actors.State{actors.StateStarting, actors.StateIdle, actors.StateBusy, actors.StateDraining, actors.StateBackoff}
}

// pool shows the pool.
func (c *collector) pool(out sink) {
	st := c.src.Pool()
	for _, o := range function.Outcomes() {
		out.counter(invocations, st.Outcomes[o], o.String())
	}
	out.counter(accepted, st.Accepted)
	out.counter(requeued, st.Requeued)
	out.counter(lateResults, st.Late)
	out.counter(refusals, st.Shed, "waiting")
	out.counter(refusals, st.FullFor, "function_share")
	out.counter(refusals, st.Knotted, "ring")
	out.gauge(pending, float64(st.Pending))
	out.gauge(queueLength, float64(st.Queue))
	out.gauge(queueOldest, st.Oldest.Seconds())
	out.gauge(queueNested, float64(st.Nested))
	out.counter(volleys, st.Volleys.Taken)
	out.counter(volleyCalls, st.Volleys.Calls)
	out.counter(volleyReturned, st.Volleys.Returned)
	out.counter(cold, st.Used.Cold)
	out.seconds(cpu, st.Used.CPU.Seconds())
	out.seconds(io, st.Used.IO.Seconds())
	out.histogram(queueWait, octaves(1), &st.Waits, nil)

	type key struct {
		state actors.State
		kind  string
	}
	running, count := 0, map[key]int{}
	for _, r := range st.Runtimes {
		running += r.Inflight
		kind := "shared"
		if r.Function != "" {
			kind = "dedicated"
		}
		count[key{r.State, kind}]++
	}
	for _, kind := range []string{"shared", "dedicated"} {
		for _, state := range states() {
			out.gauge(runtimes, float64(count[key{state, kind}]), string(state), kind)
		}
	}
	out.gauge(inflight, float64(running))
	out.gauge(runtimesWanted, float64(c.src.Wanted()))
	out.seconds(runtimeBusy, st.Worked.Seconds())
	out.counter(isolatesLost, st.Lost)
	out.counter(isolatesStuck, st.Stuck)
	out.gauge(stuckNow, float64(st.StuckNow))
	out.gauge(functions, float64(len(st.Quarantined)), "quarantined")
	out.gauge(functions, float64(c.src.Broken()), "broken")
	out.counter(consoleDropped, c.src.NotPublished())
	out.gauge(spilledAway, float64(st.Away))
}
