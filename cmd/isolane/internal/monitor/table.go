package monitor

import (
	"slices"
	"strings"

	"github.com/charmbracelet/x/ansi"
)

// tone is what a text is to be noticed for.
type tone int

// The tones. What each looks like is Look's matter.
const (
	plain tone = iota
	good
	warning
	bad
	quiet
	heading
	chosen
)

// column is one of a table of rows R.
type column[R any] struct {
	title string
	right bool
	// width is the least that it has, so that columns do not jump while rows change.
	width int
	// most is the most that it has; 0 for as much as its texts.
	most int
	// last says which columns go first where there is no room for all: the highest.
	last int
	text func(*R) string
	// compare orders rows as this column does: the one to be noticed first, first.
	compare func(a, b *R) int
	tone    func(*R) tone
}

// gap is what is between columns.
const gap = 1

// table is the columns of one view.
type table[R any] []column[R]

// order sorts rows by one column, and by the first where that says nothing.
func (t table[R]) order(rows []R, by int, reverse bool) {
	slices.SortStableFunc(rows, func(a, b R) int {
		c := t[by].compare(&a, &b)
		if reverse {
			c = -c
		}
		if c == 0 && by != 0 {
			return t[0].compare(&a, &b)
		}
		return c
	})
}

// line is one line of the screen, in pieces.
type line []piece

type piece struct {
	text string
	tone tone
}

// lines are the head and the rows, as they fit in width. by is the column that they are
// ordered by.
func (t table[R]) lines(rows []R, width, by int, reverse bool) (head line, body []line) {
	texts := make([][]string, len(rows))
	least, widths := make([]int, len(t)), make([]int, len(t))
	titles := make([]string, len(t))
	for c := range t {
		titles[c] = t[c].title
		if c == by {
			titles[c] += arrow(reverse)
		}
		least[c] = max(t[c].width, ansi.StringWidth(t[c].title)+1)
		widths[c] = least[c]
	}
	for r := range rows {
		texts[r] = make([]string, len(t))
		for c := range t {
			text := clean(t[c].text(&rows[r]))
			texts[r][c] = text
			w := ansi.StringWidth(text)
			if t[c].most > 0 {
				w = min(w, t[c].most)
			}
			if widths[c] = max(widths[c], w); t[c].right {
				least[c] = widths[c] // a number that is cut is another number
			}
		}
	}
	shown := fit(least, widths, t.lasts(), width, by)
	for _, c := range shown {
		mark := heading
		if c == by {
			mark = chosen
		}
		head = append(head, piece{pad(titles[c], widths[c], t[c].right), mark})
	}
	for r := range rows {
		var l line
		for _, c := range shown {
			p := piece{text: pad(texts[r][c], widths[c], t[c].right)}
			if t[c].tone != nil {
				p.tone = t[c].tone(&rows[r])
			}
			l = append(l, p)
		}
		body = append(body, l)
	}
	return head, body
}

func (t table[R]) lasts() []int {
	all := make([]int, len(t))
	for c := range t {
		all[c] = t[c].last
	}
	return all
}

func arrow(reverse bool) string {
	if reverse {
		return "^"
	}
	return "v"
}

// fit says which columns are shown in width, and sets widths, which are those that columns
// want, to those that they get: least, and of what is left as much as they want, from the
// left. The first one and keep are always shown.
func fit(least, widths, lasts []int, width, keep int) []int {
	shown := make([]int, len(widths))
	for c := range shown {
		shown[c] = c
	}
	left := func() int {
		sum := width - gap*(len(shown)-1)
		for _, c := range shown {
			sum -= least[c]
		}
		return sum
	}
	for left() < 0 {
		out := -1
		for i, c := range shown {
			if c != 0 && c != keep && (out < 0 || lasts[c] >= lasts[shown[out]]) {
				out = i
			}
		}
		if out < 0 {
			break
		}
		shown = slices.Delete(shown, out, out+1)
	}
	rest := max(0, left())
	for _, c := range shown {
		more := min(rest, widths[c]-least[c])
		widths[c], rest = least[c]+more, rest-more
	}
	return shown
}

// pad is text, exactly w wide.
func pad(text string, w int, right bool) string {
	have := ansi.StringWidth(text)
	if have > w {
		text = ansi.Truncate(text, w, "~")
		have = ansi.StringWidth(text)
	}
	space := strings.Repeat(" ", max(0, w-have))
	if right {
		return space + text
	}
	return text + space
}

// clean is text without anything that a terminal acts upon, on one line.
func clean(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t' || r == '\r':
			return ' '
		case r < ' ' || r >= 0x7f && r < 0xa0:
			return '?'
		case r == 0x200e || r == 0x200f || r >= 0x202a && r <= 0x202e || r >= 0x2066 && r <= 0x2069:
			return '?' // they turn the writing round
		}
		return r
	}, text)
}
