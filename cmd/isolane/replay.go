package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
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
	// function is its name, letter the number of a dead letter.
	function string
	letter   uint64
	live     bool
	env      []string
}

func newReplay(std streams) *cobra.Command {
	var f replayFlags
	cmd := &cobra.Command{
		Use:   "replay STREAM:SEQUENCE | --dead-letter NUMBER",
		Short: "Run a message of a stream again here, as it was recorded",
		Long: `Run a message of a stream again in this process, and print what happened: the console,
what the function asked its host for and was told, the outcome, the receipt. Its last run has
to be recorded (record: failures or all in the manifest). Fetch, ctx.nats, ctx.kv, ctx.call,
the state, the time and random numbers are those of that run, timers take no time, and nothing
outside is touched. It says where the function asks for something else than it did then.

What is not on the record is refused. With --live, fetch asks for it, and a message without a
record is run, too; ctx.nats, ctx.kv and ctx.call stay refused.

The function is the version that was recorded: as it is deployed, or from the folder
"functions" here. With --functions it is what stands there, of whatever version. A message that
its stream has no more is looked for among the dead letters. Variables of the node stand in
records, and are shown to the function, as [redacted NAME]; --env NAME=VALUE gives one.

Exit status:
   0 it went as it was recorded, or there is no whole record and it ended ok
   1 it went another way, or anything else
   2 usage; no such stream, message, record or version
  10 to 19 no whole record: that of the outcome, as for invoke
  21 cannot connect`,
		Example: `  isolane replay ORDERS:812
  isolane replay --dead-letter 3 --functions ./functions --json`,
		Args: cobra.MaximumNArgs(1),
	}
	f.add(cmd)
	cmd.Flags().StringVar(&f.functions, "functions", "", "run what is at `PATH`: a function, its folder, or a folder of functions")
	bucket := cmp.Or(std.getenv("ISOLANE_DEPLOY_BUCKET"), funcstore.DefaultBucket)
	cmd.Flags().StringVar(&f.bucket, "bucket", bucket, "`NAME` of the bucket that functions are deployed to; also from ISOLANE_DEPLOY_BUCKET")
	cmd.Flags().StringVar(&f.function, "function", "", "the `NAME` of the function that ran it, where there are several")
	cmd.Flags().Uint64Var(&f.letter, "dead-letter", 0, "run the dead letter with this `NUMBER` again; see isolane dlq ls")
	cmd.Flags().BoolVar(&f.live, "live", false, "have fetch ask for what is not on the record, and run a message without one")
	cmd.Flags().StringArrayVar(&f.env, "env", nil, "a variable of the node, `NAME=VALUE`; may be given again")
	cmd.Flags().Lookup("timeout").Usage = "how long all of it may take"
	cmd.Flags().Lookup("timeout").DefValue = "1m0s"
	f.timeout = time.Minute
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if err := f.check(args); err != nil {
			return &usageError{err: err}
		}
		return runReplay(cmd, std, f, args)
	}
	return cmd
}

func (f replayFlags) check(args []string) error {
	switch {
	case (len(args) == 1) == (f.letter > 0):
		return errors.New("name a message, as ORDERS:812, or --dead-letter NUMBER")
	case f.timeout <= 0:
		return errors.New("--timeout must be over 0")
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

func runReplay(cmd *cobra.Command, std streams, f replayFlags, args []string) error {
	conn, _, err := connect(cmd, std)
	if err != nil {
		return err
	}
	defer conn.Close()
	js, err := jetstream.New(conn)
	if err != nil {
		return fmt.Errorf("use JetStream: %w", err)
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	defer cancel()
	cfg, place, err := f.find(ctx, conn, js, args)
	if err != nil {
		return err
	}
	r, err := replay.Run(ctx, cfg)
	if err != nil {
		return err
	}
	return f.tell(std, r, place)
}

// tell prints the report, and returns what the command ends with.
func (f replayFlags) tell(std streams, r *replay.Report, place string) error {
	if f.json {
		if err := printJSON(std, r); err != nil {
			return err
		}
	} else {
		printReplay(std, r, place, f.live)
	}
	switch {
	case r.Divergence != nil || len(r.Differences) > 0:
		return &reportedError{err: errOtherwise}
	case r.Record != "whole" && r.Outcome != function.OK:
		return &outcomeError{outcome: r.Outcome}
	}
	return nil
}
