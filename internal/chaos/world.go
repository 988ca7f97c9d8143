package chaos

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/internal/child"
)

// world is one scenario while it runs. Its methods are called by one goroutine.
type world struct {
	cfg      Config
	scenario Scenario
	dir      string
	rnd      *rand.Rand
	spawner  *child.Spawner
	natsPort int
	server   *child.Process
	ledger   *ledger
	caller   *caller
	members  []*member
	// env is for every member; via is where others reach the gossip of a member that
	// stands behind a relay.
	env []string
	via map[string]string
	// closers undo what prepare began, last first.
	closers []func()

	stopLoad context.CancelFunc
	loading  sync.WaitGroup

	evidence evidence
	figures  figures
	// faultAt is when what is to be detected happened; zero: when the trouble began.
	faultAt time.Time
	// relays stand before the members' ports, where something is late.
	relays []*relay
	// secrets are keys and certificates, where there are some.
	secrets *secrets
	// notes is what the scenario has to say beside its figures.
	notes []string
	// faults are promises that the scenario itself has seen broken.
	faults []Broken
}

func newWorld(cfg Config, s Scenario, dir string, rnd *rand.Rand) *world {
	return &world{
		cfg: cfg, scenario: s, dir: dir, rnd: rnd, spawner: child.NewSpawner(), via: map[string]string{},
		env:      []string{neverSpill, neverShed},
		evidence: evidence{idempotent: map[string]bool{again: true}}, figures: noFigures(),
	}
}

// neverSpill keeps calls of shared functions where NATS delivers them, unless a queue is
// full: who ran a call is then who had it, which is what judge goes by.
const neverSpill = "ISOLANE_CLUSTER_SPILL_AT=0"

// neverShed keeps calls waiting where this machine, not the cluster, has too much to do.
const neverShed = "ISOLANE_RUNTIMES_SHED_TARGET=0s"

// runtimesEach is how many runtimes are wished for each member.
const runtimesEach = 2

// setUp starts everything, and returns when every member sees all and the load runs well.
func (w *world) setUp(ctx context.Context) error {
	w.cfg.Ground.Reset()
	var err error
	if w.natsPort, err = w.cfg.Ground.Free(ctx); err != nil {
		return err
	}
	if err := w.startServer(ctx); err != nil {
		return err
	}
	if w.ledger, err = openLedger(ctx, w.cfg.Ground.Hub()); err != nil {
		return err
	}
	if err := writeFunctions(filepath.Join(w.dir, "functions"), w.ledger.url); err != nil {
		return err
	}
	for i := range w.scenario.Nodes {
		spot, err := w.cfg.Ground.Spot(ctx, i)
		if err != nil {
			return err
		}
		w.members = append(w.members, &member{name: "n" + strconv.Itoa(i+1), spot: spot})
	}
	if w.scenario.prepare != nil {
		if err := w.scenario.prepare(ctx, w); err != nil {
			return err
		}
	}
	for _, m := range w.members {
		if err := w.startMember(ctx, m); err != nil {
			return err
		}
	}
	if err := w.awaitReady(ctx, w.members...); err != nil {
		return err
	}
	if w.caller, err = connectCaller(w.natsURL()); err != nil {
		return err
	}
	if err := w.scale(ctx, runtimesEach*w.scenario.Nodes); err != nil {
		return err
	}
	if err := w.awaitOrder(ctx); err != nil {
		return fmt.Errorf("before any fault: %w", err)
	}
	loading, stop := context.WithCancel(ctx)
	w.stopLoad = stop
	w.loading.Go(func() { w.caller.load(loading, w.cfg.Rate) })
	return bridge.Pause(ctx, w.calm())
}

// calm is how long the load runs before the fault, and after it.
func (w *world) calm() time.Duration {
	if w.cfg.Brief {
		return 1500 * time.Millisecond
	}
	return 3 * time.Second
}

// play lets the fault happen, waits until all is in order again, goes on with the load
// for a while and ends it.
func (w *world) play(ctx context.Context, s Scenario) error {
	if err := s.act(ctx, w); err != nil {
		return err
	}
	if w.evidence.trouble.to.IsZero() {
		return errors.New("the scenario does not say when its fault was over")
	}
	if err := bridge.Pause(ctx, w.calm()); err != nil {
		return err
	}
	w.stopLoad()
	w.loading.Wait()
	return w.caller.settle(ctx)
}

// tearDown ends whatever runs, in the reverse order. It may be called at any stage. That
// members end in order at SIGTERM is judged by result, before.
func (w *world) tearDown() error {
	if w.stopLoad != nil {
		w.stopLoad()
		w.loading.Wait()
	}
	if w.caller != nil {
		w.caller.close()
	}
	for _, m := range w.members {
		if m.proc != nil {
			_ = m.proc.Signal(syscall.SIGKILL)
			<-m.proc.Ended()
		}
	}
	for _, end := range slices.Backward(w.closers) {
		end()
	}
	if w.server != nil {
		_ = w.server.Signal(syscall.SIGKILL)
		<-w.server.Ended()
	}
	if w.ledger != nil {
		w.ledger.close()
	}
	w.spawner.Stop()
	return w.cfg.Ground.Mend(context.Background())
}

// startServer starts the NATS server, on the port and with the data that it had.
func (w *world) startServer(ctx context.Context) error {
	argv := append(append([]string{}, w.cfg.Server...), "-listen", w.natsAddress(), "-data", filepath.Join(w.dir, "nats"))
	var err error
	w.server, err = child.Start(ctx, w.spawner, child.Config{
		Name: "nats", Argv: argv, Env: append(os.Environ(), w.cfg.Env...), Dir: w.dir, Log: w.cfg.NodeLog,
	})
	if err != nil {
		return err
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return w.server.AwaitReady(waiting)
}

func (w *world) natsAddress() string {
	return net.JoinHostPort(w.cfg.Ground.Hub(), strconv.Itoa(w.natsPort))
}

func (w *world) natsURL() string { return "nats://" + w.natsAddress() }

// say tells who looks on.
func (w *world) say(format string, args ...any) {
	_, _ = fmt.Fprintf(w.cfg.Log, "==> "+format+"\n", args...)
}
