package quota

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// ErrNotPermitted is wrapped by the error of a system that lets no quota be set: it is not
// Linux, has no control groups, or the user may not make one.
var ErrNotPermitted = errors.New("quota: no CPU quota can be set here")

// period is over which a quota is counted, in microseconds: short, so that a process that
// is held waits often and not long.
const period = 20_000

// Group is a control group with a quota.
type Group struct {
	folder string
	second bool // version 2
}

// Stat is what a group was allowed.
type Stat struct {
	// Periods are those in which it ran, Throttled those in which it was held, Held for how
	// long, all its threads together.
	Periods, Throttled uint64
	Held               time.Duration
}

// New makes a group that may use cores processors' time. The error wraps ErrNotPermitted
// where that cannot be had.
func New(name string, cores float64) (*Group, error) { return newIn("/sys/fs/cgroup", name, cores) }

func newIn(root, name string, cores float64) (*Group, error) {
	if cores <= 0 {
		return nil, fmt.Errorf("quota: %g cores: it must be over 0", cores)
	}
	quota := strconv.FormatInt(int64(cores*period), 10)
	name = fmt.Sprintf("isolane-lab-%d-%s", os.Getpid(), name)
	g := &Group{folder: filepath.Join(root, "cpu", name)}
	files := [][2]string{{"cpu.cfs_period_us", strconv.Itoa(period)}, {"cpu.cfs_quota_us", quota}}
	if _, err := os.Stat(filepath.Join(root, "cgroup.controllers")); err == nil {
		g = &Group{folder: filepath.Join(root, name), second: true}
		files = [][2]string{{"cpu.max", quota + " " + strconv.Itoa(period)}}
	}
	if err := os.Mkdir(g.folder, 0o755); err != nil { //nolint:gosec // as the system's own
		return nil, fmt.Errorf("%w: %w", ErrNotPermitted, err)
	}
	for _, file := range files {
		if err := os.WriteFile(filepath.Join(g.folder, file[0]), []byte(file[1]), 0o600); err != nil {
			return nil, errors.Join(fmt.Errorf("%w: %w", ErrNotPermitted, err), g.Remove())
		}
	}
	return g, nil
}

// Procs is the file that takes the ids of processes that are to be in the group.
func (g *Group) Procs() string { return filepath.Join(g.folder, "cgroup.procs") }

// Stat reads cpu.stat.
func (g *Group) Stat() (Stat, error) {
	text, err := os.ReadFile(filepath.Join(g.folder, "cpu.stat"))
	if err != nil {
		return Stat{}, fmt.Errorf("quota: %w", err)
	}
	return parse(string(text))
}

// parse reads cpu.stat of both versions.
func parse(text string) (Stat, error) {
	var s Stat
	for line := range strings.Lines(text) {
		name, value, _ := strings.Cut(strings.TrimSpace(line), " ")
		n, err := strconv.ParseUint(value, 10, 63)
		if err != nil {
			return s, fmt.Errorf("quota: cpu.stat: %.80q: %w", line, err)
		}
		switch name {
		case "nr_periods":
			s.Periods = n
		case "nr_throttled":
			s.Throttled = n
		case "throttled_time":
			s.Held = time.Duration(n) //nolint:gosec // 63 bits
		case "throttled_usec":
			s.Held = time.Duration(n) * time.Microsecond //nolint:gosec // as good as 63 bits
		}
	}
	return s, nil
}

// Remove removes the group, which has no process any more.
func (g *Group) Remove() error {
	if err := os.Remove(g.folder); err != nil && !errors.Is(err, os.ErrNotExist) {
		return fmt.Errorf("quota: %w", err)
	}
	return nil
}
