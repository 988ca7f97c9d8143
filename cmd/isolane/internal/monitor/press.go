package monitor

import (
	"unicode/utf8"

	"charm.land/bubbles/v2/help"
	"charm.land/bubbles/v2/key"
)

// keys are what can be pressed.
type keys struct {
	next, previous, members, runtimes, functions key.Binding
	up, down, pageUp, pageDown, home, end        key.Binding
	left, right, reverse                         key.Binding
	filter, pause, help, quit, clear             key.Binding
}

var _ help.KeyMap = keys{}

func binding(shown, what string, pressed ...string) key.Binding {
	return key.NewBinding(key.WithKeys(pressed...), key.WithHelp(shown, what))
}

// bindings are the keys of the views.
func bindings() keys {
	return keys{
		next:      binding("tab", "next view", "tab"),
		previous:  binding("shift+tab", "view before", "shift+tab"),
		members:   binding("1", "members", "1"),
		runtimes:  binding("2", "runtimes", "2"),
		functions: binding("3", "functions", "3"),
		up:        binding("up/k", "row above", "up", "k"),
		down:      binding("down/j", "row below", "down", "j"),
		pageUp:    binding("pgup", "page above", "pgup", "ctrl+b"),
		pageDown:  binding("pgdn", "page below", "pgdown", "ctrl+f"),
		home:      binding("home/g", "first row", "home", "g"),
		end:       binding("end/G", "last row", "end", "G"),
		left:      binding("</left", "order by the column before", "<", "left", "h"),
		right:     binding(">/right", "order by the next column", ">", "right", "l"),
		reverse:   binding("r", "reverse", "r"),
		filter:    binding("/", "filter", "/"),
		pause:     binding("p", "pause", "p", "space"),
		help:      binding("?", "keys", "?"),
		quit:      binding("q", "quit", "q", "ctrl+c"),
		clear:     binding("esc", "no filter", "esc"),
	}
}

// ShortHelp implements help.KeyMap: the last line of the screen.
func (k keys) ShortHelp() []key.Binding {
	brief := func(b key.Binding, shown, what string) key.Binding { return binding(shown, what, b.Keys()...) }
	return []key.Binding{
		brief(k.next, "tab", "view"), brief(k.right, "< >", "order"), k.reverse, k.filter, k.pause, k.help, k.quit,
	}
}

// FullHelp implements help.KeyMap: the help's columns.
func (k keys) FullHelp() [][]key.Binding {
	return [][]key.Binding{
		{k.members, k.runtimes, k.functions, k.next, k.previous, k.filter, k.clear, k.pause, k.help, k.quit},
		{k.left, k.right, k.reverse, k.up, k.down, k.pageUp, k.pageDown, k.home, k.end, binding(redraw, "draw again", redraw)},
	}
}

// maxFilter bounds the filter, in characters.
const maxFilter = 63

// Press does what a key does, named as Bubble Tea names it; text is what it types, "" for
// nothing. It reports whether that is to end the view.
func (s *State) Press(name, text string) (quit bool) {
	k, pressed := bindings(), stroke(name)
	switch {
	case name == "ctrl+c":
		return true
	case s.Typing:
		s.typed(name, text)
	case s.Help:
		// Any key leaves the help, and does nothing else but to quit.
		s.Help = false
		return key.Matches(pressed, k.quit)
	case key.Matches(pressed, k.quit):
		return true
	case key.Matches(pressed, k.help):
		s.Help = true
	case key.Matches(pressed, k.filter):
		s.Typing = true
	case key.Matches(pressed, k.clear):
		s.Filter = ""
		s.arrange()
	case key.Matches(pressed, k.pause):
		s.Paused = !s.Paused
	case s.turn(k, pressed), s.reorder(k, pressed):
	default:
		s.move(k, pressed)
	}
	return false
}

// stroke is a key's name as package key takes it.
type stroke string

func (s stroke) String() string { return string(s) }

// typed edits the filter.
func (s *State) typed(name, text string) {
	switch name {
	case "enter", "tab", "down", "up":
		s.Typing = false
	case "esc":
		s.Typing, s.Filter = false, ""
	case "ctrl+u":
		s.Filter = ""
	case "backspace":
		_, size := utf8.DecodeLastRuneInString(s.Filter)
		s.Filter = s.Filter[:len(s.Filter)-size]
	default:
		if utf8.RuneCountInString(s.Filter+text) <= maxFilter {
			s.Filter += clean(text)
		}
	}
	s.arrange()
}

// turn changes the view.
func (s *State) turn(k keys, pressed stroke) bool {
	switch {
	case key.Matches(pressed, k.next):
		s.View = (s.View + 1) % views
	case key.Matches(pressed, k.previous):
		s.View = (s.View + views - 1) % views
	case key.Matches(pressed, k.members):
		s.View = Members
	case key.Matches(pressed, k.runtimes):
		s.View = Runtimes
	case key.Matches(pressed, k.functions):
		s.View = Functions
	default:
		return false
	}
	return true
}

// reorder changes what rows are ordered by.
func (s *State) reorder(k keys, pressed stroke) bool {
	at, n := &s.at[s.View], s.columns(s.View)
	switch {
	case key.Matches(pressed, k.right):
		at.by, at.reverse = (at.by+1)%n, false
	case key.Matches(pressed, k.left):
		at.by, at.reverse = (at.by+n-1)%n, false
	case key.Matches(pressed, k.reverse):
		at.reverse = !at.reverse
	default:
		return false
	}
	at.cursor, at.top = 0, 0
	s.arrange()
	return true
}

// move moves the cursor.
func (s *State) move(k keys, pressed stroke) {
	at, last := &s.at[s.View], len(s.matching[s.View])-1
	switch {
	case key.Matches(pressed, k.up):
		at.cursor--
	case key.Matches(pressed, k.down):
		at.cursor++
	case key.Matches(pressed, k.pageUp):
		at.cursor, at.top = at.cursor-s.room, at.top-s.room
	case key.Matches(pressed, k.pageDown):
		at.cursor, at.top = at.cursor+s.room, at.top+s.room
	case key.Matches(pressed, k.home):
		at.cursor = 0
	case key.Matches(pressed, k.end):
		at.cursor = last
	}
	s.keepInside(s.View)
}
