package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/doctor"
)

// errUnwell ends doctor where a check failed; all has been said.
var errUnwell = errors.New("a check failed")

func newDoctor(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Is all there that a node needs? Says what to do",
		Long: `Look at what a node with the same flags would need: configuration, NATS, JetStream,
the clock against the server's, limits on open files, memory and CPU against the runtimes,
the disk, and the ports. Each is ok, warn or fail, with what to do. Nothing is changed.

The exit status is 0 where nothing failed, 1 where something did; with --strict a warning
is a failure.`,
		Args: cobra.NoArgs,
	}
	addSettings(cmd)
	d := doctor.Doctor{System: doctor.ThisSystem()}
	cmd.Flags().DurationVar(&d.Timeout, "timeout", 5*time.Second, "how long to wait for NATS")
	cmd.Flags().BoolVar(&d.Running, "running", false, "the node runs: its ports are to be taken, and NATS inside is asked")
	strict := cmd.Flags().Bool("strict", false, "a warning is a failure, too")
	asJSON := cmd.Flags().Bool("json", false, "print JSON: an array of {check, status, found, advice}")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if d.Timeout <= 0 {
			return &usageError{err: errors.New("--timeout must be over 0")}
		}
		loaded, err := loadSettings(cmd, std)
		if err != nil && !errors.Is(err, config.ErrInvalid) {
			err = fmt.Errorf("configuration: %w", err)
		}
		findings := d.Examine(cmd.Context(), loaded, err)
		if *asJSON {
			err = printJSON(std, findings)
		} else {
			err = printFindings(std, findings)
		}
		if worst := doctor.Worst(findings); worst == doctor.Fail || *strict && worst == doctor.Warn {
			err = errors.Join(err, &reportedError{err: errUnwell})
		}
		return err
	}
	return cmd
}

// printFindings prints a line for each, and what to do below it.
func printFindings(std streams, findings []doctor.Finding) error {
	paint := painter(std, std.out)
	colours := map[doctor.Status]colour{doctor.OK: green, doctor.Warn: yellow, doctor.Fail: red}
	for _, f := range findings {
		text := fmt.Sprintf("%s %-15s %s\n", paint(colours[f.Status], fmt.Sprintf("%-4s", f.Status)), f.Check, f.Found)
		if f.Advice != "" {
			text += "     " + paint(bold, "-> "+f.Advice) + "\n"
		}
		if _, err := fmt.Fprint(std.out, text); err != nil {
			return err
		}
	}
	return nil
}
