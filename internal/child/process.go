package child

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os/exec"
	"sync"
	"syscall"
	"time"
)

// tail is how much of what a process said last is kept, in bytes.
const tail = 16 << 10

// Config says what to start.
type Config struct {
	// Name stands before each line in Log.
	Name string
	// Argv is the program and its arguments, Env its whole environment; nil: this one's.
	Argv, Env []string
	// Dir is its working folder; "" is this program's.
	Dir string
	// Log takes what it writes to standard error, and may be nil.
	Log io.Writer
}

// Process is a program that runs. Make one with Start.
type Process struct {
	name  string
	cmd   *exec.Cmd
	ready chan struct{}
	ended chan struct{}
	once  sync.Once

	mu   sync.Mutex
	said []byte // guarded by mu; the last of standard error
	line string // guarded by mu; the ready line
}

// Start starts it; ctx kills it. The caller waits for Ended before Spawner.Stop, unless
// that is to kill it.
func Start(ctx context.Context, s *Spawner, cfg Config) (*Process, error) {
	if len(cfg.Argv) == 0 {
		return nil, errors.New("child: no program is named")
	}
	p := &Process{name: cfg.Name, ready: make(chan struct{}), ended: make(chan struct{})}
	p.cmd = exec.CommandContext(ctx, cfg.Argv[0], cfg.Argv[1:]...)
	p.cmd.Env, p.cmd.Dir, p.cmd.SysProcAttr = cfg.Env, cfg.Dir, Group()
	p.cmd.Cancel = func() error { return p.Signal(syscall.SIGKILL) }
	p.cmd.WaitDelay = 5 * time.Second // for what it may have started, and left behind
	stdout, stderr := NewLines(io.Discard, "", p.hear), NewLines(p.log(cfg), cfg.Name, p.keep)
	p.cmd.Stdout, p.cmd.Stderr = stdout, stderr
	if err := s.Start(p.cmd); err != nil {
		return nil, fmt.Errorf("start %s: %w", cfg.Name, err)
	}
	go func() {
		defer close(p.ended)
		_ = p.cmd.Wait() // how it ended is in its state
		stdout.Flush()
		stderr.Flush()
	}()
	return p, nil
}

func (p *Process) log(cfg Config) io.Writer {
	if cfg.Log == nil {
		return io.Discard
	}
	return cfg.Log
}

// hear looks for the line that says it is ready.
func (p *Process) hear(line []byte) {
	if !bytes.HasPrefix(line, []byte("ready ")) {
		return
	}
	p.once.Do(func() {
		p.mu.Lock()
		p.line = string(line)
		p.mu.Unlock()
		close(p.ready)
	})
}

func (p *Process) keep(line []byte) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.said = append(append(p.said, line...), '\n')
	if over := len(p.said) - tail; over > 0 {
		p.said = append(p.said[:0], p.said[over:]...)
	}
}

// Name is Config.Name.
func (p *Process) Name() string { return p.name }

// PID is its process id, which is its group's too.
func (p *Process) PID() int { return p.cmd.Process.Pid }

// Ready is closed when it has written a line to standard output that begins with
// "ready ", which ReadyLine returns from then on.
func (p *Process) Ready() <-chan struct{} { return p.ready }

// ReadyLine is that line; "" before it.
func (p *Process) ReadyLine() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.line
}

// Ended is closed when it has ended, whatever the reason.
func (p *Process) Ended() <-chan struct{} { return p.ended }

// Status is its exit status, once Ended: negative where a signal ended it.
func (p *Process) Status() int { return p.cmd.ProcessState.ExitCode() }

// Said is the last of what it wrote to standard error.
func (p *Process) Said() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return string(p.said)
}

// Signal reaches it and whatever it started; it is an error where it has ended.
func (p *Process) Signal(sig syscall.Signal) error {
	select {
	case <-p.ended:
		return fmt.Errorf("signal %s: it has ended", p.name)
	default:
	}
	if err := syscall.Kill(-p.cmd.Process.Pid, sig); err != nil {
		return fmt.Errorf("signal %s: %w", p.name, err)
	}
	return nil
}

// AwaitReady waits until it is ready; the error says that it ended before, with what it
// said, or wraps ctx's.
func (p *Process) AwaitReady(ctx context.Context) error {
	select {
	case <-p.ready:
		return nil
	case <-p.ended:
		return fmt.Errorf("%s ended before it was ready, with status %d: %s", p.name, p.Status(), p.Said())
	case <-ctx.Done():
		return fmt.Errorf("%s is not ready: %w: %s", p.name, context.Cause(ctx), p.Said())
	}
}

// AwaitEnd waits until it has ended; ctx bounds that.
func (p *Process) AwaitEnd(ctx context.Context) error {
	select {
	case <-p.ended:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("%s does not end: %w: %s", p.name, context.Cause(ctx), p.Said())
	}
}
