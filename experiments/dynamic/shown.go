package dynamic

import (
	"github.com/isolane/isolane/experiments/lab"
	"github.com/isolane/isolane/experiments/lab/chart"
	"github.com/isolane/isolane/experiments/lab/judge"
)

func charts(r *lab.Results) []chart.Chart {
	series := func(point, name string) []chart.Point {
		all := r.All(point)
		if len(all) == 0 {
			return nil
		}
		for _, s := range all[0].Series {
			if s.Name == name {
				var list []chart.Point
				for _, p := range s.Points {
					list = append(list, chart.Point{X: p[0], Y: p[1], Low: p[1], High: p[1]})
				}
				return list
			}
		}
		return nil
	}
	t := chart.Axis{Label: "time", Unit: "s"}
	var marks []chart.Mark
	for i, p := range series("scale", "changes") {
		marks = append(marks, chart.Mark{At: p.X, Label: []string{"2 to 6 isolates", "6 to 2"}[min(i, 1)]})
	}
	rate := series("autoscale", "rate")
	for i := range rate {
		rate[i].Y /= 100
	}
	return []chart.Chart{
		{
			Name: "scale", Title: "Time to reply while isolates come and go", Caption: "One run; 99th percentile of each tenth of a second.", Kind: chart.Curves, X: t,
			Y: chart.Axis{Label: "time to reply", Unit: "ms", Zero: true}, Series: []chart.Series{{Name: "", Points: series("scale", "p99")}}, Marks: marks,
		},
		{
			Name: "autoscale", Title: "Isolates follow the load", Caption: "One run; the node was asked ten times a second.", Kind: chart.Curves, X: t,
			Y: chart.Axis{Label: "isolates; load in 100 calls/s", Zero: true}, Series: []chart.Series{{Name: "isolates", Points: series("autoscale", "isolates")}, {Name: "load", Points: rate}},
		},
		{
			Name: "autoscale-latency", Title: "Time to reply meanwhile", Caption: "The same run; 99th percentile of each half second.", Kind: chart.Curves, X: t,
			Y: chart.Axis{Label: "time to reply", Unit: "ms", Log: true}, Series: []chart.Series{{Name: "", Points: series("autoscale", "p99")}},
		},
	}
}

func claims(*lab.Results) []lab.Claim {
	f := func(point, metric string) lab.Figure { return lab.Figure{Point: point, Metric: metric} }
	const limits = "one node of small isolates; functions with large modules take longer to be warm."
	return []lab.Claim{
		{
			Name: "runtimes-come-quickly", Topic: "Changing the number of isolates",
			Figures:   map[string]lab.Figure{"up": f("scale", "up"), "down": f("scale", "down"), "lost": f("scale", "lost")},
			When:      []lab.Condition{{Figure: "up", Is: judge.AtMost, Bound: 500}, {Figure: "lost", Is: judge.AtMost, Bound: 0}},
			Then:      "Add isolates when they are needed, not before: four more are ready {up} after they were asked for, and gone {down} after they were not. Of the calls meanwhile {lost} were lost.",
			Otherwise: "Add isolates ahead of the load: four more take {up}, and {lost} calls were lost meanwhile.",
			Limits:    limits,
		},
		{
			Name: "others-hardly-notice", Topic: "Changing the number of isolates",
			Figures:   map[string]lab.Figure{"before": f("scale", "before-p99"), "up": f("scale", "up-p99"), "down": f("scale", "down-p99"), "times": {Point: "scale", Metric: "up-p99", Over: &lab.Figure{Point: "scale", Metric: "before-p99"}}},
			When:      []lab.Condition{{Figure: "times", Is: judge.AtMost, Bound: 3}},
			Then:      "Scaling in the middle of a load is safe: the 99th percentile is {before} in the second before, {up} in the one after four isolates were added, and {down} after they were taken away.",
			Otherwise: "Scaling shows in the tail: the 99th percentile is {before} before and {up} in the second after four isolates were added.",
			Limits:    limits,
		},
		{
			Name: "autoscale-follows", Topic: "Changing the number of isolates",
			Figures:   map[string]lab.Figure{"reaction": f("autoscale", "reaction"), "most": f("autoscale", "most"), "least": f("autoscale", "least"), "lost": f("autoscale", "lost")},
			When:      []lab.Condition{{Figure: "reaction", Is: judge.AtMost, Bound: 3000}, {Figure: "lost", Is: judge.AtMost, Bound: 0}},
			Then:      "Let the load decide where it changes within minutes: the node had more isolates {reaction} after the load rose, {most} at most, and {least} a few seconds after it fell. It lost {lost} calls.",
			Otherwise: "Do not rely on autoscaling for short peaks: the node had more isolates {reaction} after the load rose, and {lost} calls were lost.",
			Limits:    "more isolates than processors do not compute faster; what waits for a turn is what they help.",
		},
	}
}
