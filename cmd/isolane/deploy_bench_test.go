package main

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// BenchmarkDeploy is the time from the command until the version is published (building it
// and loading it in a scratch isolate included), and from there until the last of three
// nodes, in processes of their own, serves it.
func BenchmarkDeploy(b *testing.B) {
	g := startGroup(b, 3, nil)
	conn := g.nodes["n1"].connect()
	var publishing, serving time.Duration
	n := 0
	for b.Loop() {
		n++
		began := time.Now()
		r, status := deploy1(b, g.url, "greet", saying(fmt.Sprint(n)))
		require.Zero(b, status)
		published := time.Now()
		publishing += published.Sub(began)
		for name := range g.nodes {
			eventually(b, patience, func() error {
				reports, err := admin.Ask[admin.Report](b.Context(), conn, admin.Functions, name, nil)
				if err != nil {
					return err
				}
				if !stateOf(reports[0], "greet", r.Revision).good() {
					return errors.New(name + " does not serve it yet")
				}
				return nil
			})
		}
		serving += time.Since(published)
	}
	b.ReportMetric(float64(publishing.Milliseconds())/float64(n), "publish-ms")
	b.ReportMetric(float64(serving.Milliseconds())/float64(n), "served-ms")
}
