package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// docker runs the client and returns what it printed.
func docker(ctx context.Context, args ...string) (string, error) {
	text, err := exec.CommandContext(ctx, "docker", args...).Output()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return "", fmt.Errorf("docker %s: %w: %s", args[0], err, strings.TrimSpace(string(exit.Stderr)))
	}
	return strings.TrimSpace(string(text)), err
}

// containers are the names of the project's nodes, sorted.
func containers(ctx context.Context, project string) ([]string, error) {
	text, err := docker(ctx, "ps", "--all", "--format", "{{.Names}}",
		"--filter", "label=com.docker.compose.project="+project, "--filter", "label=com.docker.compose.service=node")
	names := strings.Fields(text)
	slices.Sort(names)
	return names, err
}

// healthy is nil when n nodes run and call themselves healthy.
func healthy(ctx context.Context, project string, n int) error {
	names, err := containers(ctx, project)
	if err != nil {
		return err
	}
	if len(names) != n {
		return fmt.Errorf("%d containers of project %s are nodes, not %d", len(names), project, n)
	}
	text, err := docker(ctx, append([]string{"inspect", "--format", "{{.State.Status}} {{.State.Health.Status}}"}, names...)...)
	if err != nil {
		return err
	}
	for i, state := range strings.Split(text, "\n") {
		if state != "running healthy" {
			return fmt.Errorf("%s is %s", names[i], state)
		}
	}
	return nil
}

// killed says which node was killed, how and when.
type killed struct {
	container, how string
	at             time.Time
	// started is when the engine had started what was killed, in its words.
	started string
}

// restarted is nil when the engine has started the container anew. Until it has seen
// that the process is gone, it goes on calling it healthy.
func (k killed) restarted(ctx context.Context) error {
	started, err := docker(ctx, "inspect", "--format", "{{.State.StartedAt}}", k.container)
	if err == nil && started == k.started {
		return fmt.Errorf("%s was not started again", k.container)
	}
	return err
}

// killOne kills the last of the project's nodes. Its process is killed from outside
// where this machine sees it and may, since the engine does not restart what was ended
// by `docker kill`; else by that, and started again by hand.
func killOne(ctx context.Context, project string) (killed, error) {
	names, err := containers(ctx, project)
	if err != nil {
		return killed{}, err
	}
	if len(names) == 0 {
		return killed{}, fmt.Errorf("project %s has no node", project)
	}
	k := killed{container: names[len(names)-1]}
	text, err := docker(ctx, "inspect", "--format", "{{.State.Pid}} {{.State.StartedAt}}", k.container)
	if err != nil {
		return k, err
	}
	pidText, started, _ := strings.Cut(text, " ")
	pid, err := strconv.Atoi(pidText)
	if err != nil {
		return k, fmt.Errorf("process id of %s: %w", k.container, err)
	}
	k.started = started
	if isNode(pid) {
		k.at = time.Now()
		if syscall.Kill(pid, syscall.SIGKILL) == nil {
			k.how = fmt.Sprintf("kill -9 %d, restarted by its restart policy", pid)
			return k, nil
		}
	}
	k.at, k.how = time.Now(), "docker kill, and docker start"
	if _, err := docker(ctx, "kill", k.container); err != nil {
		return k, err
	}
	_, err = docker(ctx, "start", k.container)
	return k, err
}

// isNode says whether pid is a node's on this machine. It is not where the engine runs
// in a virtual machine, which has process ids of its own.
func isNode(pid int) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", pid))
	return pid > 1 && err == nil && strings.HasPrefix(string(text), "/isolane\x00run\x00")
}
