package churn

import (
	"context"
	"fmt"

	"github.com/isolane/isolane/tools/internal/owner"
	"github.com/isolane/isolane/tools/jscost/internal/process"
	"github.com/isolane/isolane/tools/jscost/internal/report"
)

// What is made and retired, and by whom.
const (
	Isolates = "isolates"
	Contexts = "contexts"
	Ours     = "ours"
	// Web is ours with a function that touches the web APIs: each context runs scripts of the host's.
	Web  = "web"
	Bare = "bare"
)

// Config says what is made, how often, and after how many a row is taken.
type Config struct {
	What, Side   string
	Count, Every int
}

// Row is what the process used after so many.
type Row struct {
	After  int            `json:"after"`
	Sample process.Sample `json:"sample"`
	// Heap is what V8 says that the shared isolate's heap holds, in bytes; 0 where
	// each has its own.
	Heap           int64 `json:"heap"`
	Made, Disposed int64
}

// subject is what a run makes and retires.
type subject interface {
	// once makes one, calls a function in it, and retires it.
	once() error
	// isolates returns how many were made and disposed of, and the heap of a shared one.
	isolates() (made, disposed, heap int64)
	close() error
}

// Run makes and retires, and calls row for every cfg.Every of them.
func Run(ctx context.Context, cfg Config, row func(Row)) error {
	s, err := newSubject(ctx, cfg)
	if err != nil {
		return err
	}
	defer s.close() //nolint:errcheck // what is left is closed; the rows are what counts
	for n := 1; n <= cfg.Count; n++ {
		if err := s.once(); err != nil {
			return fmt.Errorf("%s %s, number %d: %w", cfg.Side, cfg.What, n, err)
		}
		if n%cfg.Every != 0 && n != cfg.Count {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		r := Row{After: n}
		if r.Sample, err = process.Take(); err != nil {
			return err
		}
		r.Made, r.Disposed, r.Heap = s.isolates()
		row(r)
	}
	return nil
}

func newSubject(ctx context.Context, cfg Config) (subject, error) {
	switch cfg.Side {
	case Ours:
		return newOurs(ctx, cfg.What, owner.Hello)
	case Web:
		return newOurs(ctx, cfg.What, webHello)
	case Bare:
		return newBare(ctx, cfg.What)
	default:
		return nil, fmt.Errorf("no side %q", cfg.Side)
	}
}

// PerEach is how much the resident memory grew with each one retired, in bytes. The
// first fifth of the rows is left out: caches and free lists fill there.
func PerEach(rows []Row) float64 {
	var x, y []float64
	for _, r := range rows[len(rows)/5:] {
		x, y = append(x, float64(r.After)), append(y, float64(r.Sample.Resident))
	}
	return report.Slope(x, y)
}
