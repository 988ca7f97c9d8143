package rig

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/experiments/lab/rig/quota"
	"github.com/isolane/isolane/experiments/machine"
	"github.com/isolane/isolane/internal/child"
)

// patience is how long a process may take to be ready, and to end.
const patience = 60 * time.Second

// Config says what a Rig starts.
type Config struct {
	// Isolane is the command line of the isolane command, Environ its environment.
	Isolane []string
	Environ []string
	// Folder is where files are put. It is the caller's to remove.
	Folder string
	// Log takes what the processes write to standard error; nil for nowhere.
	Log io.Writer
}

// Rig starts processes.
type Rig struct {
	cfg     Config
	spawner *child.Spawner
	running []*Process
	conns   []*nats.Conn
}

// New makes a Rig; Close ends what it started.
func New(cfg Config) *Rig {
	var clean []string
	for _, e := range cfg.Environ {
		if !strings.HasPrefix(e, "ISOLANE_") && !strings.HasPrefix(e, "NATS_") {
			clean = append(clean, e)
		}
	}
	cfg.Environ = clean
	return &Rig{cfg: cfg, spawner: child.NewSpawner()}
}

// Place says where a process runs.
type Place struct {
	// CPUs are the processors that it may use; none: all.
	CPUs []int
	// Cores is the processor time that it may use, in processors; 0: all there is.
	Cores float64
}

// Process is one that the rig started.
type Process struct {
	*child.Process
	Place Place
	// Quota is what holds it; nil where Place.Cores is 0.
	Quota *quota.Group
	// killed: it was ended on purpose, or ends by itself.
	killed bool
}

// Start starts a program; it is ready when it says so (child.Process.Ready).
func (r *Rig) Start(ctx context.Context, name string, place Place, argv ...string) (*Process, error) {
	p := &Process{Place: place}
	var wrap []string
	if len(place.CPUs) > 0 {
		wrap = append(wrap, "-cpus", join(place.CPUs))
	}
	if place.Cores > 0 {
		var err error
		if p.Quota, err = quota.New(name, place.Cores); err != nil {
			return nil, err
		}
		wrap = append(wrap, "-group", p.Quota.Procs())
	}
	if len(wrap) > 0 {
		argv = slices.Concat(r.part("within"), wrap, []string{"--"}, argv)
	}
	var err error
	p.Process, err = child.Start(ctx, r.spawner, child.Config{Name: name, Argv: argv, Env: r.cfg.Environ, Dir: r.cfg.Folder, Log: r.cfg.Log})
	if err != nil {
		return nil, errors.Join(err, p.release())
	}
	r.running = append(r.running, p)
	return p, nil
}

func join(numbers []int) string {
	words := make([]string, len(numbers))
	for i, n := range numbers {
		words[i] = strconv.Itoa(n)
	}
	return strings.Join(words, ",")
}

// part is the command line of a part of the laboratory's own.
func (r *Rig) part(name string) []string {
	return slices.Concat(r.cfg.Isolane, []string{"experiment", "part", name})
}

// Part starts a part of the laboratory's own, and waits until it is ready.
func (r *Rig) Part(ctx context.Context, name string, place Place, args ...string) (*Process, error) {
	return r.ready(ctx, name, place, slices.Concat(r.part(name), args))
}

func (r *Rig) ready(ctx context.Context, name string, place Place, argv []string) (*Process, error) {
	p, err := r.Start(ctx, name, place, argv...)
	if err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := p.AwaitReady(waiting); err != nil {
		return nil, err
	}
	return p, nil
}

// Word is the value of name=value in the line that said that the process is ready.
func (p *Process) Word(name string) string {
	for word := range strings.FieldsSeq(p.ReadyLine()) {
		if value, ok := strings.CutPrefix(word, name+"="); ok {
			return value
		}
	}
	return ""
}

// Use is what the process has used until now; the last known where it has ended.
func (p *Process) Use() (machine.Process, error) { return machine.ReadProcess(p.PID()) }

// Kill ends it without a word, and waits for the end.
func (p *Process) Kill(ctx context.Context) error {
	p.killed = true
	return errors.Join(p.Signal(syscall.SIGKILL), p.AwaitEnd(ctx))
}

// Stop has it end in its own order, and waits for that.
func (p *Process) Stop(ctx context.Context) error {
	p.killed = true
	return errors.Join(p.Signal(syscall.SIGTERM), p.AwaitEnd(ctx))
}

// release removes what held it.
func (p *Process) release() error {
	if p.Quota == nil {
		return nil
	}
	return p.Quota.Remove()
}

// Connect opens a connection that lives as long as the rig.
func (r *Rig) Connect(url string, options ...nats.Option) (*nats.Conn, error) {
	conn, err := nats.Connect(url, append([]nats.Option{nats.MaxReconnects(-1), nats.ReconnectWait(20 * time.Millisecond)}, options...)...)
	if err != nil {
		return nil, fmt.Errorf("rig: connect: %w", err)
	}
	r.conns = append(r.conns, conn)
	return conn, nil
}

// Address is a free one on this host: TCP, and the next port too.
func Address() (string, error) {
	for range 100 {
		first, err := net.Listen("tcp", "127.0.0.1:0") //nolint:noctx // at once
		if err != nil {
			return "", fmt.Errorf("rig: %w", err)
		}
		address := first.Addr().String()
		port := first.Addr().(*net.TCPAddr).Port
		second, err := net.Listen("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(port+1))) //nolint:noctx // at once
		_ = first.Close()
		if err == nil {
			return address, second.Close()
		}
	}
	return "", errors.New("rig: no two free ports beside one another")
}

// Close ends everything, the last first. Its error says what had ended by itself, or did
// not end in order.
func (r *Rig) Close() error {
	for _, conn := range r.conns {
		conn.Close()
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	var faults []error
	for _, p := range slices.Backward(r.running) {
		if !p.killed {
			if err := p.Signal(syscall.SIGTERM); err != nil {
				faults = append(faults, fmt.Errorf("%s had ended by itself, with status %d: %s", p.Name(), p.Status(), p.Said()))
			} else if err := p.AwaitEnd(ctx); err != nil {
				_ = p.Signal(syscall.SIGKILL)
				<-p.Ended()
				faults = append(faults, fmt.Errorf("%s did not end: %w", p.Name(), err))
			}
		}
		<-p.Ended()
		faults = append(faults, p.release())
	}
	r.spawner.Stop()
	r.running, r.conns = nil, nil
	return errors.Join(faults...)
}

// folder makes a folder of the rig's, and returns its path.
func (r *Rig) folder(name string) (string, error) {
	path := r.cfg.Folder + string(os.PathSeparator) + name
	if err := os.MkdirAll(path, 0o750); err != nil {
		return "", fmt.Errorf("rig: %w", err)
	}
	return path, nil
}
