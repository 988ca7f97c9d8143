// Package dynamic is the experiment on runtimes that come and go while a node is under
// load: told to, and by the load itself.
package dynamic

import (
	"context"
	"time"

	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/judge"
	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/lab/rig"
)

// Experiment is the experiment.
func Experiment() lab.Experiment {
	return lab.Experiment{
		Name: "dynamic", Title: "Runtimes that come and go under load",
		Question: "How long until a runtime that is added takes work, what do the other calls notice, and does the number follow the load?",
		Method: `*Scale*: a node with two isolates gets calls in an open loop that compute some tenths of a millisecond and then wait ten. It is told
to have six isolates, and later two again. *up* is the time from the request until six isolates are ready to take work, *down* until two
are left. The calls of the second after each change are compared with those of the second before the first.
*Autoscale*: ` + "`runtimes: { count: 1, min: 1, max: 8 }`" + `; calls that compute some milliseconds come slowly, then so fast that one and a half isolates are needed, then slowly again, each phase a third
of the time. The node is asked ten times a second how many isolates it has.`,
		Metrics: []record.Metric{
			{Name: "up", Unit: "ms", Meaning: "from the request until four more isolates are ready", Tolerance: judge.Tolerance{Relative: 0.6, Absolute: 20}},
			{Name: "down", Unit: "ms", Meaning: "from the request until four are gone", Tolerance: judge.Tolerance{Relative: 0.6, Absolute: 20}},
			{Name: "before-p99", Unit: "ms", Meaning: "time to reply in the second before, 99th percentile", Tolerance: judge.Tolerance{Relative: 0.6}},
			{Name: "up-p99", Unit: "ms", Meaning: "that in the second after isolates were added", Tolerance: judge.Tolerance{Relative: 0.6}},
			{Name: "down-p99", Unit: "ms", Meaning: "that in the second after they were taken away", Tolerance: judge.Tolerance{Relative: 0.6}},
			{Name: "lost", Meaning: "calls without a reply, or with another outcome than ok", Tolerance: judge.Tolerance{Absolute: 0.5}},
			{Name: "calls", Meaning: "calls that were sent"},
			{Name: "most", Meaning: "the most isolates that the node had", Tolerance: judge.Tolerance{Relative: 0.5}},
			{Name: "least", Meaning: "the fewest that it had at the end", Tolerance: judge.Tolerance{Absolute: 2}},
			{Name: "reaction", Unit: "ms", Meaning: "from the load's rise until the node has more isolates", Tolerance: judge.Tolerance{Relative: 1}},
		},
		Points: func(s lab.Scale) []lab.Point {
			repeat := lab.Pick(s, 5, 1, 1)
			return []lab.Point{
				{ID: "scale", Params: lab.Params{"kind": "scale"}, Repeat: repeat},
				{ID: "autoscale", Params: lab.Params{"kind": "autoscale"}, Repeat: lab.Pick(s, 3, 1, 1)},
			}
		},
		Run: run, Charts: charts, Claims: claims, Length: 90 * time.Second,
	}
}

const source = `
const work = (rounds) => { let x = 0; for (let i = 0; i < rounds; i++) x = (x * 31 + i) | 0; return x; };
export default async (msg) => {
  const { rounds, wait } = msg.json();
  const value = work(rounds);
  if (wait) await new Promise((done) => setTimeout(done, wait));
  return { value };
};
`

func run(ctx context.Context, b *lab.Bench, p lab.Point) (*lab.Took, error) {
	folder, err := b.Rig.Files("functions", map[string]string{"work.js": source})
	if err != nil {
		return nil, err
	}
	auto := p.Word("kind") == "autoscale"
	settings := "runtimes: { count: 2, queue: 10000, shedTarget: 0s }\n"
	if auto {
		settings = "runtimes: { count: 1, min: 1, max: 8, queue: 10000, shedTarget: 0s }\n"
	}
	s, err := b.Rig.Stage(ctx, rig.StageConfig{Node: rig.NodeConfig{Functions: folder, Settings: settings}})
	if err != nil {
		return nil, err
	}
	if auto {
		return autoscale(ctx, b, s)
	}
	return scale(ctx, b, s)
}
