package chaos

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"github.com/isolane/isolane/internal/child"
)

// member is one node of the cluster: a process, or the place where one was.
type member struct {
	name string
	spot Spot
	// flags and env are its own, beside those of all.
	flags, env []string
	proc       *child.Process // nil: it does not run
	frozen     bool
	// stranger: it is none of the cluster's.
	stranger bool
}

// startMember starts the process of m, and does not wait until it is ready.
func (w *world) startMember(ctx context.Context, m *member) error {
	argv := append([]string{}, m.spot.Wrap...)
	argv = append(argv, w.cfg.Isolane...)
	argv = append(argv, "run", "--functions", filepath.Join(w.dir, "functions"), "--name", m.name,
		"--nats", w.natsURL(), "--gossip", m.spot.Gossip, "--remote", m.spot.Remote, "--join", w.seeds(m),
		"--runtimes", "1", "--grace", "15s")
	argv = append(argv, m.flags...)
	folder := filepath.Join(w.dir, m.name)
	if err := os.MkdirAll(folder, 0o750); err != nil {
		return err
	}
	env := append(append(append(clean(os.Environ()), w.cfg.Env...), w.env...), m.env...)
	var err error
	m.proc, err = child.Start(ctx, w.spawner, child.Config{Name: m.name, Argv: argv, Env: env, Dir: folder, Log: w.cfg.NodeLog})
	m.frozen = false
	return err
}

// clean leaves out what would configure a node.
func clean(environ []string) []string {
	var kept []string
	for _, e := range environ {
		if !strings.HasPrefix(e, "ISOLANE_") && !strings.HasPrefix(e, "NATS_") {
			kept = append(kept, e)
		}
	}
	return kept
}

// seeds are the members that m joins by.
func (w *world) seeds(m *member) string {
	var seeds []string
	for _, other := range w.members {
		if other != m && len(seeds) < 3 {
			seeds = append(seeds, w.reached(other))
		}
	}
	return strings.Join(seeds, ",")
}

// reached is where others reach the gossip of m.
func (w *world) reached(m *member) string {
	if via, ok := w.via[m.name]; ok {
		return via
	}
	return m.spot.Gossip
}

// live are the members of the cluster that run and are not frozen.
func (w *world) live() []*member {
	var live []*member
	for _, m := range w.members {
		if m.proc != nil && !m.frozen && !m.stranger {
			live = append(live, m)
		}
	}
	return live
}

// pick draws n of the live members.
func (w *world) pick(n int) []*member {
	live := w.live()
	w.rnd.Shuffle(len(live), func(i, j int) { live[i], live[j] = live[j], live[i] })
	return live[:n]
}

// pickHome draws n of the live members, the one that ran the dedicated function last
// among them.
func (w *world) pickHome(n int) []*member {
	home := ""
	for _, r := range w.ledger.all() {
		if r.Fn == solo {
			home = r.Node
		}
	}
	chosen := w.pick(len(w.live()))
	slices.SortStableFunc(chosen, func(a, b *member) int {
		switch home {
		case a.name:
			return -1
		case b.name:
			return 1
		}
		return 0
	})
	return chosen[:n]
}

// kill ends members with SIGKILL, all at one moment.
func (w *world) kill(ctx context.Context, members ...*member) error {
	var faults []error
	for _, m := range members {
		faults = append(faults, m.proc.Signal(syscall.SIGKILL))
	}
	at := time.Now()
	for _, m := range members {
		// What it was given before the server saw its connection end is lost too.
		w.victim(m, at, at.Add(killSettles))
		faults = append(faults, m.proc.AwaitEnd(ctx))
		m.proc = nil
	}
	return errors.Join(faults...)
}

// killSettles is how long after a kill a call may still be given to who was killed.
const killSettles = 1500 * time.Millisecond

// freeze stops the process of m; thaw goes on with it.
func (w *world) freeze(m *member) error {
	m.frozen = true
	return m.proc.Signal(syscall.SIGSTOP)
}

func (w *world) thaw(m *member) error {
	m.frozen = false
	return m.proc.Signal(syscall.SIGCONT)
}

// awaitReady waits until every member is ready.
func (w *world) awaitReady(ctx context.Context, members ...*member) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for _, m := range members {
		if err := m.proc.AwaitReady(ctx); err != nil {
			return err
		}
	}
	return nil
}

// end has every member drain, and says which did not end in order.
func (w *world) end() error {
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var faults []error
	for _, m := range w.members {
		if m.proc == nil {
			continue
		}
		if m.frozen {
			_ = w.thaw(m)
		}
		if err := m.proc.Signal(syscall.SIGTERM); err != nil {
			faults = append(faults, fmt.Errorf("%s had ended by itself, with status %d: %s", m.name, m.proc.Status(), m.proc.Said()))
			m.proc = nil
		}
	}
	for _, m := range w.members {
		if m.proc == nil {
			continue
		}
		if err := m.proc.AwaitEnd(ctx); err != nil {
			faults = append(faults, err)
			_ = m.proc.Signal(syscall.SIGKILL)
			<-m.proc.Ended()
		} else if status := m.proc.Status(); status != 0 {
			faults = append(faults, fmt.Errorf("%s ended with status %d at SIGTERM: %s", m.name, status, m.proc.Said()))
		}
		m.proc = nil
	}
	return errors.Join(faults...)
}

// hostOf is the host of host:port.
func hostOf(hostport string) string {
	host, _, err := net.SplitHostPort(hostport)
	if err != nil {
		return hostport
	}
	return host
}
