package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/cmd/isolane/internal/replay"
	"github.com/isolane/isolane/jsruntime/function"
)

// errOtherwise ends replay where it did not go as it had gone; all has been said.
var errOtherwise = errors.New("the replay went another way than the record")

// replayFlags are those of replay.
type replayFlags struct {
	askFlags
	// functions is where the function is, "" where it is looked for; bucket is where it may be
	// deployed.
	functions, bucket string
	// function is its name, invocation an id, letter the number of a dead letter.
	function, invocation string
	letter               uint64
	live                 bool
	env                  []string
}

func newReplay(std streams) *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay {STREAM:SEQUENCE | --invocation ID | --dead-letter NUMBER}",
		Short: "Run a message, an alarm or a call again here, as it was recorded",
		Long: `Run a message of a stream, the alarm of a key or the call of a key's method again in this
process, and print what happened: the console, what the function asked its host for and was told,
the outcome, the receipt. Its last run has to be recorded (record: failures or all in the
manifest); isolane replay ls lists what is, with the ids of invocations, which are in logs and dead
letters, too. A message that was run in a batch has the batch run. Fetch, ctx.nats, ctx.kv,
ctx.call, the state, the time and random numbers are those of that run, timers take no time, and
nothing outside is touched. It says where the function asks for something else than it did then.

What is not on the record is refused. With --live, fetch asks for it, and a message without a
record is run, too; ctx.nats, ctx.kv and ctx.call stay refused.

The function is the version that was recorded: as it is deployed, or from the folder
"functions" here. With --functions it is what stands there, of whatever version. A message that
its stream has no more is looked for among the dead letters. Variables of the node stand in
records, and are shown to the function, as [redacted NAME]; --env NAME=VALUE gives one.

Exit status:
   0 it went as it was recorded, or there is no whole record and it ended ok
   1 it went another way, or anything else
   2 usage; no such stream, message, invocation, record or version
  10 to 19 no whole record: that of the outcome, as for invoke
  21 cannot connect`,
		Example: `  isolane replay ORDERS:812
  isolane replay --invocation a5f04c3b9d7e01c2
  isolane replay --dead-letter 3 --functions ./functions --json`,
		Args: cobra.MaximumNArgs(1),
	}
	f.addWhole(cmd, "how long all of it may take")
	cmd.Flags().StringVar(&f.functions, "functions", "", "run what is at `PATH`: a function, its folder, or a folder of functions")
	bucket := cmp.Or(std.getenv("ISOLANE_DEPLOY_BUCKET"), funcstore.DefaultBucket)
	cmd.Flags().StringVar(&f.bucket, "bucket", bucket, "`NAME` of the bucket that functions are deployed to; also from ISOLANE_DEPLOY_BUCKET")
	cmd.Flags().StringVar(&f.function, "function", "", "the `NAME` of the function that ran it, where there are several")
	cmd.Flags().StringVar(&f.invocation, "invocation", "", "run what is recorded under the invocation with this `ID` again; see isolane replay ls")
	cmd.Flags().Uint64Var(&f.letter, "dead-letter", 0, "run the dead letter with this `NUMBER` again; see isolane dlq ls")
	cmd.Flags().BoolVar(&f.live, "live", false, "have fetch ask for what is not on the record, and run a message without one")
	cmd.Flags().StringArrayVar(&f.env, "env", nil, "a variable of the node, `NAME=VALUE`; may be given again")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(args); err != nil {
			return &usageError{err: err}
		}
		return f.reach(cmd, std, func(ctx context.Context, at reached) error { return f.run(ctx, std, at, args) })
	}
	cmd.AddCommand(newReplayLs(std))
	return cmd
}

func (f replayFlags) check(args []string) error {
	named := 0
	for _, is := range []bool{len(args) == 1, f.letter > 0, f.invocation != ""} {
		if is {
			named++
		}
	}
	if named != 1 {
		return errors.New("name a message, as ORDERS:812, or --invocation ID, or --dead-letter NUMBER")
	}
	for _, pair := range f.env {
		if name, _, ok := strings.Cut(pair, "="); !ok || name == "" {
			return fmt.Errorf("--env %s: write NAME=VALUE", pair)
		}
	}
	if len(args) == 1 {
		_, _, err := placeOf(args[0])
		return err
	}
	return nil
}

// placeOf reads STREAM:SEQUENCE.
func placeOf(text string) (stream string, sequence uint64, err error) {
	stream, number, ok := strings.Cut(text, ":")
	sequence, err = strconv.ParseUint(number, 10, 64)
	if !ok || stream == "" || err != nil || sequence == 0 {
		return "", 0, fmt.Errorf("%q names no message: write STREAM:SEQUENCE, as ORDERS:812", text)
	}
	return stream, sequence, nil
}

// run has what was named run, and tells of it.
func (f replayFlags) run(ctx context.Context, std streams, at reached, args []string) error {
	cfg, what, err := f.find(ctx, at, args)
	if err != nil {
		return err
	}
	r, err := replay.Run(ctx, cfg)
	if err != nil {
		return err
	}
	return f.tell(std, r, what)
}

// tell prints the report, and returns what the command ends with.
func (f replayFlags) tell(std streams, r *replay.Report, what string) error {
	if f.json {
		if err := printJSON(std, r); err != nil {
			return err
		}
	} else {
		printReplay(std, r, what, f.live)
	}
	switch {
	case r.Divergence != nil || len(r.Differences) > 0:
		return &reportedError{err: errOtherwise}
	case r.Record != "whole" && r.Outcome != function.OK:
		return &outcomeError{outcome: r.Outcome}
	}
	return nil
}
