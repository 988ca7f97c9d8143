package chaos

import (
	"context"
	"strings"
	"time"

	"github.com/isolane/isolane/bridge"
)

// Scenarios are all there are, in the order in which they are run.
func Scenarios() []Scenario {
	return []Scenario{
		{Name: "kill", What: "kill -9 of a member", Nodes: 3, Brief: true, act: actKill(1)},
		{Name: "handed", What: "kill -9 of a member that another hands its calls on to", Nodes: 3, prepare: prepareHanded, act: actHanded},
		{Name: "half", What: "kill -9 of half the members at once", Nodes: 4, act: actKill(2)},
		{Name: "freeze", What: "a member stopped for 20 s (SIGSTOP), and continued", Nodes: 3, Brief: true, act: actFreeze(20*time.Second, 6*time.Second)},
		{Name: "blink", What: "a member stopped for 3 s, less than its lease, and continued", Nodes: 3, act: actFreeze(3*time.Second, 3*time.Second)},
		{Name: "cut-1-2", What: "one member cut off from two, all of them reaching NATS", Nodes: 3, Cuts: true, act: actCut(1, false, 12*time.Second)},
		{Name: "cut-2-3", What: "two members cut off from three and from NATS", Nodes: 5, Cuts: true, act: actCut(2, true, 15*time.Second)},
		{Name: "nats", What: "the NATS server killed, a member killed while it is away, the server back after 8 s", Nodes: 3, act: actServer(8 * time.Second)},
		{Name: "loss", What: "20 % of the packets between members lost, and one of them killed", Nodes: 5, Cuts: true, act: actLoss(0.2, 12*time.Second)},
		{Name: "delay", What: "everything between members 200 ms late, and one of them killed", Nodes: 3, prepare: prepareDelay(200 * time.Millisecond), act: actDelay(10 * time.Second)},
		{Name: "clocks", What: "wall clocks an hour apart, one jumping by a day, a monotonic one far ahead, and a member killed", Nodes: 3, prepare: prepareClocks, act: actClocks},
		{Name: "strangers", What: "members with another key, another wire, another certificate", Nodes: 3, prepare: prepareSecrets, act: actStrangers},
		{Name: "garbage", What: "garbage to every gossip port and remote port", Nodes: 3, Brief: true, act: actGarbage},
		{Name: "join", What: "20 members started at once beside three", Nodes: 3, act: actJoin(20)},
	}
}

// Select returns the scenarios of these names, in the order of Scenarios; of none, all.
func Select(names ...string) (chosen []Scenario, unknown []string) {
	left := map[string]bool{}
	for _, n := range names {
		left[n] = true
	}
	for _, s := range Scenarios() {
		if len(names) == 0 || left[s.Name] {
			chosen = append(chosen, s)
			delete(left, s.Name)
		}
	}
	for n := range left {
		unknown = append(unknown, n)
	}
	return chosen, unknown
}

// actKill kills n members at one moment.
func actKill(n int) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		gone := w.pickHome(n)
		w.begins("kill -9 of %s", names(gone))
		if err := w.kill(ctx, gone...); err != nil {
			return err
		}
		if err := w.detected(ctx, w.live(), gone...); err != nil {
			return err
		}
		return w.recovered(ctx, w.evidence.trouble.from)
	}
}

// actFreeze stops a member for long, or for short where the run is brief, and has it go
// on.
func actFreeze(long, short time.Duration) func(context.Context, *world) error {
	return func(ctx context.Context, w *world) error {
		d := long
		if w.cfg.Brief {
			d = short
		}
		frozen := w.pickHome(1)[0]
		w.begins("%s stands still for %s", frozen.name, d)
		w.victim(frozen, w.evidence.trouble.from, time.Time{})
		thawed := time.Now().Add(d)
		if err := w.freeze(frozen); err != nil {
			return err
		}
		if d > 2*detectable {
			if err := w.detected(ctx, w.live(), frozen); err != nil {
				return err
			}
		}
		if err := bridge.Pause(ctx, time.Until(thawed)); err != nil {
			return err
		}
		if err := w.thaw(frozen); err != nil {
			return err
		}
		return w.recovered(ctx, time.Now())
	}
}

// detectable is about how long a member must be silent to be declared dead, by the
// default timings.
const detectable = 3 * time.Second

func names(members []*member) string {
	var all []string
	for _, m := range members {
		all = append(all, m.name)
	}
	return strings.Join(all, ", ")
}
