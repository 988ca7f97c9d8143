package monitor

import (
	"context"
	"io"
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	// settled is how long a terminal is given to have the size that it tells of.
	settled = 250 * time.Millisecond
	// redraw is the key that draws the whole screen again, as everywhere.
	redraw = "ctrl+l"
)

// Config is what Run is given.
type Config struct {
	// Where is whom is asked, as it is shown.
	Where string
	// Every is how long it is from an answer to the next question.
	Every time.Duration
	// Ask asks the nodes, within ctx. Its error is shown.
	Ask func(ctx context.Context) (*Snapshot, error)
	// In and Out are the terminal, Environ says what it can do (TERM, NO_COLOR).
	In      io.Reader
	Out     io.Writer
	Environ []string
}

// Run shows the cluster until the user quits or ctx is done, neither of which is an error.
func Run(ctx context.Context, cfg Config) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	m := &program{cfg: cfg, ctx: ctx, state: New(cfg.Where), look: DefaultLook(), width: 80, height: 24}
	p := tea.NewProgram(m, tea.WithInput(cfg.In), tea.WithOutput(cfg.Out), tea.WithEnvironment(cfg.Environ), tea.WithoutSignalHandler())
	stopped := context.AfterFunc(ctx, p.Quit)
	defer stopped()
	_, err := p.Run()
	return err
}

// program is a State on a terminal.
type program struct {
	cfg           Config
	ctx           context.Context //nolint:containedctx // the life of the questions, which the library begins
	state         *State
	look          Look
	width, height int
}

var _ tea.Model = (*program)(nil)

type (
	answered struct {
		snapshot *Snapshot
		err      error
	}
	due struct{}
)

// Init implements tea.Model.
func (m *program) Init() tea.Cmd { return m.ask }

// ask asks the nodes once.
func (m *program) ask() tea.Msg {
	s, err := m.cfg.Ask(m.ctx)
	return answered{s, err}
}

// Update implements tea.Model.
func (m *program) Update(msg tea.Msg) (tea.Model, tea.Cmd) {
	switch msg := msg.(type) {
	case tea.WindowSizeMsg:
		m.width, m.height = msg.Width, msg.Height
		// What was under way for the old size has been wrapped: draw all of it again. Some
		// terminals tell of a size before they have it, so once more when that has settled.
		return m, tea.Batch(tea.ClearScreen, tea.Tick(settled, func(time.Time) tea.Msg { return tea.ClearScreen() }))
	case tea.KeyPressMsg:
		if m.state.Press(msg.String(), msg.Text) {
			return m, tea.Quit
		}
		if msg.String() == redraw {
			return m, tea.ClearScreen
		}
	case tea.PasteMsg:
		if m.state.Typing {
			m.state.Press("", msg.Content)
		}
	case answered:
		if msg.err != nil {
			m.state.Fail(msg.err.Error(), time.Now())
		} else {
			m.state.Apply(msg.snapshot)
		}
		return m, tea.Tick(m.cfg.Every, func(time.Time) tea.Msg { return due{} })
	case due:
		return m, m.ask
	}
	return m, nil
}

// View implements tea.Model.
func (m *program) View() tea.View {
	v := tea.NewView(m.state.Screen(m.width, m.height, m.look, time.Now()))
	v.AltScreen = true
	return v
}
