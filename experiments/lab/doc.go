// Package lab is the laboratory's frame: what an experiment is, how one is run, and how
// what it measured becomes pages and a report.
//
// An Experiment has a name, a question, points to measure, a function that measures one
// repetition of one point, and what is made of the data: charts, tables and claims. Run
// repeats the points in an order that chance decides, records each repetition as it ends
// (package record), and draws the pages. What is made of the data needs nothing but the
// data, so that Report does it again at any time, on any machine.
//
//	e := lab.Experiment{Name: "echo", Question: "What does an echo cost?", Points: points, Run: run, ...}
//	err := lab.Run(ctx, e, lab.RunConfig{Folder: "out", Scale: lab.Quick, Seed: 1, ...})
//	err = lab.Report("out", experiments)
//
// A Claim is a text with figures in it, and the conditions under which the text is true.
// Whether it is printed, the data decide by the rule of package judge.
//
// A run belongs to one goroutine. The experiments themselves are in packages beside this
// one; experiments/catalog lists them.
package lab
