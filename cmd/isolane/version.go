package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/jsruntime/v8"
)

// versions is what went into the binary.
type versions struct {
	Isolane string `json:"isolane"`
	// Commit is "" where the build knew none; "+changes" marks a tree with changes.
	Commit     string `json:"commit"`
	Go         string `json:"go"`
	V8         string `json:"v8"`
	NATSServer string `json:"natsServer"`
	Platform   string `json:"platform"`
}

func newVersion() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "version",
		Short: "Print the versions of Isolane, Go, V8 and the NATS server inside",
		Args:  cobra.NoArgs,
	}
	asJSON := cmd.Flags().Bool("json", false, "print JSON")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		v := readVersions()
		if *asJSON {
			text, err := json.MarshalIndent(v, "", "  ")
			if err != nil {
				return fmt.Errorf("encode the versions: %w", err)
			}
			_, err = fmt.Fprintln(cmd.OutOrStdout(), string(text))
			return err
		}
		commit := v.Commit
		if commit == "" {
			commit = "unknown"
		}
		_, err := fmt.Fprintf(cmd.OutOrStdout(), "isolane     %s\ncommit      %s\ngo          %s %s\nv8          %s\nnats-server %s\n",
			v.Isolane, commit, v.Go, v.Platform, v.V8, v.NATSServer)
		return err
	}
	return cmd
}

func readVersions() versions {
	v := versions{
		Isolane: "(devel)", Go: runtime.Version(), V8: v8.NewEngine(v8.Config{}).Version(),
		NATSServer: bridge.ServerVersion, Platform: runtime.GOOS + "/" + runtime.GOARCH,
	}
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return v
	}
	if info.Main.Version != "" {
		v.Isolane = info.Main.Version
	}
	for _, s := range info.Settings {
		switch {
		case s.Key == "vcs.revision":
			v.Commit = s.Value + v.Commit
		case s.Key == "vcs.modified" && s.Value == "true":
			v.Commit += "+changes"
		}
	}
	return v
}
