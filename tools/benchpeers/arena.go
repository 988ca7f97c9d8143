package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/internal/child"
)

// patience is how long a process may take to be ready, to answer, and to end.
const patience = 30 * time.Second

// arena is what all peers share: a NATS server, a server of pages, files, a client.
type arena struct {
	cfg config
	// self is this program, isolane and js are absolute paths of the configuration's.
	self, isolane, js string
	// dir is a temporary folder, functions the one below it that JavaScript peers serve.
	dir, functions string
	spawner        *child.Spawner
	server, pages  *child.Process
	log            io.Writer
}

// open starts what all peers share. The caller closes it.
func open(ctx context.Context, c config, log io.Writer) (a *arena, err error) {
	a = &arena{cfg: c, spawner: child.NewSpawner(), log: child.NewShared(log)}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.close(ctx))
		}
	}()
	if a.self, err = os.Executable(); err != nil {
		return a, err
	}
	if a.isolane, err = filepath.Abs(c.isolane); err != nil {
		return a, err
	}
	if a.js, err = filepath.Abs(c.js); err != nil {
		return a, err
	}
	if a.dir, err = os.MkdirTemp("", "benchpeers"); err != nil {
		return a, err
	}
	if err := a.write(ctx); err != nil {
		return a, err
	}
	if a.server, err = a.run(ctx, "nats", a.self, "-role", "nats"); err != nil {
		return a, err
	}
	a.pages, err = a.run(ctx, "pages", a.self, "-role", "pages")
	return a, err
}

// nats is the server's URL, origin where the pages are.
func (a *arena) nats() string   { return a.server.ReadyLine()[len("ready "):] }
func (a *arena) origin() string { return a.pages.ReadyLine()[len("ready "):] }

func (a *arena) dial(context.Context) (*nats.Conn, error) {
	conn, err := nats.Connect(a.nats(), nats.Name("benchpeers"))
	if err != nil {
		return nil, fmt.Errorf("connect the client: %w", err)
	}
	return conn, nil
}

// run starts a process and waits until it is ready.
func (a *arena) run(ctx context.Context, name string, argv ...string) (*child.Process, error) {
	env := append(os.Environ(), "NO_COLOR=1", "DENO_NO_UPDATE_CHECK=1", "DENO_DIR="+filepath.Join(a.dir, "deno"))
	p, err := child.Start(ctx, a.spawner, child.Config{Name: name, Argv: argv, Env: env, Dir: a.dir, Log: a.log})
	if err != nil {
		return nil, err
	}
	wait, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	if err := p.AwaitReady(wait); err != nil {
		return nil, errors.Join(err, end(ctx, p))
	}
	return p, nil
}

// end ends a process and waits for that, also where ctx is done.
func end(ctx context.Context, p *child.Process) error {
	if p == nil {
		return nil
	}
	wait, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	_ = p.Signal(syscall.SIGTERM) // it may have ended
	if p.AwaitEnd(wait) == nil {
		return nil
	}
	_ = p.Signal(syscall.SIGKILL) // it may have ended just now
	<-p.Ended()
	return fmt.Errorf("%s did not end when it was told to", p.Name())
}

// close ends what open began.
func (a *arena) close(ctx context.Context) error {
	err := errors.Join(end(ctx, a.pages), end(ctx, a.server))
	a.spawner.Stop()
	if a.dir == "" {
		return err
	}
	return errors.Join(err, os.RemoveAll(a.dir))
}

// server is a peer that runs.
type server struct {
	peer
	prefix  string
	process *child.Process
	// pid is the process that serves.
	pid int
	// replies are what its functions said when they were first called, and checked.
	replies map[string][]byte
}

// serve starts a peer, which answers on prefix.NAME.
func (a *arena) serve(ctx context.Context, p peer, prefix string) (*server, error) {
	argv, err := p.argv(a, prefix)
	if err != nil {
		return nil, err
	}
	process, err := a.run(ctx, prefix, argv...)
	if err != nil {
		return nil, err
	}
	s := &server{peer: p, prefix: prefix, process: process, pid: process.PID(), replies: map[string][]byte{}}
	if p.apart {
		if s.pid, err = strconv.Atoi(strings.TrimPrefix(process.ReadyLine(), "ready ")); err != nil {
			return nil, errors.Join(fmt.Errorf("%s does not say which process serves: %w", p.name, err), end(ctx, process))
		}
	}
	return s, nil
}

// ask calls a function once and checks its reply, which it returns.
func (a *arena) ask(ctx context.Context, conn *nats.Conn, s *server, c call) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	reply, err := conn.RequestWithContext(ctx, s.prefix+"."+c.function, c.payload(a.origin()))
	if err != nil {
		return nil, fmt.Errorf("%s: %s: %w", s.name, c.function, err)
	}
	if why := reply.Header.Get("Nats-Service-Error"); why != "" {
		return nil, fmt.Errorf("%s: %s: %s", s.name, c.function, why)
	}
	if err := c.check(reply.Data); err != nil {
		return nil, fmt.Errorf("%s: %w", s.name, err)
	}
	return reply.Data, nil
}
