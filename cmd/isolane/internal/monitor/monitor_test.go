package monitor

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/ansi"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	"pgregory.net/rapid"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/fleet"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var began = time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)

// snapshotOf is a cluster of three with n functions; say is what it says of itself.
func snapshotOf(n int, say string, after time.Duration) *Snapshot {
	s := &Snapshot{At: began.Add(after), From: "node-1", Members: []admin.Member{
		{Name: "node-1", State: "alive", Runtimes: 4, Inflight: 7, Memory: 90 << 20, Since: began.Add(-time.Hour), CPU: 0.5},
		{Name: "node-2", State: "alive", Draining: true, Runtimes: 2, Queue: 9, QueueDelayMS: 12, Since: began},
		{Name: "node-3", State: "dead", Since: began, Version: say},
	}}
	for _, node := range []string{"node-1", "node-2"} {
		told := admin.Runtimes{Node: node}
		for id := range 2 {
			told.Runtimes = append(told.Runtimes, admin.Runtime{ID: id, State: "idle", Inflight: id})
		}
		s.Nodes = append(s.Nodes, told)
	}
	s.Nodes[1].Runtimes[1] = admin.Runtime{ID: 1, State: "backoff", Restarts: 3, LastLoss: say, LostAt: began}
	for i := range n {
		calls := uint64(i) * uint64(10+after/time.Second)
		s.Functions = append(s.Functions, fleet.Function{
			Name: fmt.Sprintf("function-%04d", i), Isolation: "warm", Outcomes: map[string]uint64{"ok": calls, "exception": uint64(i % 2)},
			Versions: []fleet.Version{{Version: say, Percent: 100, Nodes: 2}}, Nodes: make([]fleet.Part, 2),
		})
	}
	s.Broken = []fleet.Broken{{Broken: admin.Broken{Name: "spoilt", Error: "syntax: " + say + "\nmore"}, Nodes: []string{"node-1"}}}
	return s
}

func screen(s *State, width, height int) []string {
	return strings.Split(ansi.Strip(s.Screen(width, height, Look{}, began)), "\n")
}

// names are the first words of the rows on the screen.
func names(s *State, n int) []string {
	var all []string
	for _, l := range screen(s, 120, 24)[3 : 3+n] {
		all = append(all, strings.Fields(l)[0])
	}
	return all
}

func press(t *testing.T, s *State, keys ...string) {
	t.Helper()
	for _, k := range keys {
		text := ""
		if len(k) == 1 {
			text = k
		}
		require.False(t, s.Press(k, text), k)
	}
}

func loaded(n int) *State {
	s := New("nats://h")
	s.Apply(snapshotOf(n, "v1", 0))
	s.Apply(snapshotOf(n, "v1", 10*time.Second))
	return s
}

func TestKeys(t *testing.T) {
	for name, tc := range map[string]struct {
		keys  []string
		first []string
		view  View
	}{
		"busiest first":        {nil, []string{"function-0099", "function-0098"}, Functions},
		"reversed":             {[]string{"r"}, []string{"spoilt", "function-0000"}, Functions},
		"reversed twice":       {[]string{"r", "r"}, []string{"function-0099"}, Functions},
		"by name":              {[]string{"<"}, []string{"function-0000", "function-0001"}, Functions},
		"by errors":            {[]string{">", ">"}, []string{"function-0001", "function-0003"}, Functions},
		"round to the last":    {[]string{"<", "<"}, []string{"function-0000"}, Functions},
		"left as an arrow":     {[]string{"left"}, []string{"function-0000"}, Functions},
		"filtered":             {[]string{"/", "4", "2", "enter"}, []string{"function-0042"}, Functions},
		"filter any case":      {[]string{"/", "S", "P", "O", "enter"}, []string{"spoilt"}, Functions},
		"filter edited":        {[]string{"/", "4", "9", "backspace", "2", "enter"}, []string{"function-0042"}, Functions},
		"filter keeps order":   {[]string{"/", "0", "0", "4", "enter", "r"}, []string{"function-0004", "function-0040"}, Functions},
		"filter given up":      {[]string{"/", "4", "2", "esc"}, []string{"function-0099"}, Functions},
		"filter cleared":       {[]string{"/", "4", "2", "enter", "esc"}, []string{"function-0099"}, Functions},
		"keys while typing":    {[]string{"/", "q", "esc"}, []string{"function-0099"}, Functions},
		"members":              {[]string{"1"}, []string{"node-1", "node-2", "node-3"}, Members},
		"members by queue":     {[]string{"1", ">", ">", ">", ">"}, []string{"node-2"}, Members},
		"filter by state":      {[]string{"1", "/", "d", "r", "a", "enter"}, []string{"node-2"}, Members},
		"runtimes":             {[]string{"2"}, []string{"node-1", "node-1", "node-2", "node-2"}, Runtimes},
		"tab goes round":       {[]string{"tab"}, []string{"node-1", "node-2"}, Members},
		"shift+tab goes back":  {[]string{"shift+tab"}, []string{"node-1", "node-1"}, Runtimes},
		"last row":             {[]string{"G"}, []string{"function-0018"}, Functions},
		"last row, and back":   {[]string{"G", "g"}, []string{"function-0099"}, Functions},
		"page":                 {[]string{"pgdown"}, []string{"function-0079"}, Functions},
		"page, and back":       {[]string{"pgdown", "pgup"}, []string{"function-0099"}, Functions},
		"page past the end":    {[]string{"pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown", "pgdown"}, []string{"function-0018"}, Functions},
		"up at the top":        {[]string{"k", "up"}, []string{"function-0099"}, Functions},
		"order moves to top":   {[]string{"G", "r"}, []string{"spoilt"}, Functions},
		"help and back":        {[]string{"?", "x"}, []string{"function-0099"}, Functions},
		"unknown keys":         {[]string{"f12", "ctrl+z", "z"}, []string{"function-0099"}, Functions},
		"a view keeps its own": {[]string{"r", "1", "r", "3"}, []string{"spoilt"}, Functions},
	} {
		t.Run(name, func(t *testing.T) {
			s := loaded(100)
			screen(s, 120, 24)
			press(t, s, tc.keys...)
			require.Equal(t, tc.view, s.View)
			require.Equal(t, tc.first, names(s, len(tc.first)))
		})
	}
}

func TestQuit(t *testing.T) {
	for _, k := range []string{"q", "ctrl+c"} {
		require.True(t, loaded(1).Press(k, ""))
		s := loaded(1)
		press(t, s, "?")
		require.True(t, s.Press(k, ""), "from the help")
	}
	s := loaded(1)
	press(t, s, "/")
	require.False(t, s.Press("q", "q"))
	require.Equal(t, "q", s.Filter)
	require.True(t, s.Press("ctrl+c", ""))
}

func TestPause(t *testing.T) {
	s := loaded(3)
	before := screen(s, 80, 24)
	press(t, s, "p")
	s.Apply(snapshotOf(50, "v2", time.Minute))
	paused := screen(s, 80, 24)
	require.Contains(t, paused[1], "PAUSED")
	require.Equal(t, before[2:], paused[2:])
	press(t, s, "p")
	s.Apply(snapshotOf(50, "v2", time.Minute))
	require.Contains(t, screen(s, 80, 24)[1], "Functions 51")
}

// Calls in a second are what is between two snapshots; not known where a node began anew.
func TestRates(t *testing.T) {
	s := loaded(10)
	require.Contains(t, screen(s, 80, 24)[3], " 9.0 ", "9 times 10 calls in 10 s")
	fewer := snapshotOf(10, "v1", 20*time.Second)
	fewer.Functions[9].Outcomes = map[string]uint64{"ok": 1}
	s.Apply(fewer)
	require.Negative(t, s.functions[len(s.functions)-2].rate)
}

func TestTrouble(t *testing.T) {
	s := New("nats://h")
	require.Contains(t, strings.Join(screen(s, 80, 24), "\n"), "The nodes are asked")
	s.Fail(errors.New("no node answers on nats://h: start one").Error(), began)
	require.Contains(t, screen(s, 80, 24)[2], "no node answers on nats://h: start one")
	s = loaded(30)
	s.Fail("gone", began.Add(-90*time.Second))
	s.Fail("still gone", began)
	lines := screen(s, 80, 24)
	require.Contains(t, lines[2], "no answer for 1m30s: still gone")
	require.Contains(t, lines[4], "function-0029", "what was known is still there")
	require.Len(t, lines, 24)
	s.Apply(snapshotOf(30, "v1", 20*time.Second))
	require.NotContains(t, strings.Join(screen(s, 80, 24), "\n"), "no answer")
	noted := snapshotOf(1, "v1", 0)
	noted.Note = "the nodes do not agree"
	s.Apply(noted)
	require.Contains(t, screen(s, 80, 24)[2], "do not agree")
}

// Whatever the size and whatever was pressed, the screen has its size, and nothing that nodes
// say reaches the terminal as more than text.
func TestScreensFit(t *testing.T) {
	hostile := "\x1b[31mred\x1b]0;owned\x07\r\n\u202e\u009b2J 漢字漢字漢字漢字漢字 end"
	keys := []string{"1", "2", "3", "tab", "<", ">", "r", "/", "a", "0", "enter", "esc", "p", "?", "G", "g", "pgdown", "pgup", "j", "k", "漢"}
	rapid.Check(t, func(t *rapid.T) {
		s := New("nats://h" + hostile)
		width, height := rapid.IntRange(-1, 200).Draw(t, "width"), rapid.IntRange(-1, 60).Draw(t, "height")
		for i := range rapid.IntRange(0, 25).Draw(t, "steps") {
			k := rapid.SampledFrom(keys).Draw(t, "key")
			s.Press(k, k)
			switch rapid.IntRange(0, 5).Draw(t, "event") {
			case 0:
				s.Apply(snapshotOf(rapid.IntRange(0, 80).Draw(t, "n"), hostile, time.Duration(i)*time.Second))
			case 1:
				s.Fail(hostile, began)
			}
			text := s.Screen(width, height, Look{}, began)
			for _, r := range ansi.Strip(text) {
				if r != '\n' && (r < ' ' || r >= 0x7f && r < 0xa0 || r == 0x202e) {
					t.Fatalf("%q", text)
				}
			}
			if strings.Contains(text, "\x1b]") || strings.Contains(text, "\x1b[31mred") {
				t.Fatalf("%q", text)
			}
			lines := strings.Split(text, "\n")
			if width >= leastWidth && height >= leastHeight && len(lines) != height {
				t.Fatalf("%d lines of %d", len(lines), height)
			}
			for _, l := range lines {
				if w := ansi.StringWidth(l); w > max(width, 1) {
					t.Fatalf("%d wide of %d: %q", w, width, l)
				}
			}
		}
	})
}

// Columns go one after the other where there is less room; the name and what rows are ordered
// by stay.
func TestColumnsFit(t *testing.T) {
	s := loaded(3)
	require.Contains(t, screen(s, 80, 24)[2], "VERSION", "at 80x24")
	require.Contains(t, screen(s, 160, 24)[2], "SOURCE")
	head := screen(s, 30, 24)[2]
	require.Contains(t, head, "FUNCTION")
	require.Contains(t, head, "CALLS/Sv")
	require.NotContains(t, head, "VERSION")
	require.Contains(t, strings.Join(screen(s, 120, 24), "\n"), "cannot be served: syntax: v1")
	press(t, s, "1")
	require.Contains(t, screen(s, 80, 24)[2], "MEMORY")
}

func TestShort(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "-", 3 * time.Microsecond: "3us", 1500 * time.Microsecond: "1.5ms", 12340 * time.Millisecond: "12.34s", 3 * time.Minute: "3m0s",
	} {
		require.Equal(t, want, short(d))
	}
	require.Equal(t, "2d1h", age(49*time.Hour))
	require.Equal(t, "3h5m", age(3*time.Hour+5*time.Minute))
	require.Equal(t, "12.34M", number(12_340_000))
	require.Equal(t, "1,234", number(1234))
}

// What a look at many functions costs: an answer taken, and a screen.
func BenchmarkFunctions(b *testing.B) {
	for _, n := range []int{10, 1000, 10000} {
		b.Run(fmt.Sprint("apply/", n), func(b *testing.B) {
			s, now := loaded(n), snapshotOf(n, "v1", time.Minute)
			for b.Loop() {
				s.Apply(now)
			}
		})
		b.Run(fmt.Sprint("screen/", n), func(b *testing.B) {
			s, look := loaded(n), DefaultLook()
			for b.Loop() {
				s.Screen(80, 24, look, began)
			}
		})
	}
}
