package main

import (
	"fmt"
	"strings"

	"github.com/isolane/isolane/bridge/receipt"
	"github.com/isolane/isolane/cmd/isolane/internal/replay"
)

// printReplay tells of a replay in words.
func printReplay(std streams, r *replay.Report, what string, live bool) {
	paint := painter(std, std.out)
	say := func(format string, args ...any) { _, _ = fmt.Fprintf(std.out, format+"\n", args...) }
	say("%s", paint(bold, fmt.Sprintf("%s by %s %s", shortened(what), r.Function, r.Version)))
	beyond := "refused"
	if live {
		beyond = "asked for anew"
	}
	switch r.Record {
	case "none":
		say("no run of it is recorded: what it asks its host for is %s", beyond)
	case "cut":
		say("the record was cut, since the run was too long for it: what comes after is %s", beyond)
	}
	for n, c := range r.Calls {
		sign := "->"
		if c.Failed {
			sign = paint(red, "!!")
		}
		say("  %3d %s %s %s", n+1, shortened(c.Asked), sign, paint(dim, shortened(c.Told)))
	}
	for _, line := range r.Console {
		say("  %s %s", paint(dim, "console"), strings.TrimSpace(indented(line, "")))
	}
	say("outcome  %s", r.Outcome)
	if r.Message != "" {
		say("error    %s", strings.TrimSpace(indented(r.Message, "")))
	}
	if r.Stack != "" {
		say("%s", paint(dim, indented(r.Stack, "           ")))
	}
	if r.Reply != "" {
		say("reply    %s", shortened(r.Reply))
	}
	if r.State != "" {
		say("state    %s", shortened(r.State))
	}
	for _, said := range r.Said {
		say("said     %s", shortened(said))
	}
	say("receipt  %s", receipt.Format(r.Receipt, ""))
	if r.Divergence != nil {
		say("%s", paint(red, "diverged "+shortened(r.Divergence.String())))
	}
	for _, d := range r.Differences {
		say("%s", paint(red, "differs: "+shortened(d)))
	}
	if r.Same() {
		say("%s", paint(green, "as it was recorded"))
	}
}

// maxShown bounds a line of what functions said, in runes.
const maxShown = 400

// shortened is text as one line.
func shortened(text string) string {
	text = strings.Map(printable, strings.Join(strings.Fields(text), " "))
	if runes := []rune(text); len(runes) > maxShown {
		return string(runes[:maxShown]) + "…"
	}
	return text
}
