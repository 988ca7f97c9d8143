package monitor

import (
	"slices"
	"strings"
	"time"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// View is one of the tables.
type View int

// The views, in their order on the screen.
const (
	Members View = iota
	Runtimes
	Functions
	views = 3
)

var viewNames = [views]string{"Members", "Runtimes", "Functions"}

// position is how one view is looked at.
type position struct {
	by      int // the column that rows are ordered by
	reverse bool
	cursor  int // the row that is chosen, among those that match
	top     int // the first row on the screen
}

// State is what is shown, and how. Make one with New.
type State struct {
	// Where is whom is asked, as it is shown.
	Where string
	// View is the table that is shown.
	View View
	// Paused: what is shown does not change.
	Paused bool
	// Help: the keys are shown instead of the table.
	Help bool
	// Filter is what rows must contain, in any of their texts; Typing says that keys go there.
	Filter string
	Typing bool

	at       [views]position
	shown    *Snapshot // nil before the first
	before   *Snapshot
	failure  string    // why the last question had no answer; "" where it had one
	failedAt time.Time // since when

	members   []admin.Member
	runtimes  []runtime
	functions []function
	// matching are the indexes of rows that match the filter, in their order, by view.
	matching [views][]int
	// room is how many rows the last screen had.
	room int
}

// New returns a State that has seen nothing.
func New(where string) *State {
	s := &State{Where: where, View: Functions, room: 1}
	s.at[Functions].by = 1 // calls in a second
	return s
}

// Apply takes what the nodes said. It changes nothing that is shown while that is paused.
func (s *State) Apply(now *Snapshot) {
	s.failure = ""
	if s.Paused {
		return
	}
	s.before, s.shown = s.shown, now
	s.members = slices.Clone(now.Members)
	s.runtimes = runtimesOf(now)
	s.functions = functionsOf(now, s.before)
	s.arrange()
}

// Fail takes why there was no answer.
func (s *State) Fail(why string, now time.Time) {
	if s.failure == "" {
		s.failedAt = now
	}
	s.failure = why
}

// arrange orders all rows, and finds those that match.
func (s *State) arrange() {
	if s.shown == nil {
		return
	}
	s.matching[Members] = arranged(membersTable(s.shown.At), s.members, s.at[Members], s.Filter)
	s.matching[Runtimes] = arranged(runtimesTable(s.shown.At), s.runtimes, s.at[Runtimes], s.Filter)
	s.matching[Functions] = arranged(functionsTable(), s.functions, s.at[Functions], s.Filter)
	for v := range s.at {
		s.keepInside(View(v))
	}
}

// arranged orders rows in place, and returns which of them match.
func arranged[R any](t table[R], rows []R, at position, filter string) []int {
	t.order(rows, at.by, at.reverse)
	filter = strings.ToLower(filter)
	all := make([]int, 0, len(rows))
	for i := range rows {
		if filter == "" || matches(t, &rows[i], filter) {
			all = append(all, i)
		}
	}
	return all
}

// matches reports whether one of a row's texts that are no numbers has filter in it.
func matches[R any](t table[R], row *R, filter string) bool {
	for c := range t {
		if !t[c].right && strings.Contains(strings.ToLower(t[c].text(row)), filter) {
			return true
		}
	}
	return false
}

// keepInside moves the cursor and the screen of a view to where rows are.
func (s *State) keepInside(v View) {
	at := &s.at[v]
	at.cursor = max(0, min(at.cursor, len(s.matching[v])-1))
	at.top = max(0, min(at.top, len(s.matching[v])-s.room, at.cursor))
	if at.cursor >= at.top+s.room {
		at.top = at.cursor - s.room + 1
	}
}

// columns is how many columns a view has.
func (s *State) columns(v View) int {
	switch v {
	case Members:
		return len(membersTable(time.Time{}))
	case Runtimes:
		return len(runtimesTable(time.Time{}))
	case Functions:
		return len(functionsTable())
	}
	return 1
}
