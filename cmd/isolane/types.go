package main

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/cmd/isolane/internal/types"
)

func newTypes(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "types [DIR]",
		Short: "Write isolane.d.ts, so that editors know what functions find",
		Long: `Write isolane.d.ts into a folder of functions, or into the folder at hand. Editors
and tsc then know msg and ctx, and the Web's APIs as far as functions have them:

  import type { Message, Context } from "isolane";
  export default async function (msg: Message, ctx: Context) { ... }

In JavaScript: /** @type {import("isolane").MessageHandler} */ before the function.
"isolane init" writes a tsconfig.json that goes with it.`,
		Args: cobra.MaximumNArgs(1),
	}
	show := cmd.Flags().Bool("stdout", false, "print the declarations, and write nothing")
	asJSON := cmd.Flags().Bool("json", false, "print JSON: {file}")
	cmd.RunE = func(_ *cobra.Command, args []string) error {
		version := readVersions().Isolane
		if *show {
			_, err := fmt.Fprint(std.out, types.Declarations(version))
			return err
		}
		dir := "."
		if len(args) > 0 {
			dir = args[0]
		}
		path, err := types.Write(dir, version)
		if err != nil {
			return err
		}
		if *asJSON {
			return printJSON(std, map[string]string{"file": path})
		}
		_, err = fmt.Fprintln(std.out, path)
		return err
	}
	return cmd
}
