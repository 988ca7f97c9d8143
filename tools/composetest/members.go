package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
)

// member is what `isolane members --json` says of each, as far as it matters here.
type member struct {
	Name  string `json:"name"`
	State string `json:"state"`
}

// allMembers is nil when as many members are alive as there are nodes.
func allMembers(ctx context.Context, c config) error {
	text, err := exec.CommandContext(ctx, c.isolane, "members", "--json", "--nats", c.nats, "--timeout", "3s").Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return fmt.Errorf("isolane members: %w: %s", err, strings.TrimSpace(string(exit.Stderr)))
	}
	if err != nil {
		return err
	}
	return alive(text, c.nodes)
}

// alive reads the members. One that is known as dead or left is no fault: a container
// that was made anew has another name.
func alive(text []byte, want int) error {
	var members []member
	if err := json.Unmarshal(text, &members); err != nil {
		return fmt.Errorf("isolane members: %w", err)
	}
	var n int
	var states []string
	for _, m := range members {
		states = append(states, m.Name+" "+m.State)
		if m.State == "alive" {
			n++
		}
	}
	if n != want {
		return fmt.Errorf("%d members are alive, not %d: %s", n, want, strings.Join(states, ", "))
	}
	return nil
}
