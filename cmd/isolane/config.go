package main

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

func newConfig(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "config",
		Short: "Print the configuration that run would have, and where each value is from",
		Long: `Print the configuration that run would have with the same flags, as an
isolane.yaml with the origin of each value in a comment. Flags win over the
environment (ISOLANE_*), the environment over the file. Passwords, tokens and
functions' variables are masked.`,
		Args: cobra.NoArgs,
	}
	addSettings(cmd)
	asJSON := cmd.Flags().Bool("json", false, "print JSON: {config, origins}")
	reveal := cmd.Flags().Bool("show-secrets", false, "do not mask secrets")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		loaded, err := loadSettings(cmd, std)
		if err != nil && !errors.Is(err, config.ErrInvalid) {
			return fmt.Errorf("configuration: %w", err)
		}
		if err != nil {
			return err
		}
		warn(std, loaded.Warnings)
		print := loaded.YAML
		if *asJSON {
			print = loaded.JSON
		}
		text, err := print(*reveal)
		if err != nil {
			return err
		}
		_, err = fmt.Fprintln(std.out, string(trimNewline(text)))
		return err
	}
	return cmd
}

// warn prints warnings to standard error.
func warn(std streams, warnings []string) {
	paint := painter(std, std.err)
	for _, w := range warnings {
		_, _ = fmt.Fprintf(std.err, "%s %s\n", paint(bold, "warning:"), w)
	}
}

func trimNewline(text []byte) []byte {
	if n := len(text); n > 0 && text[n-1] == '\n' {
		return text[:n-1]
	}
	return text
}
