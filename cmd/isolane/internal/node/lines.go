package node

import (
	"context"
	"strings"

	"github.com/isolane/isolane/bridge/funclog"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/redact"
	"github.com/isolane/isolane/jsruntime"
)

// startLines begins to pass on what functions print.
func (n *Node) startLines(context.Context) error {
	cfg := funclog.DefaultConfig(n.cfg.Node.Name)
	cfg.Prefix, cfg.Redact = n.cfg.Log.Subject, redact.New(n.cfg.Secrets()).Text
	n.lines = funclog.Start(n.conn, cfg)
	return nil
}

// printed takes a line off a function's turn.
func (n *Node) printed(l jsruntime.ConsoleLine) {
	n.lines.Add(funclog.Line{
		Time: l.Time.UTC(), Level: strings.ToLower(l.Level.String()), Function: l.Function, Version: l.Version,
		Runtime: l.Runtime, Invocation: l.Invocation, Trace: l.Trace, Span: l.Span, Text: l.Text,
	})
}

// maxLinesAnswer bounds the texts of one answer, in bytes: an answer is one message.
const maxLinesAnswer = 384 << 10

// recentLines are the newest lines that the node keeps.
func (n *Node) recentLines(wanted admin.LinesWanted) admin.Lines {
	lines := n.lines.Recent(wanted.Function, max(0, wanted.Lines))
	size, from := 0, len(lines)
	for from > 0 && size < maxLinesAnswer {
		from--
		size += len(lines[from].Text) + 256
	}
	return admin.Lines{Node: n.cfg.Node.Name, Lines: lines[from:], Dropped: n.lines.Dropped()}
}
