package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/isolane/isolane/internal/child"
)

// Members in network namespaces: one namespace for each, and one, the hub, that this
// program, the NATS server and the ledger are in. A bridge in the hub joins them; what
// cuts them off is iptables inside a member's namespace. Nothing outside of them is
// touched.

const (
	// spaces is how many members have a namespace of their own; others are in the hub.
	spaces = 5
	// spacePrefix stands before the names; the process id of who made them follows.
	spacePrefix = "isochaos"
	subnet      = "10.77.0."
)

// errNoNamespaces says what is missing for namespaces.
var errNoNamespaces = errors.New("network namespaces need root, ip and iptables")

// CanIsolate is nil where InNamespaces works.
func CanIsolate() error {
	if os.Geteuid() != 0 {
		return errNoNamespaces
	}
	for _, tool := range []string{"ip", "iptables"} {
		if _, err := exec.LookPath(tool); err != nil {
			return fmt.Errorf("%w: %w", errNoNamespaces, err)
		}
	}
	return nil
}

// InNamespaces makes the namespaces, runs argv in the hub, with the namespaces' name as
// its last argument, and removes them when it has ended; ctx has it end by SIGTERM. What
// earlier runs left that were killed is removed first.
func InNamespaces(ctx context.Context, argv []string) (status int, err error) {
	sweep(ctx)
	name := spacePrefix + strconv.Itoa(os.Getpid())
	defer func() { removeSpaces(context.WithoutCancel(ctx), name) }()
	for _, space := range append([]string{name}, memberSpaces(name)...) {
		if err := ip(ctx, "netns", "add", space); err != nil {
			return 0, err
		}
	}
	spawner := child.NewSpawner()
	defer spawner.Stop()
	cmd := exec.Command("ip", append([]string{"netns", "exec", name}, append(argv, name)...)...) //nolint:noctx // it is asked to end first
	cmd.Stdout, cmd.Stderr, cmd.SysProcAttr = os.Stdout, os.Stderr, child.Group()
	if err := spawner.Start(cmd); err != nil {
		return 0, err
	}
	stop := context.AfterFunc(ctx, func() { _ = syscall.Kill(-cmd.Process.Pid, syscall.SIGTERM) })
	defer stop()
	err = cmd.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode(), nil
	}
	return 0, err
}

func memberSpaces(name string) []string {
	var all []string
	for i := range spaces {
		all = append(all, name+"-"+strconv.Itoa(i+1))
	}
	return all
}

func removeSpaces(ctx context.Context, name string) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for _, space := range append(memberSpaces(name), name) {
		_ = ip(ctx, "netns", "del", space)
	}
}

// sweep removes the namespaces of runs that are gone.
func sweep(ctx context.Context) {
	files, err := filepath.Glob("/run/netns/" + spacePrefix + "*")
	if err != nil {
		return
	}
	for _, file := range files {
		space := filepath.Base(file)
		text, _, _ := strings.Cut(strings.TrimPrefix(space, spacePrefix), "-")
		if pid, err := strconv.Atoi(text); err == nil && syscall.Kill(pid, 0) != nil {
			_ = ip(ctx, "netns", "del", space)
		}
	}
}

// ip runs ip(8).
func ip(ctx context.Context, args ...string) error { return tool(ctx, "ip", args...) }

func tool(ctx context.Context, name string, args ...string) error {
	out, err := exec.CommandContext(ctx, name, args...).CombinedOutput()
	if err != nil {
		return fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, strings.TrimSpace(string(out)))
	}
	return nil
}

// Namespaces is the ground that InNamespaces made.
type Namespaces struct {
	name string
	// far are the spots of members beyond the namespaces, in the hub.
	far map[int]Spot
}

var _ Ground = (*Namespaces)(nil)

// OpenNamespaces joins the namespaces of this name; to be called in its hub.
func OpenNamespaces(ctx context.Context, name string) (Ground, error) {
	n := &Namespaces{name: name}
	steps := [][]string{
		{"link", "set", "lo", "up"},
		{"link", "add", "br0", "type", "bridge"},
		{"addr", "add", n.Hub() + "/24", "dev", "br0"},
		{"link", "set", "br0", "up"},
	}
	for i, space := range memberSpaces(name) {
		veth := "v" + strconv.Itoa(i)
		steps = append(steps,
			[]string{"link", "add", veth, "type", "veth", "peer", "name", "eth0", "netns", space},
			[]string{"link", "set", veth, "master", "br0"},
			[]string{"link", "set", veth, "up"},
			[]string{"-n", space, "addr", "add", n.address(i) + "/24", "dev", "eth0"},
			[]string{"-n", space, "link", "set", "eth0", "up"},
			[]string{"-n", space, "link", "set", "lo", "up"},
		)
	}
	for _, step := range steps {
		if err := ip(ctx, step...); err != nil {
			return nil, err
		}
	}
	return n, nil
}

func (n *Namespaces) address(i int) string { return subnet + strconv.Itoa(10+i) }

func (n *Namespaces) space(i int) string { return n.name + "-" + strconv.Itoa(i+1) }

// Hub implements Ground.
func (n *Namespaces) Hub() string { return subnet + "1" }

// Free implements Ground.
func (n *Namespaces) Free(ctx context.Context) (int, error) { return freePort(ctx, n.Hub()) }

// Spot implements Ground.
func (n *Namespaces) Spot(ctx context.Context, i int) (Spot, error) {
	if i < spaces {
		return Spot{
			Gossip: net.JoinHostPort(n.address(i), "7946"), Remote: net.JoinHostPort(n.address(i), "7947"),
			Wrap: []string{"ip", "netns", "exec", n.space(i)},
		}, nil
	}
	if s, ok := n.far[i]; ok {
		return s, nil
	}
	gossip, err := n.Free(ctx)
	if err != nil {
		return Spot{}, err
	}
	remote, err := n.Free(ctx)
	if err != nil {
		return Spot{}, err
	}
	if n.far == nil {
		n.far = map[int]Spot{}
	}
	n.far[i] = Spot{
		Gossip: net.JoinHostPort(n.Hub(), strconv.Itoa(gossip)), Remote: net.JoinHostPort(n.Hub(), strconv.Itoa(remote)),
	}
	return n.far[i], nil
}

// Cuts implements Ground.
func (*Namespaces) Cuts() bool { return true }

// Cut implements Ground.
func (n *Namespaces) Cut(ctx context.Context, a, b []int, hub bool) error {
	for _, i := range a {
		var others []string
		for _, j := range b {
			others = append(others, n.address(j))
		}
		if hub {
			others = append(others, n.Hub())
		}
		for _, other := range others {
			if err := n.rule(ctx, i, "-A", "INPUT", "-s", other, "-j", "DROP"); err != nil {
				return err
			}
			if err := n.rule(ctx, i, "-A", "OUTPUT", "-d", other, "-j", "DROP"); err != nil {
				return err
			}
		}
	}
	return nil
}

// Lose implements Ground.
func (n *Namespaces) Lose(ctx context.Context, members []int, part float64) error {
	for _, i := range members {
		for _, j := range members {
			if i == j {
				continue
			}
			err := n.rule(ctx, i, "-A", "INPUT", "-s", n.address(j), "-m", "statistic", "--mode", "random",
				"--probability", strconv.FormatFloat(part, 'f', 3, 64), "-j", "DROP")
			if err != nil {
				return err
			}
		}
	}
	return nil
}

// Mend implements Ground.
func (n *Namespaces) Mend(ctx context.Context) error {
	var faults []error
	for i := range spaces {
		faults = append(faults, n.rule(ctx, i, "-F"))
	}
	return errors.Join(faults...)
}

func (n *Namespaces) rule(ctx context.Context, i int, args ...string) error {
	return ip(ctx, append([]string{"netns", "exec", n.space(i), "iptables", "-w"}, args...)...)
}

// Reset implements Ground.
func (n *Namespaces) Reset() { n.far = nil }
