package chaos

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"time"
)

// askTimeout bounds a question to a node.
const askTimeout = 2 * time.Second

// ask has a node answer a topic: what `isolane members` and the like ask.
func (w *world) ask(ctx context.Context, node, topic string, answer any) error {
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	msg, err := w.caller.conn.RequestWithContext(ctx, "isolane.node."+node+"."+topic, nil)
	if err != nil {
		return fmt.Errorf("ask %s for its %s: %w", node, topic, err)
	}
	return json.Unmarshal(msg.Data, answer)
}

// view is the state of each member as a node sees it.
func (w *world) view(ctx context.Context, node string) (map[string]string, error) {
	var answer struct {
		Members []struct{ Name, State string }
	}
	if err := w.ask(ctx, node, "members", &answer); err != nil {
		return nil, err
	}
	states := make(map[string]string, len(answer.Members))
	for _, m := range answer.Members {
		states[m.Name] = m.State
	}
	return states, nil
}

// agreed is nil when every live member sees all live members alive, and nobody else but
// those named.
func (w *world) agreed(ctx context.Context, besides ...string) error {
	want := slices.Clone(besides)
	for _, m := range w.live() {
		want = append(want, m.name)
	}
	slices.Sort(want)
	for _, m := range w.live() {
		states, err := w.view(ctx, m.name)
		if err != nil {
			return err
		}
		var alive []string
		for _, name := range slices.Sorted(maps.Keys(states)) {
			if states[name] == "alive" {
				alive = append(alive, name)
			}
		}
		if !slices.Equal(alive, want) {
			return fmt.Errorf("%s sees alive %v, not %v", m.name, alive, want)
		}
	}
	return nil
}

// sharesFit is nil when the live members have as many shared runtimes as are wished.
func (w *world) sharesFit(ctx context.Context) error {
	there, wanted, total := 0, 0, 0
	for _, m := range w.live() {
		var answer struct {
			Total, Wanted int
			Runtimes      []struct{ Function, State string }
		}
		if err := w.ask(ctx, m.name, "runtimes", &answer); err != nil {
			return err
		}
		total = answer.Total
		wanted += answer.Wanted
		for _, r := range answer.Runtimes {
			if r.Function == "" && r.State != "draining" {
				there++
			}
		}
	}
	if there != total || wanted != total {
		return fmt.Errorf("%d runtimes are there and %d wanted, of %d", there, wanted, total)
	}
	return nil
}

// soloAnswers is nil when a call to the dedicated function goes well.
func (w *world) soloAnswers(ctx context.Context) error {
	if outcome := w.caller.call(ctx, solo); outcome != okay {
		return errors.New("the dedicated function: " + outcome)
	}
	return nil
}

// awaitOrder waits until the members agree, the runtimes are there and the dedicated
// function answers.
func (w *world) awaitOrder(ctx context.Context) error {
	for _, check := range []func(context.Context) error{
		func(ctx context.Context) error { return w.agreed(ctx) }, w.sharesFit, w.soloAnswers,
	} {
		if err := until(ctx, check); err != nil {
			return err
		}
	}
	return nil
}

// scale wishes for a total of runtimes, as a user does.
func (w *world) scale(ctx context.Context, total int) error {
	_, err := w.isolane(ctx, "runtimes", "scale", "--total", strconv.Itoa(total))
	return err
}

// isolane runs a command of the binary, and returns what it printed.
func (w *world) isolane(ctx context.Context, args ...string) (string, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	argv := append(append(append([]string{}, w.cfg.Isolane...), args...), "--nats", w.natsURL())
	cmd := exec.CommandContext(ctx, argv[0], argv[1:]...)
	cmd.Env = append(cmd.Environ(), w.cfg.Env...)
	out, err := cmd.Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("isolane %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(string(exit.Stderr)))
	}
	return string(out), err
}
