package lab

import (
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"github.com/isolane/isolane/experiments/lab/record"
	"github.com/isolane/isolane/experiments/lab/rig"
	"github.com/isolane/isolane/experiments/machine"
)

// DataFile is the file of the raw data in the folder of an experiment.
const DataFile = "data.jsonl"

// calibrationRounds is how often the calibration loop runs between two repetitions.
const calibrationRounds = 5

// RunConfig says how to run an experiment.
type RunConfig struct {
	// Folder takes a folder for each experiment.
	Folder string
	Scale  Scale
	// Seed decides the order of the points, and the chance within them.
	Seed uint64
	// Versions are put into the data: isolane, v8, nats and so on.
	Versions map[string]string
	// Isolane is the command line of the isolane command, Environ its environment.
	Isolane, Environ []string
	// Say tells who looks on what is going on; nil: nobody.
	Say func(format string, args ...any)
	// At tells, as a repetition begins, how many of them all are over; nil: nobody.
	At func(done, total int)
	// Log takes what the processes write to standard error; nil: nowhere.
	Log io.Writer
	// Calibrate runs the calibration loop, and says how many milliseconds it took; nil is
	// machine.Calibrate.
	Calibrate func() float64
	// Read takes a reading of the machine; nil is machine.Read.
	Read func() machine.Reading
	// Rogchap is the isolane command with the original binding of V8, which is measured beside
	// this one's; "" where there is none.
	Rogchap string
}

// ErrFailed is wrapped by Run's error where repetitions failed.
var ErrFailed = errors.New("lab: repetitions failed")

// turn is one repetition of a point.
type turn struct {
	point      Point
	repetition int
}

// plan is the order of a run: each point once, then each once more, and so on, so that what
// changes over time changes all; within each round chance decides.
func plan(points []Point, seed uint64) []turn {
	chance := rand.New(rand.NewPCG(seed, 1)) //nolint:gosec // an order
	var turns []turn
	for round := 1; ; round++ {
		var now []turn
		for _, p := range points {
			if round <= p.Repeat {
				now = append(now, turn{p, round})
			}
		}
		if len(now) == 0 {
			return turns
		}
		chance.Shuffle(len(now), func(i, j int) { now[i], now[j] = now[j], now[i] })
		turns = append(turns, now...)
	}
}

// seedOf is the seed of a repetition.
func seedOf(seed uint64, t turn) uint64 {
	h := fnv.New64a()
	_, _ = fmt.Fprintf(h, "%d %s %d", seed, t.point.ID, t.repetition)
	return h.Sum64()
}

// Run measures what is not measured yet, and draws the pages. Where ctx is done first, what
// was recorded is kept and drawn, and the error wraps ctx's cause: the same call goes on.
// The error wraps record.ErrOther where the folder holds another run, and ErrFailed where
// repetitions failed; they are tried again by the same call, too.
func Run(ctx context.Context, e Experiment, cfg RunConfig) error {
	if err := e.Validate(); err != nil {
		return err
	}
	if cfg.At == nil {
		cfg.At = func(int, int) {}
	}
	if cfg.Say == nil {
		cfg.Say = func(string, ...any) {}
	}
	if cfg.Calibrate == nil {
		cfg.Calibrate = calibrate
	}
	if cfg.Read == nil {
		cfg.Read = machine.Read
	}
	points := e.Points(cfg.Scale)
	folder := filepath.Join(cfg.Folder, e.Name)
	file, there, done, err := record.Open(filepath.Join(folder, DataFile), headerOf(e, cfg))
	if err != nil {
		return err
	}
	m := &measuring{e: e, cfg: cfg, file: file, list: done}
	err = errors.Join(m.all(ctx, points), file.Close())
	list, failed := m.list, m.failed
	if len(list) > 0 {
		err = errors.Join(err, WritePage(folder, e, NewResults(e, *there, list)))
	}
	if err == nil && failed > 0 {
		err = fmt.Errorf("%w: %d of %s: %s has their errors, and the same command tries them again", ErrFailed, failed, e.Name, filepath.Join(folder, DataFile))
	}
	return err
}

// headerOf describes the run that cfg is.
func headerOf(e Experiment, cfg RunConfig) record.Header {
	header := record.Header{
		Experiment: e.Name, Scale: string(cfg.Scale), Seed: cfg.Seed, Began: time.Now().UTC(), Machine: machine.Describe(),
		Versions: cfg.Versions, Configuration: e.Configuration, Metrics: e.Metrics,
	}
	for _, p := range e.Points(cfg.Scale) {
		header.Points = append(header.Points, p.ID)
	}
	return header
}

// Resumable says whether Run would go on in the folder: nil also where nothing is there. The
// error wraps record.ErrOther where another run is.
func Resumable(e Experiment, cfg RunConfig) error {
	return record.Check(filepath.Join(cfg.Folder, e.Name, DataFile), headerOf(e, cfg))
}

func calibrate() float64 {
	return float64(machine.Calibrate(calibrationRounds).Median.Microseconds()) / 1000
}

// repeat measures one repetition.
func repeat(ctx context.Context, e Experiment, cfg RunConfig, t turn) record.Measurement {
	m := record.Measurement{Point: t.point.ID, Params: t.point.Params, Repetition: t.repetition, Seed: seedOf(cfg.Seed, t), Began: time.Now().UTC()}
	reading := cfg.Read()
	took, err := attempt(ctx, e, cfg, t, m.Seed)
	use := cfg.Read().Since(reading)
	m.Seconds, m.Steal = use.Elapsed.Seconds(), use.Steal
	if err != nil {
		m.Error = err.Error()
		return m
	}
	m.Metrics, m.Series, m.Cells, m.Notes = took.Metrics, took.Series, took.Cells, took.Notes
	for name := range m.Metrics {
		if !known(e.Metrics, name) {
			m.Error = fmt.Sprintf("metric %q is not among those of the experiment", name)
		}
	}
	return m
}

func known(metrics []record.Metric, name string) bool {
	for _, m := range metrics {
		if m.Name == name {
			return true
		}
	}
	return false
}

// attempt calls the experiment with a bench of its own, and closes that.
func attempt(ctx context.Context, e Experiment, cfg RunConfig, t turn, seed uint64) (took *Took, err error) {
	folder, err := os.MkdirTemp("", "isolane-lab-")
	if err != nil {
		return nil, fmt.Errorf("lab: %w", err)
	}
	defer func() { err = errors.Join(err, os.RemoveAll(folder)) }()
	r := rig.New(rig.Config{Isolane: cfg.Isolane, Environ: cfg.Environ, Folder: folder, Log: cfg.Log})
	defer func() { err = errors.Join(err, r.Close()) }() //nolint:contextcheck // it ends what ctx may have ended already
	took, err = e.Run(ctx, &Bench{Rig: r, Seed: seed, Scale: cfg.Scale, Folder: folder, Rogchap: cfg.Rogchap, Say: cfg.Say}, t.point)
	if err == nil && took == nil {
		err = errors.New("nothing was measured")
	}
	return took, err
}
