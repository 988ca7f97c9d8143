package monitor

import (
	"fmt"
	"strings"
	"time"

	"charm.land/bubbles/v2/help"
	"charm.land/lipgloss/v2"
	"github.com/charmbracelet/x/ansi"
)

// Look is what the tones look like. The zero value is plain text.
type Look struct {
	styles [chosen + 1]lipgloss.Style
	row    lipgloss.Style // of the row that is chosen
	help   help.Styles
}

// DefaultLook uses the terminal's own sixteen colours, which are readable on its ground. What
// they say stands in words, too.
func DefaultLook() Look {
	var l Look
	style := lipgloss.NewStyle
	l.styles[good] = style().Foreground(lipgloss.Green)
	l.styles[warning] = style().Foreground(lipgloss.Yellow)
	l.styles[bad] = style().Foreground(lipgloss.Red)
	l.styles[quiet] = style().Faint(true)
	l.styles[heading] = style().Bold(true)
	l.styles[chosen] = style().Bold(true).Underline(true)
	l.row = style().Reverse(true)
	l.help.ShortKey, l.help.FullKey = style().Bold(true), style().Bold(true)
	return l
}

const (
	// leastWidth and leastHeight are below what nothing is shown.
	leastWidth, leastHeight = 24, 7
	// frame is how many lines are not rows: two above the table, its head, one below.
	frame = 4
)

// Screen is what is shown: height lines, none wider than width.
func (s *State) Screen(width, height int, look Look, now time.Time) string {
	if width < leastWidth || height < leastHeight {
		return ansi.Truncate(fmt.Sprintf("too small: %dx%d is needed", leastWidth, leastHeight), max(width, 1), "")
	}
	// The last column stays free: terminals do not agree on where the cursor is behind it.
	width--
	lines := []string{s.title(width, look), s.tabs(width, look)}
	if text := s.trouble(now); text != "" {
		lines = append(lines, look.styles[bad].Reverse(true).Render(pad(clean(text), width, false)))
	}
	if s.room = height - frame - (len(lines) - 2); s.Help {
		lines = append(lines, s.helpLines(width, look)...)
	} else {
		lines = append(lines, s.rows(width, look)...)
	}
	for len(lines) < height-1 {
		lines = append(lines, "")
	}
	lines = append(lines[:height-1], s.foot(width, look))
	for i := range lines {
		lines[i] = ansi.Truncate(lines[i], width, "")
	}
	return strings.Join(lines, "\n")
}

// title is the first line: where, and how much of all.
func (s *State) title(width int, look Look) string {
	left, right := "isolane top  "+clean(s.Where), ""
	if s.shown != nil {
		right = s.shown.At.Format("15:04:05")
		var rate float64
		for i := range s.functions {
			rate += max(s.functions[i].rate, 0)
		}
		left += fmt.Sprintf("  %.1f calls/s", rate)
	}
	return look.styles[heading].Render(pad(left, max(0, width-len(right)), false) + right)
}

// tabs is the second line: the views, the filter, and whether it is paused.
func (s *State) tabs(width int, look Look) string {
	counts := [views]int{len(s.members), len(s.runtimes), len(s.functions)}
	var b strings.Builder
	for v := range View(views) {
		label := fmt.Sprintf(" %d %s %d ", v+1, viewNames[v], counts[v])
		if v == s.View {
			label = look.row.Render("[" + label[1:len(label)-1] + "]")
		}
		b.WriteString(label)
	}
	if s.Typing || s.Filter != "" {
		cursor := ""
		if s.Typing {
			cursor = "_"
		}
		b.WriteString(look.styles[warning].Render(" /" + s.Filter + cursor))
		fmt.Fprintf(&b, " (%d)", len(s.matching[s.View]))
	}
	if s.Paused {
		b.WriteString(look.styles[warning].Render(" PAUSED"))
	}
	return ansi.Truncate(b.String(), width, "~")
}

// trouble is why what is shown may not be so; "" where there is nothing.
func (s *State) trouble(now time.Time) string {
	switch {
	case s.failure != "" && s.shown != nil:
		return fmt.Sprintf("no answer for %s: %s (below is how it was)", age(now.Sub(s.failedAt)), s.failure)
	case s.failure != "":
		return s.failure
	case s.shown != nil:
		return s.shown.Note
	}
	return ""
}

// rows are the table, as much as there is room for.
func (s *State) rows(width int, look Look) []string {
	if s.shown == nil {
		if s.failure != "" {
			return []string{"", "It is asked again every second."}
		}
		return []string{"", "The nodes are asked ..."}
	}
	s.keepInside(s.View)
	var head line
	var body []line
	switch s.View {
	case Members:
		head, body = window(s, membersTable(s.shown.At), s.members, width)
	case Runtimes:
		head, body = window(s, runtimesTable(s.shown.At), s.runtimes, width)
	case Functions:
		head, body = window(s, functionsTable(), s.functions, width)
	}
	lines := []string{render(head, look)}
	for i, l := range body {
		if s.at[s.View].top+i == s.at[s.View].cursor {
			lines = append(lines, look.row.Render(pad(l.String(), width, false)))
			continue
		}
		lines = append(lines, render(l, look))
	}
	if len(body) == 0 {
		text := "There are none."
		if s.Filter != "" {
			text = "None matches " + s.Filter + ": Esc shows all."
		}
		lines = append(lines, look.styles[quiet].Render(text))
	}
	return lines
}

// window is the part of a table that is on the screen.
func window[R any](s *State, t table[R], rows []R, width int) (line, []line) {
	at, matching := s.at[s.View], s.matching[s.View]
	on := matching[at.top:min(at.top+s.room, len(matching))]
	visible := make([]R, 0, len(on))
	for _, i := range on {
		visible = append(visible, rows[i])
	}
	return t.lines(visible, width, at.by, at.reverse)
}

func (l line) String() string {
	texts := make([]string, len(l))
	for i, p := range l {
		texts[i] = p.text
	}
	return strings.Join(texts, strings.Repeat(" ", gap))
}

func render(l line, look Look) string {
	texts := make([]string, len(l))
	for i, p := range l {
		texts[i] = look.styles[p.tone].Render(p.text)
	}
	return strings.Join(texts, strings.Repeat(" ", gap))
}

func (s *State) helpLines(width int, look Look) []string {
	m := help.New()
	m.Styles = look.help
	m.SetWidth(width)
	return append([]string{""}, strings.Split(m.FullHelpView(bindings().FullHelp()), "\n")...)
}

// foot is the last line: which rows are shown, and the keys.
func (s *State) foot(width int, look Look) string {
	n, at := len(s.matching[s.View]), s.at[s.View]
	place := fmt.Sprintf("%d-%d of %d  ", min(at.top+1, n), min(at.top+s.room, n), n)
	if s.Help {
		place = "any key goes back  "
	}
	m := help.New()
	m.Styles = look.help
	m.ShortSeparator = "  "
	m.SetWidth(max(1, width-len(place)))
	return place + m.ShortHelpView(bindings().ShortHelp())
}
