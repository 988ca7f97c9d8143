package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge/funclog"
	"github.com/isolane/isolane/bridge/subject"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/jsruntime/function"
)

// logsFlags are those of functions logs.
type logsFlags struct {
	askFlags
	follow bool
	lines  int
	prefix string
}

func newFunctionsLogs(std streams) *cobra.Command {
	var f logsFlags
	cmd := &cobra.Command{
		Use:   "logs [-f] [NAME]",
		Short: "What functions print",
		Long: `Print the newest lines of a function, or of all, that the nodes keep in memory, and
with -f those that come, until interrupted. Lines are published on logs.NAME too, where any
NATS client may subscribe, and a stream may keep them. With --json each line is one of JSON.`,
		Example: `  isolane functions logs -f hello
  nats subscribe 'logs.hello'`,
		Args: cobra.MaximumNArgs(1),
	}
	f.add(cmd)
	cmd.Flags().BoolVarP(&f.follow, "follow", "f", false, "go on with the lines that come")
	cmd.Flags().IntVarP(&f.lines, "lines", "n", 50, "begin with the newest `N`")
	cmd.Flags().StringVar(&f.prefix, "log-subject", cmp.Or(std.getenv("ISOLANE_LOG_SUBJECT"), funclog.DefaultPrefix), "the `PREFIX` of the subjects, as log.subject of the nodes; also from ISOLANE_LOG_SUBJECT")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		name := strings.Join(args, "")
		if err := function.ValidateName(name); name != "" && err != nil {
			return &usageError{err: err}
		}
		if err := subject.ValidatePrefix(f.prefix); err != nil {
			return &usageError{err: fmt.Errorf("--log-subject: %w", err)}
		}
		if f.lines < 0 || f.lines > 10_000 {
			return &usageError{err: errors.New("--lines must be 0 to 10000")}
		}
		return logs(cmd, std, f, name)
	}
	return cmd
}

func logs(cmd *cobra.Command, std streams, f logsFlags, name string) error {
	conn, _, err := connect(cmd, std)
	if err != nil {
		return err
	}
	defer conn.Close()
	var coming *nats.Subscription
	if f.follow { // before the kept ones are asked for, so that none falls between
		if coming, err = conn.SubscribeSync(subject.Function(f.prefix, cmp.Or(name, "*"))); err != nil {
			return fmt.Errorf("subscribe: %w", err)
		}
	}
	answers, err := askOn[admin.Lines](cmd.Context(), std, conn, f.timeout, admin.LogsOf, "", admin.LinesWanted{Function: name, Lines: f.lines})
	if err != nil && !f.follow {
		return err
	}
	if err != nil {
		warn(std, []string{err.Error() + ": waiting for lines"})
	}
	var kept []funclog.Line
	told := map[string]funclog.Line{} // the newest of each node
	for _, a := range answers {
		kept = append(kept, a.Lines...)
		if len(a.Lines) > 0 {
			told[a.Node] = a.Lines[len(a.Lines)-1]
		}
	}
	slices.SortStableFunc(kept, func(a, b funclog.Line) int { return a.Time.Compare(b.Time) })
	for _, l := range kept[max(0, len(kept)-f.lines):] {
		printLine(std, f.json, l)
	}
	if coming == nil {
		return nil
	}
	return followLines(cmd.Context(), std, f.json, coming, told)
}

// followLines prints what comes until ctx is done. told are the newest lines that were
// printed already, by node.
func followLines(ctx context.Context, std streams, asJSON bool, coming *nats.Subscription, told map[string]funclog.Line) error {
	for {
		msg, err := coming.NextMsgWithContext(ctx)
		if ctx.Err() != nil {
			return nil //nolint:nilerr // interrupted, which is how it ends
		}
		switch {
		case errors.Is(err, nats.ErrSlowConsumer):
			warn(std, []string{"lines were lost: they come faster than they are printed here"})
			continue
		case err != nil:
			return fmt.Errorf("wait for lines: %w", err)
		}
		l, err := funclog.Decode(msg.Data)
		if err != nil {
			warn(std, []string{fmt.Sprintf("%s: %v", msg.Subject, err)})
			continue
		}
		// A node that began again counts from 1, and later.
		if last, ok := told[l.Node]; ok && l.Seq <= last.Seq && !l.Time.After(last.Time) {
			continue
		}
		printLine(std, asJSON, l)
	}
}

// printLine prints a line. A function may print anything: what would move a terminal's
// cursor is written out.
func printLine(std streams, asJSON bool, l funclog.Line) {
	if asJSON {
		_ = printCompact(std, l)
		return
	}
	paint := painter(std, std.out)
	level := map[string]colour{"error": red, "warn": bold, "debug": dim}[l.Level]
	if l.Dropped > 0 {
		_, _ = fmt.Fprintln(std.out, paint(bold, fmt.Sprintf("(%d lines of %s were dropped on %s)", l.Dropped, harmless(l.Function), harmless(l.Node))))
	}
	where := fmt.Sprintf("%s %s/%d", l.Time.UTC().Format("2006-01-02T15:04:05.000Z"), harmless(l.Node), l.Runtime)
	text := strings.ReplaceAll(harmless(l.Text), "\n", "\n    ")
	if level != "" {
		text = paint(level, text)
	}
	_, _ = fmt.Fprintf(std.out, "%s %s %s@%s: %s\n", paint(dim, where), harmless(l.Level), harmless(l.Function), harmless(l.Version), text)
}

// harmless writes control characters out, but for line ends and tabs.
func harmless(text string) string {
	if !strings.ContainsFunc(text, isControl) {
		return text
	}
	var b strings.Builder
	for _, r := range text {
		if isControl(r) {
			fmt.Fprintf(&b, "\\x%02x", r)
		} else {
			b.WriteRune(r)
		}
	}
	return b.String()
}

func isControl(r rune) bool { return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 }
