package node

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/release"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

// checkFolder looks for the folder of functions. The one of the default name need not be
// there, where functions can be deployed.
func (n *Node) checkFolder(context.Context) error {
	dir := n.cfg.Functions
	if dir == "" {
		return nil // Validate saw to it that functions can be deployed
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, os.ErrNotExist) && dir == config.DefaultFolder && n.cfg.Deploy.Bucket != "":
		n.log.Info("there is no folder of functions: what is deployed is served, and nothing else", slog.String("folder", dir))
		return nil
	case errors.Is(err, os.ErrNotExist):
		return fmt.Errorf("the folder of functions, %s, does not exist: make it, or name another with --functions", dir)
	case err != nil:
		return fmt.Errorf("the folder of functions: %w", err)
	case !info.IsDir():
		return fmt.Errorf("%s is not a folder: --functions names the folder that functions are in", dir)
	}
	n.hasFolder = true
	return nil
}

// openStore opens what functions are deployed to. Where NATS has no JetStream the node
// serves its folder alone.
func (n *Node) openStore(ctx context.Context) error {
	if n.cfg.Deploy.Bucket == "" {
		return nil
	}
	opening, cancel := context.WithTimeout(ctx, flushPatience)
	defer cancel()
	var store *funcstore.Store
	var err error
	denied := false
	for again := true; again; {
		// A request that the server does not allow is never answered.
		trying, stop := context.WithTimeout(opening, openPatience)
		store, err = funcstore.Open(trying, n.conn, funcstore.Config{Bucket: n.cfg.Deploy.Bucket, Replicas: n.cfg.Deploy.Replicas, Logger: n.log})
		stop()
		denied = errors.Is(n.conn.LastError(), nats.ErrPermissionViolation)
		again = errors.Is(err, context.DeadlineExceeded) && !denied && opening.Err() == nil
	}
	switch {
	case err == nil:
		n.store = store
		return nil
	case !errors.Is(err, kvstore.ErrNoJetStream) && !denied:
		return fmt.Errorf("open what functions are deployed to (deploy.bucket %s; leave it empty to serve the folder alone): %w", n.cfg.Deploy.Bucket, err)
	case !n.hasFolder:
		return fmt.Errorf("there is nothing to serve: name a folder with --functions, or let functions be deployed: %w", err)
	}
	n.log.Info("functions cannot be deployed, since this user has no JetStream; the folder is served", slog.Any("error", err))
	return nil
}

// follow serves what the store holds and goes on to follow it until watching ends; it
// returns when all that was there at the beginning has been dealt with.
func (f *functions) follow(ctx, watching context.Context, store *funcstore.Store, limits function.Limits) error {
	d := &deployments{
		functions: f, log: f.log, now: time.Now, known: map[string]*deployment{},
		load: func(ctx context.Context, name string, v funcstore.Version) (*bundle.Function, error) {
			return release.Load(ctx, store, name, v, limits)
		},
	}
	complete := make(chan struct{})
	f.ended.Go(func() { d.run(watching, store.Follow(watching), func() { close(complete) }) })
	reading, cancel := context.WithTimeout(ctx, readPatience)
	defer cancel()
	select {
	case <-complete:
		return nil
	case <-reading.Done():
		return fmt.Errorf("not in %s: %w", readPatience, context.Cause(reading))
	}
}

const (
	// openPatience bounds one try to open the store.
	openPatience = 2 * time.Second
	// readPatience bounds reading, building and trying all deployed functions at the start.
	readPatience = 5 * time.Minute
	// loadPatience bounds reading one.
	loadPatience = 30 * time.Second
	// loadFirst and loadMost bound the time until a version that could not be read is tried
	// again.
	loadFirst, loadMost = time.Second, time.Minute
)

// deployments brings what the store says to functions. It belongs to one goroutine.
type deployments struct {
	functions *functions
	log       *slog.Logger
	now       func() time.Time
	load      func(ctx context.Context, name string, v funcstore.Version) (*bundle.Function, error)
	known     map[string]*deployment // by function name
}

// deployment is one function of the store.
type deployment struct {
	change funcstore.Change
	// loaded are the versions that are served, by their object.
	loaded map[string]*bundle.Function
	// again is when it is tried again, zero for never; wait was the time until then.
	again time.Time
	wait  time.Duration
}

// run follows changes until their channel is closed. complete is called once, when all
// that there was has been dealt with.
func (d *deployments) run(ctx context.Context, changes <-chan funcstore.Change, complete func()) {
	timer := time.NewTimer(time.Hour)
	defer timer.Stop()
	told := false
	for {
		timer.Reset(d.untilNext())
		select {
		case c, ok := <-changes:
			switch {
			case !ok:
				return
			case c.Complete && !told:
				told = true
				complete()
			case !c.Complete:
				d.hear(ctx, c)
			}
		case <-timer.C:
			for name, known := range d.known {
				if !known.again.IsZero() && !d.now().Before(known.again) {
					d.apply(ctx, name, known)
				}
			}
		}
	}
}

// untilNext is the time until something is tried again.
func (d *deployments) untilNext() time.Duration {
	wait := time.Hour
	for _, known := range d.known {
		if !known.again.IsZero() {
			wait = min(wait, max(0, known.again.Sub(d.now())))
		}
	}
	return wait
}

// hear takes one change over; one that was heard before changes nothing.
func (d *deployments) hear(ctx context.Context, c funcstore.Change) {
	known := d.known[c.Name]
	if known != nil && known.change.Revision == c.Revision {
		return
	}
	if known == nil {
		known = &deployment{}
		d.known[c.Name] = known
	}
	known.change, known.wait = c, 0
	d.apply(ctx, c.Name, known)
}

// apply has what the store says of a function served.
func (d *deployments) apply(ctx context.Context, name string, known *deployment) {
	known.again = time.Time{}
	c := known.change
	switch {
	case c.Err != nil:
		d.functions.decline(name, "", c.Revision, c.Err)
		return
	case c.Removed || c.Record.Current == "":
		known.loaded = nil
		d.functions.unclaim(name)
		return
	}
	live := c.Record.Live()
	loaded := make(map[string]*bundle.Function, len(live))
	fn, err := d.ready(ctx, name, known, live[0])
	if err != nil {
		d.fail(ctx, name, known, live[0], err)
		return
	}
	loaded[live[0].Object] = fn
	o := offer{fn: fn, revision: c.Revision}
	var splitErr error
	if c.Record.Split != nil {
		var candidate *bundle.Function
		if candidate, splitErr = d.ready(ctx, name, known, live[1]); splitErr == nil {
			loaded[live[1].Object] = candidate
			o.split = &actors.Split{Function: candidate, Percent: c.Record.Split.Percent}
		}
	}
	if ctx.Err() != nil {
		return // the node stops
	}
	known.loaded = loaded
	if err := d.functions.claim(o); errors.Is(err, actors.ErrSplit) { // the current one alone
		splitErr, o.split = err, nil
		_ = d.functions.claim(o) // reported
	}
	if splitErr != nil {
		d.fail(ctx, name, known, live[1], splitErr)
	}
}

// ready returns a version that was loaded and tried.
func (d *deployments) ready(ctx context.Context, name string, known *deployment, v funcstore.Version) (*bundle.Function, error) {
	if fn := known.loaded[v.Object]; fn != nil {
		return fn, nil
	}
	loading, cancel := context.WithTimeout(ctx, loadPatience)
	defer cancel()
	fn, err := d.load(loading, name, v)
	if err != nil {
		return nil, err
	}
	if err := d.functions.probe(ctx, fn); err != nil {
		return nil, fmt.Errorf("%w: %w", errProbe, err)
	}
	return fn, nil
}

// errProbe is wrapped by the error of a version that was read, and does not load.
var errProbe = errors.New("it was deployed, and does not load on this node")

// fail reports a version that cannot be served, and has it tried again where that may
// help.
func (d *deployments) fail(ctx context.Context, name string, known *deployment, v funcstore.Version, err error) {
	if ctx.Err() != nil {
		return // the node stops
	}
	first := known.wait == 0
	if !errors.Is(err, errProbe) && !errors.Is(err, release.ErrUnreadable) && !errors.Is(err, actors.ErrSplit) {
		known.wait = min(max(2*known.wait, loadFirst), loadMost)
		known.again = d.now().Add(known.wait)
	}
	if first { // once is enough for the log
		d.functions.decline(name, v.Version, known.change.Revision, err)
	}
}
