package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/dustin/go-humanize"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/cmd/isolane/internal/release"
	"github.com/isolane/isolane/jsruntime"
	"github.com/isolane/isolane/jsruntime/bundle"
	jsfolder "github.com/isolane/isolane/jsruntime/folder"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
	"github.com/isolane/isolane/jsruntime/quickjs"
	"github.com/isolane/isolane/jsruntime/v8"
	"github.com/isolane/isolane/jsruntime/webapi"
)

// deployFlags are those of deploy.
type deployFlags struct {
	storeFlags
	name     string
	env      []string
	note     string
	split    float64
	keep     int
	dryRun   bool
	force    bool
	wait     bool
	waitTime time.Duration
}

func newDeploy(std streams) *cobra.Command {
	var f deployFlags
	cmd := &cobra.Command{
		Use:   "deploy FILE|DIR",
		Short: "Deploy functions to every node",
		Long: `Bundle a function, load it in a scratch isolate, and publish it in NATS, from where
every node takes it. FILE is a script, with its manifest beside it; DIR is the folder of
one function, or one with many: each is deployed by itself, all or nothing.

Nothing is published that does not build or load. Of two deploys of one function at the
same time, one is told that the other was faster. "isolane functions rollback NAME" goes
back.

The exit status is 0 where everything was deployed (or is already), 22 where somebody else
changed a function at the same time, 23 where --wait found a node that does not serve it,
21 where NATS cannot be reached, 1 for anything else that kept a function from being
deployed.`,
		Example: `  isolane deploy hello.ts --wait
  isolane deploy functions --dry-run
  isolane deploy hello.ts --split 10 && isolane functions show hello
  API_KEY=... isolane deploy hello.ts --env API_KEY --env GREETING=hi`,
		Args: cobra.ExactArgs(1),
	}
	f.add(cmd, std)
	flags := cmd.Flags()
	flags.StringVar(&f.name, "name", "", "deploy the one function under this `NAME`")
	flags.StringArrayVar(&f.env, "env", nil, "`K=V` goes over the manifest's env; K alone takes the value from this environment; may be repeated")
	flags.StringVar(&f.note, "note", "", "a `TEXT` to stand beside the version")
	flags.Float64Var(&f.split, "split", 0, "send only `PERCENT` of the calls to the new version, see isolane functions promote and abort")
	flags.IntVar(&f.keep, "keep", 10, "keep so many versions to go back to, `N`")
	flags.BoolVar(&f.dryRun, "dry-run", false, "say what would change, and publish nothing")
	flags.BoolVar(&f.force, "force", false, "publish a version that is there already again, where its object was damaged")
	flags.BoolVar(&f.wait, "wait", false, "wait until every node serves it")
	flags.DurationVar(&f.waitTime, "wait-time", defaultWait, "how long --wait waits")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		env, err := f.check(std)
		if err != nil {
			return &usageError{err: err}
		}
		return deploy(cmd, std, f, args[0], env)
	}
	return cmd
}

// check reports flags that make no sense, and reads --env.
func (f deployFlags) check(std streams) (map[string]string, error) {
	if f.split != 0 {
		if err := funcstore.CheckPercent(f.split); err != nil {
			return nil, fmt.Errorf("--split: %w", err)
		}
	}
	if err := function.ValidateName(f.name); f.name != "" && err != nil {
		return nil, fmt.Errorf("--name: %w", err)
	}
	switch {
	case f.keep < 1 || f.keep > 100:
		return nil, errors.New("--keep must be 1 to 100")
	case f.waitTime <= 0:
		return nil, errors.New("--wait-time must be over 0")
	case len(f.note) > 200 || strings.ContainsAny(f.note, "\n\r"):
		return nil, errors.New("--note must be one line of 200 bytes at most")
	}
	env := map[string]string{}
	for _, pair := range f.env {
		name, value, given := strings.Cut(pair, "=")
		if !given {
			found := slices.ContainsFunc(std.environ, func(e string) bool { return strings.HasPrefix(e, name+"=") })
			if !found {
				return nil, fmt.Errorf("--env %s: there is no such variable in this environment: write %s=VALUE, or set it", name, name)
			}
			value = std.getenv(name)
		}
		env[name] = value
	}
	return env, nil
}

// deployed is what became of one function.
type deployed struct {
	Name string `json:"name"`
	// Action is deployed, unchanged, would-deploy, conflict or failed.
	Action   string  `json:"action"`
	Version  string  `json:"version,omitempty"`
	Previous string  `json:"previous,omitempty"`
	Percent  float64 `json:"percent,omitempty"`
	Revision uint64  `json:"revision,omitempty"`
	Size     int64   `json:"size,omitempty"`
	// Diff is what a dry run would change in the manifest.
	Diff     string       `json:"diff,omitempty"`
	Warnings []string     `json:"warnings,omitempty"`
	Error    string       `json:"error,omitempty"`
	Nodes    []nodeState  `json:"nodes,omitempty"`
	err      error        // why it failed
	change   *plannedSize // of a dry run
}

// plannedSize is the size of what is deployed, and of what would be.
type plannedSize struct{ before, after int64 }

func deploy(cmd *cobra.Command, std streams, f deployFlags, path string, env map[string]string) error {
	found, err := jsfolder.Find(path)
	if err != nil {
		return err
	}
	if f.name != "" && len(found) > 1 {
		return &usageError{err: fmt.Errorf("--name is for one function, and %s has %d", path, len(found))}
	}
	s, ctx, end, err := openStore(cmd, std, f.storeFlags)
	if err != nil {
		return err
	}
	defer end()
	d, err := newDeployer(s, f, std)
	if err != nil {
		return err
	}
	defer d.close()
	results := make([]deployed, 0, len(found))
	line := newMoving(std, f.json)
	defer line.close()
	for i, one := range found {
		line.at(i, len(found), "%d of %d: %s", i+1, len(found), one.Name)
		r := d.one(ctx, one, cmp.Or(f.name, one.Name), env)
		results = append(results, r)
		if !f.json {
			line.aside(func() { printDeployed(std, r) })
		}
	}
	line.at(len(found), len(found), "tidying up")
	if !f.dryRun {
		// What others left behind; ours is collected already. It may not keep us waiting.
		sweeping, cancel := context.WithTimeout(ctx, sweepPatience)
		_, _ = s.Sweep(sweeping, funcstore.SweepAfter)
		cancel()
	}
	line.close()
	var waited error
	if f.wait && !f.dryRun {
		waited = awaitNodes(cmd.Context(), std, s.conn, f, results)
	}
	if f.json {
		err = printJSON(std, results)
	}
	return errors.Join(failures(results), waited, err)
}

// sweepPatience bounds tidying up.
const sweepPatience = 3 * time.Second

// deployer deploys one function after the other.
type deployer struct {
	store  *storeSession
	flags  deployFlags
	std    streams
	engine jsruntime.Engine
	light  jsruntime.Engine
	http   *webapi.HTTP
}

func newDeployer(s *storeSession, f deployFlags, std streams) (*deployer, error) {
	d := &deployer{store: s, flags: f, std: std, engine: v8.NewEngine(v8.Config{WebAPI: webapi.Script()}), light: quickjs.NewEngine(quickjs.DefaultConfig())}
	var err error
	d.http, err = webapi.NewHTTP(webapi.DefaultHTTPConfig())
	return d, err
}

func (d *deployer) close() { _ = d.http.Close() }

// probe loads the function in a scratch isolate of this process, as nodes do.
func (d *deployer) probe(ctx context.Context, fn *bundle.Function) error {
	cfg := jsruntime.DefaultConfig()
	cfg.HTTP, cfg.Light = d.http, d.light
	cfg.Messenger, cfg.Buckets, cfg.Calls = hostcap.Closed{}, hostcap.Closed{}, hostcap.Closed{} // nodes have them
	return jsruntime.Probe(ctx, cfg, d.engine, fn)
}

// one deploys one function.
func (d *deployer) one(ctx context.Context, found jsfolder.Found, name string, env map[string]string) deployed {
	r := deployed{Name: name, Action: "failed"}
	fail := func(err error) deployed {
		r.err, r.Error = err, err.Error()
		if _, conflict := errors.AsType[*funcstore.ConflictError](err); conflict {
			r.Action = "conflict"
		}
		return r
	}
	// Read before it is built, so that whatever happens meanwhile is a conflict.
	old, err := d.store.Get(ctx, name)
	if err != nil {
		return fail(err)
	}
	p, err := release.Prepare(ctx, found, name, env)
	if err != nil {
		return fail(err)
	}
	r.Version, r.Previous, r.Size, r.Warnings = p.Function.Version, old.Current, int64(len(p.Packed)), p.Function.Bundle.Warnings
	if err := d.probe(ctx, p.Function); err != nil {
		return fail(err)
	}
	_, err = old.Deploy(p.In(planned(p), d.flags.note), d.flags.split, newStamp(d.std))
	unchanged := errors.Is(err, funcstore.ErrUnchanged)
	switch {
	case unchanged && !d.flags.force:
		r.Action, r.Revision = "unchanged", old.Revision
		return r
	case err != nil && !unchanged:
		return fail(err)
	case d.flags.dryRun:
		before, _ := old.Find(old.Current)
		r.Action, r.Diff, r.change = "would-deploy", manifestDiff(name, before, p.In(funcstore.Version{}, "")), &plannedSize{before.Size, r.Size}
		return r
	}
	v, err := d.store.Put(ctx, name, p.Function.Version, p.Packed)
	if err != nil {
		return fail(err)
	}
	var next funcstore.Record
	if unchanged {
		next, err = old.Repair(v, newStamp(d.std))
	} else {
		next, err = old.Deploy(p.In(v, d.flags.note), d.flags.split, newStamp(d.std))
	}
	if err != nil {
		return fail(err)
	}
	done, err := d.store.Commit(ctx, old, next.Keep(d.flags.keep))
	if err != nil {
		return fail(err)
	}
	r.Action, r.Revision, r.Percent = "deployed", done.Revision, d.flags.split
	return r
}

// planned is a version as it would be; its object is not there yet.
func planned(p release.Prepared) funcstore.Version {
	return funcstore.Version{Version: p.Function.Version, Object: p.Name + "/planned", Size: int64(len(p.Packed))}
}

// failures joins why functions were not deployed; what they are was printed.
func failures(results []deployed) error {
	var errs []error
	for _, r := range results {
		if r.err != nil {
			errs = append(errs, r.err)
		}
	}
	if len(errs) == 0 {
		return nil
	}
	return &reportedError{err: errors.Join(errs...)}
}

// printDeployed says in one line what became of a function, and more where it matters.
func printDeployed(std streams, r deployed) {
	paint := painter(std, std.out)
	size := humanize.IBytes(uint64(max(r.Size, 0))) //nolint:gosec // not negative
	switch r.Action {
	case "deployed":
		part := ""
		if r.Percent > 0 {
			part = fmt.Sprintf(" for %g%% of the calls", r.Percent)
		}
		_, _ = fmt.Fprintf(std.out, "%s: %s %s%s, revision %d, %s, before %s\n", r.Name, paint(bold, "deployed"), r.Version, part, r.Revision, size, cmp.Or(r.Previous, "nothing"))
	case "unchanged":
		_, _ = fmt.Fprintf(std.out, "%s: unchanged, %s, revision %d\n", r.Name, r.Version, r.Revision)
	case "would-deploy":
		_, _ = fmt.Fprintf(std.out, "%s: would deploy %s, %s (%+d bytes), in place of %s\n%s", r.Name, r.Version, size, r.change.after-r.change.before, cmp.Or(r.Previous, "nothing"), r.Diff)
	default:
		_, _ = fmt.Fprintf(std.err, "%s %s: %s\n", painter(std, std.err)(red, r.Action+":"), r.Name, r.Error)
	}
	warn(std, r.Warnings)
}
