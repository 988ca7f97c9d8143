package records

import (
	"context"
	"hash/fnv"
	"sync"

	"github.com/isolane/isolane/jsruntime/function"
)

// lanes is how many records a Keeper stores at once.
const lanes = 8

// Keeper stores records behind the backs of those who hand them in: so who has a message to settle
// does not wait for the bucket. At its bound it refuses. Those of one invocation are stored in the
// order in which they came.
type Keeper struct {
	put  func(ctx context.Context, run Run, data []byte) error
	cfg  Config
	ctx  context.Context //nolint:containedctx // it ends what close gives up
	end  context.CancelFunc
	work sync.WaitGroup

	mu sync.Mutex
	// waiting are what has not been stored, by lanes; busy says that a lane has a goroutine; all
	// guarded by mu.
	waiting [lanes][]*Ticket
	busy    [lanes]bool
	bytes   int64 // guarded by mu
	closed  bool  // guarded by mu
}

// NewKeeper makes one. It is to be closed.
func NewKeeper(s *Store) *Keeper { return newKeeper(s.cfg, s.Put) }

func newKeeper(cfg Config, put func(context.Context, Run, []byte) error) *Keeper {
	ctx, end := context.WithCancel(context.Background())
	return &Keeper{put: put, cfg: cfg, ctx: ctx, end: end}
}

// Ticket is a record on its way.
type Ticket struct {
	run   Run
	data  []byte
	after func(error)
	done  chan struct{}
	err   error // set before done is closed
}

// Wait waits until it is known what became of the record: nil is stored.
func (t *Ticket) Wait(ctx context.Context) error {
	select {
	case <-t.done:
		return t.err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// Keep has a record stored, whose data is the Keeper's from now on. It does not block. after is
// called once with what became of it, from any goroutine, possibly before Keep returns, and before
// Wait returns; where the record was not taken the error is ErrFull or ErrClosed.
func (k *Keeper) Keep(run Run, data []byte, after func(error)) *Ticket {
	t := &Ticket{run: run, data: data, after: after, done: make(chan struct{})}
	if err := k.take(t); err != nil {
		t.finish(err)
	}
	return t
}

func (t *Ticket) finish(err error) {
	t.data, t.err = nil, err
	t.after(err)
	close(t.done)
}

// take puts t behind the others of its lane.
func (k *Keeper) take(t *Ticket) error {
	most := k.cfg.Waiting
	if t.run.Outcome == function.OK { // nobody looks for those first
		most /= 2
	}
	lane := laneOf(t.run)
	k.mu.Lock()
	defer k.mu.Unlock()
	switch size := int64(len(t.data)); {
	case k.closed:
		return ErrClosed
	case k.bytes > 0 && k.bytes+size > most:
		return ErrFull
	default:
		k.bytes += size
	}
	k.waiting[lane] = append(k.waiting[lane], t)
	if !k.busy[lane] {
		k.busy[lane] = true
		k.work.Go(func() { k.store(lane) })
	}
	return nil
}

func laneOf(r Run) int {
	h := fnv.New32a()
	_, _ = h.Write([]byte(r.Invocation))
	return int(h.Sum32() % lanes)
}

// store stores what waits in a lane, until there is nothing more.
func (k *Keeper) store(lane int) {
	for {
		k.mu.Lock()
		if len(k.waiting[lane]) == 0 {
			k.waiting[lane], k.busy[lane] = nil, false
			k.mu.Unlock()
			return
		}
		t := k.waiting[lane][0]
		k.waiting[lane] = k.waiting[lane][1:]
		k.mu.Unlock()
		size := int64(len(t.data))
		err := ErrClosed
		if k.ctx.Err() == nil {
			ctx, cancel := context.WithTimeout(k.ctx, k.cfg.Patience)
			err = k.put(ctx, t.run, t.data)
			cancel()
		}
		t.finish(err)
		k.mu.Lock()
		k.bytes -= size
		k.mu.Unlock()
	}
}

// Waiting is how many bytes of records are not stored yet.
func (k *Keeper) Waiting() int64 {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.bytes
}

// Close takes no more records, and waits until those that wait are stored; when ctx is done first,
// what is left is given up. It returns when nothing of the Keeper runs any more, and is idempotent.
func (k *Keeper) Close(ctx context.Context) {
	k.mu.Lock()
	k.closed = true
	k.mu.Unlock()
	stay := context.AfterFunc(ctx, k.end)
	k.work.Wait()
	stay()
	k.end()
}
