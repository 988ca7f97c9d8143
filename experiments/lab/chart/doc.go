// Package chart draws what experiments measured, as SVG and PNG, with gonum.org/v1/plot:
// labelled axes with units, the spread of each point, and series that differ in marker and
// dashes as well as in shade, so that a chart printed in grey can be read.
//
//	c := chart.Chart{Name: "latency", Title: "…", X: chart.Axis{Label: "functions", Log: true},
//		Y: chart.Axis{Label: "time to reply", Unit: "ms"}, Series: series}
//	err := c.Write(folder) // latency.svg, latency.png
//
// Charts are plain data; Write is safe for concurrent use.
package chart
