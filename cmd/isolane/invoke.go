package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/cmd/isolane/internal/call"
	"github.com/isolane/isolane/jsruntime/function"
)

// invokeFlags are invoke's own.
type invokeFlags struct {
	timeout   time.Duration
	headers   []string
	rest      string
	json, raw bool
}

func newInvoke(std streams) *cobra.Command {
	var f invokeFlags
	cmd := &cobra.Command{
		Use:   "invoke NAME [PAYLOAD|-|@FILE]",
		Short: "Call a function and print its reply",
		Long: `Call a function over NATS and print its reply. The payload is the argument
itself, standard input (-), or a file (@FILE); without one it is empty.

The reply goes to standard output, with a newline where it is text without one;
what a failure says goes to standard error, and the exit status tells the outcome.

` + exitHelp,
		Example: `  isolane invoke hello '{"name":"Ada"}'
  isolane invoke resize @photo.jpg --raw > small.jpg
  isolane invoke hello --json | jq .outcome`,
		Args: cobra.RangeArgs(1, 2),
	}
	addConnection(cmd)
	cmd.Flags().DurationVar(&f.timeout, "timeout", 0, "how long to wait; the node is told and stops the function then (default: 35s, and the node's own limit)")
	cmd.Flags().StringArrayVarP(&f.headers, "header", "H", nil, "header `NAME=VALUE` of the message; may be repeated")
	cmd.Flags().StringVar(&f.rest, "subject", "", "what follows the name in the subject: `TOKENS` a.b call fn.NAME.a.b")
	cmd.Flags().BoolVar(&f.json, "json", false, "print outcome, code, headers, body and times as JSON, whatever the outcome")
	cmd.Flags().BoolVar(&f.raw, "raw", false, "print the body's bytes as they are")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		return invoke(cmd, std, f, args)
	}
	return cmd
}

func invoke(cmd *cobra.Command, std streams, f invokeFlags, args []string) error {
	req := call.Request{Function: args[0], Rest: f.rest, Timeout: f.timeout}
	if f.timeout < 0 || f.timeout == 0 && cmd.Flags().Changed("timeout") {
		return &usageError{err: errors.New("--timeout must be over 0")}
	}
	if f.json && f.raw {
		return &usageError{err: errors.New("--json and --raw exclude one another: --json tells of binary bodies in base64")}
	}
	// What can be wrong is found out before the server is asked.
	if err := function.ValidateName(req.Function); err != nil {
		return &usageError{err: err}
	}
	var err error
	if req.Header, err = parseHeaders(f.headers); err != nil {
		return &usageError{err: err}
	}
	if len(args) > 1 {
		if req.Payload, err = readPayload(std, args[1]); err != nil {
			return &usageError{err: err}
		}
	}
	conn, settings, err := connect(cmd, std)
	if err != nil {
		return err
	}
	defer conn.Close()
	req.Prefix = settings.Prefix
	reply, err := call.Do(cmd.Context(), conn, req)
	switch {
	case errors.Is(err, call.ErrNoNode):
		return fmt.Errorf("%w on %s: start one with \"isolane run\", or name its server with --nats", err, bridge.ShownURL(conn.ConnectedUrl()))
	case errors.Is(err, call.ErrInvalid):
		return &usageError{err: err}
	case err != nil:
		return err
	}
	return printReply(std, reply, f)
}

// parseHeaders reads NAME=VALUE; a name may be given more than once.
func parseHeaders(pairs []string) (nats.Header, error) {
	header := nats.Header{}
	for _, pair := range pairs {
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--header %q: write NAME=VALUE", pair)
		}
		header[name] = append(header[name], value) // not Add: NATS keeps a name as it is
	}
	return header, nil
}

// readPayload takes the argument, standard input or a file.
func readPayload(std streams, arg string) ([]byte, error) {
	if arg == "-" {
		data, err := io.ReadAll(std.in)
		if err != nil {
			return nil, fmt.Errorf("read the payload from standard input: %w", err)
		}
		return data, nil
	}
	if path, ok := strings.CutPrefix(arg, "@"); ok {
		data, err := os.ReadFile(path)
		if err != nil {
			return nil, fmt.Errorf("read the payload: %w", err)
		}
		return data, nil
	}
	return []byte(arg), nil
}

// printReply prints what came, and returns an *outcomeError unless that is ok.
func printReply(std streams, reply *call.Reply, f invokeFlags) error {
	var out []byte
	switch {
	case f.json:
		text, err := reply.JSON()
		if err != nil {
			return err
		}
		out = append(text, '\n')
	case reply.Outcome != function.OK:
		printFailure(std, reply)
	default:
		out = reply.Body
		if n := len(out); !f.raw && n > 0 && out[n-1] != '\n' && utf8.Valid(out) {
			out = append(out, '\n')
		}
	}
	if _, err := std.out.Write(out); err != nil {
		return fmt.Errorf("print the reply: %w", err)
	}
	if reply.Outcome != function.OK {
		return &outcomeError{outcome: reply.Outcome}
	}
	return nil
}

// printFailure tells of a failure on standard error, in a form to read.
func printFailure(std streams, r *call.Reply) {
	paint := painter(std, std.err)
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(std.err, format+"\n", args...) }
	say("%s %s", paint(red, r.Outcome.String()+":"), r.Message)
	if r.Stack != "" {
		// V8's stack begins with the message again.
		for line := range strings.SplitSeq(strings.TrimRight(r.Stack, "\n"), "\n") {
			if trimmed := strings.TrimSpace(line); strings.HasPrefix(trimmed, "at ") {
				say("    %s", paint(dim, trimmed))
			}
		}
	} else if r.Location != "" {
		say("    %s", paint(dim, "at "+r.Location))
	}
	if r.Invocation != "" {
		say("    %s", paint(dim, "invocation "+r.Invocation+", "+r.Total.Round(time.Millisecond).String()))
	}
	if r.RetryAfter > 0 {
		say("try again after %s", r.RetryAfter)
	}
}
