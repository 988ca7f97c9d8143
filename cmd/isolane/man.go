package main

import (
	"fmt"
	"os"

	"github.com/spf13/cobra"
	"github.com/spf13/cobra/doc"
)

// newMan is hidden: it is for those who make packages.
func newMan(std streams) *cobra.Command {
	return &cobra.Command{
		Use:    "man DIR",
		Short:  "Write man pages, one for each command",
		Args:   cobra.ExactArgs(1),
		Hidden: true,
		RunE: func(cmd *cobra.Command, args []string) error {
			dir := args[0]
			if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // pages for everybody
				return fmt.Errorf("make the folder of man pages: %w", err)
			}
			root := cmd.Root()
			root.DisableAutoGenTag = true // the same commit gives the same pages
			header := &doc.GenManHeader{Section: "1", Source: "Isolane " + readVersions().Isolane, Manual: "Isolane"}
			if err := doc.GenManTree(root, header, dir); err != nil {
				return fmt.Errorf("write the man pages: %w", err)
			}
			_, err := fmt.Fprintln(std.out, dir)
			return err
		},
	}
}
