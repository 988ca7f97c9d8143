package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/cmd/isolane/internal/scaffold"
)

func newInit(std streams) *cobra.Command {
	var opts scaffold.Options
	cmd := &cobra.Command{
		Use:   "init NAME",
		Short: "Write a function to begin with, and a test of it",
		Long: `Write a function NAME into a folder: its module, its manifest, and a test that
"isolane test" runs; and beside it what editors want, isolane.d.ts and tsconfig.json, where
they are not there yet. Nothing that is there is changed, and nothing is written where a file
of the function is.`,
		Example: `  isolane init hello --dir functions
  isolane test functions
  isolane dev functions`,
		Args: cobra.ExactArgs(1),
	}
	lang := cmd.Flags().String("lang", "ts", "ts or js")
	cmd.Flags().StringVar(&opts.Dir, "dir", ".", "the `FOLDER` of functions; made where it is not there")
	asJSON := cmd.Flags().Bool("json", false, "print JSON: {files}")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		opts.Name, opts.Version = args[0], readVersions().Isolane
		switch *lang {
		case "ts":
		case "js":
			opts.JavaScript = true
		default:
			return &usageError{err: fmt.Errorf("--lang %q: write ts or js", *lang)}
		}
		if err := opts.Validate(); err != nil {
			return &usageError{err: err}
		}
		files, err := scaffold.Write(opts)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(std, map[string][]string{"files": files})
		}
		for _, file := range files {
			if _, err := fmt.Fprintln(std.out, file); err != nil {
				return err
			}
		}
		_, _ = fmt.Fprintf(std.err, "now: isolane test %[1]s, and isolane dev %[1]s\n", opts.Dir)
		return nil
	}
	return cmd
}
