package metrics

import "github.com/isolane/isolane/cluster/gossip"

// cluster shows what is between members; nothing of a node alone.
func (c *collector) cluster(out sink) {
	if c.src.Router != nil {
		r := c.src.Router()
		out.counter(spills, r.Spilled, "out")
		out.counter(spills, r.Served, "in")
		out.counter(spills, r.Returned, "returned")
		out.counter(spills, r.Lost, "lost")
		out.counter(spills, r.Again, "again")
	}
	if c.src.Cluster == nil {
		return
	}
	st := c.src.Cluster()
	out.counter(calls, st.CalledOut, "out")
	out.counter(calls, st.CalledIn, "in")
	out.counter(callFailures, st.Refused, "refused")
	out.counter(callFailures, st.NotDelivered, "not_delivered")
	out.counter(callFailures, st.NoAnswer, "no_answer")
	out.gauge(callsPending, float64(st.Pending))
	open := 0
	for _, state := range st.Breakers {
		if state == "open" {
			open++
		}
	}
	out.gauge(breakersOpen, float64(open))
	out.counter(fenced, st.Fenced)
	out.counter(rejected, st.RejectedHandshakes, "handshakes")
	out.counter(rejected, st.RejectedMessages, "messages")
	count := map[gossip.State]int{}
	for _, m := range c.src.Members() {
		count[m.State]++
	}
	for _, state := range []gossip.State{gossip.StateAlive, gossip.StateSuspect, gossip.StateLeft, gossip.StateDead} {
		out.gauge(members, float64(count[state]), string(state))
	}
}
