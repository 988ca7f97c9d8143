//go:build !rogchap && unix

package v8_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"testing"

	"github.com/stretchr/testify/require"
)

// sideVariable names the side, as "fresh-context/bare", that a child of this binary is.
const sideVariable = "ISOLANE_COST_SIDE"

// side is one side of a pair in a process of its own: all isolates of a process begin
// as one snapshot, and the engine's is dearer than the one that the bare binding has.
type side struct {
	process *exec.Cmd
	ask     io.WriteCloser
	answers *json.Decoder
}

// spent is a side's answer.
type spent struct {
	Cost  cost
	Error string
}

// newSide starts the process; it ends with the test.
func newSide(tb testing.TB, name string) side {
	tb.Helper()
	s := side{process: exec.CommandContext(context.WithoutCancel(tb.Context()), os.Args[0], "-test.run", "^TestCostSide$")}
	s.process.Env = append(os.Environ(), sideVariable+"="+name)
	s.process.Stderr = os.Stderr
	answers, write, err := os.Pipe()
	require.NoError(tb, err)
	s.process.ExtraFiles = []*os.File{write}
	s.ask, err = s.process.StdinPipe()
	require.NoError(tb, err)
	require.NoError(tb, s.process.Start())
	require.NoError(tb, write.Close())
	s.answers = json.NewDecoder(bufio.NewReader(answers))
	tb.Cleanup(func() {
		require.NoError(tb, s.ask.Close())
		require.NoError(tb, s.process.Wait(), "side %s", name)
		require.NoError(tb, answers.Close())
	})
	return s
}

// spend has the side run for a slice and returns what one call took.
func (s side) spend() (cost, error) {
	if _, err := s.ask.Write([]byte{'\n'}); err != nil {
		return cost{}, fmt.Errorf("the side's process has ended: %w", err)
	}
	var answer spent
	if err := s.answers.Decode(&answer); err != nil {
		return cost{}, fmt.Errorf("the side's process has ended: %w", err)
	}
	if answer.Error != "" {
		return cost{}, errors.New(answer.Error)
	}
	return answer.Cost, nil
}

// serveSide is the child: each line that it reads asks for a slice.
func serveSide(t *testing.T, c call) {
	t.Helper()
	answers := os.NewFile(3, "answers")
	defer answers.Close() //nolint:errcheck // the process ends
	encoder := json.NewEncoder(answers)
	meter, err := newMeter()
	require.NoError(t, err)
	asked := bufio.NewReader(os.Stdin)
	for {
		if _, err := asked.ReadByte(); errors.Is(err, io.EOF) {
			return
		}
		var answer spent
		if answer.Cost, err = meter.spend(c); err != nil {
			answer.Error = err.Error()
		}
		require.NoError(t, encoder.Encode(answer))
	}
}

// TestCostSide starts both sides of every pair and has each run for a slice.
func TestCostSide(t *testing.T) {
	if name := os.Getenv(sideVariable); name != "" {
		serveSide(t, costCall(t, name))
		return
	}
	for _, p := range pairs {
		for _, name := range []string{p.name + oursSuffix, p.name + bareSuffix} {
			t.Run(name, func(t *testing.T) {
				got, err := newSide(t, name).spend()
				require.NoError(t, err)
				require.Positive(t, got.Wall)
			})
		}
	}
}
