//go:build noserver

package main

import (
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge"
)

// newExperiment and newReport say that this binary has no laboratory: that needs the NATS
// server, which was left out.
func newExperiment(streams) *cobra.Command { return noLaboratory("experiment") }
func newReport(streams) *cobra.Command     { return noLaboratory("report") }

func noLaboratory(name string) *cobra.Command {
	return &cobra.Command{
		Use: name, Short: "Not in this binary: the laboratory needs the NATS server inside", DisableFlagParsing: true,
		RunE: func(*cobra.Command, []string) error { return bridge.ErrNoServer },
	}
}
