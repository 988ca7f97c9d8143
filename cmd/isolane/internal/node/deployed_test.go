package node

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/cmd/isolane/internal/release"
	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/folder"
)

// bench is a node's functions without a pool: it notes what is served.
type bench struct {
	*deployments
	mu     sync.Mutex // for the test that runs it in a goroutine
	served map[string]offer
	loads  []string         // the versions that were loaded
	fails  map[string]error // by version
	bad    map[string]error // what the probe says, by version
	split  error            // what a split is answered with
}

func newBench() *bench {
	b := &bench{served: map[string]offer{}, fails: map[string]error{}, bad: map[string]error{}}
	log := slog.New(slog.DiscardHandler)
	f := &functions{
		log: log,
		deploy: func(o offer) error {
			b.mu.Lock()
			defer b.mu.Unlock()
			if o.split != nil && b.split != nil {
				return b.split
			}
			b.served[o.fn.Name] = o
			return nil
		},
		remove: func(name string) bool { delete(b.served, name); return true },
		probe:  func(_ context.Context, fn *bundle.Function) error { return b.bad[fn.Version] },
	}
	b.deployments = &deployments{
		functions: f, log: log, now: time.Now, known: map[string]*deployment{},
		load: func(_ context.Context, name string, v funcstore.Version) (*bundle.Function, error) {
			b.mu.Lock()
			defer b.mu.Unlock()
			b.loads = append(b.loads, v.Version)
			if err := b.fails[v.Version]; err != nil {
				return nil, err
			}
			return &bundle.Function{Name: name, Version: v.Version, Bundle: &bundle.Bundle{}}, nil
		},
	}
	return b
}

// says is the record of f at a revision, with current and, where it is not "", candidate.
func says(revision uint64, current, candidate string) funcstore.Change {
	r := funcstore.Record{Name: "f", Current: current, Revision: revision}
	for _, v := range []string{current, candidate} {
		if v != "" {
			r.Versions = append(r.Versions, funcstore.Version{Version: v, Object: "f/" + v})
		}
	}
	if candidate != "" {
		r.Split = &funcstore.Split{Version: candidate, Percent: 10}
	}
	return funcstore.Change{Name: "f", Revision: revision, Record: r}
}

func (b *bench) current() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	if o, ok := b.served["f"]; ok {
		return o.fn.Version
	}
	return ""
}

func TestDeploymentsServeWhatTheStoreSays(t *testing.T) {
	b, ctx := newBench(), t.Context()
	b.hear(ctx, says(1, "aaaaaa", ""))
	b.hear(ctx, says(1, "aaaaaa", "")) // told again
	require.Equal(t, []string{"aaaaaa"}, b.loads)
	b.hear(ctx, says(2, "aaaaaa", "bbbbbb"))
	require.Equal(t, "bbbbbb", b.served["f"].split.Function.Version)
	b.hear(ctx, says(3, "bbbbbb", "")) // promoted: it is there already
	require.Equal(t, "bbbbbb", b.current())
	require.Equal(t, []string{"aaaaaa", "bbbbbb"}, b.loads)
	require.Empty(t, b.functions.listing.brokenNow())
	_, revision := b.functions.listing.origin("f")
	require.Equal(t, uint64(3), revision)
	b.hear(ctx, funcstore.Change{Name: "f", Revision: 4, Removed: true})
	require.Empty(t, b.served)
	b.hear(ctx, says(5, "", ""))
	require.Empty(t, b.served)
}

func TestDeploymentsKeepTheVersionBefore(t *testing.T) {
	b, ctx := newBench(), t.Context()
	b.hear(ctx, says(1, "aaaaaa", ""))
	b.bad["bbbbbb"] = errors.New("it throws")
	b.fails["cccccc"] = release.ErrUnreadable
	for revision, c := range map[uint64]funcstore.Change{
		2: says(2, "bbbbbb", ""), 3: says(3, "cccccc", ""), 4: {Name: "f", Revision: 4, Err: &funcstore.FormatError{Found: 2, Known: 1}},
	} {
		b.hear(ctx, c)
		require.Equal(t, "aaaaaa", b.current())
		broken := b.functions.listing.brokenNow()
		require.Len(t, broken, 1)
		require.Equal(t, revision, broken[0].Revision)
		require.Zero(t, b.known["f"].again, "another try would not help")
	}
	b.hear(ctx, says(5, "aaaaaa", "bbbbbb")) // the candidate is bad: the current one is not
	require.Equal(t, "aaaaaa", b.current())
	require.Nil(t, b.served["f"].split)
	require.Equal(t, uint64(5), b.functions.listing.brokenNow()[0].Revision)
	b.split = actors.ErrSplit
	b.hear(ctx, says(6, "dddddd", "eeeeee")) // they do not go together here
	require.Equal(t, "dddddd", b.current())
	require.Len(t, b.functions.listing.brokenNow(), 1)
	b.split = nil
	b.hear(ctx, says(7, "eeeeee", ""))
	require.Equal(t, "eeeeee", b.current())
	require.Empty(t, b.functions.listing.brokenNow())
}

// What could not be read is tried again, less and less often, until it can.
func TestDeploymentsTryAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench()
		b.fails["aaaaaa"] = errors.New("no answer")
		changes := make(chan funcstore.Change)
		complete := make(chan struct{})
		ended := make(chan struct{})
		go func() {
			defer close(ended)
			b.run(t.Context(), changes, func() { close(complete) })
		}()
		changes <- says(1, "aaaaaa", "")
		changes <- funcstore.Change{Complete: true}
		changes <- funcstore.Change{Complete: true}
		<-complete
		time.Sleep(10 * time.Minute) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		require.Empty(t, b.current())
		b.mu.Lock()
		tries := len(b.loads)
		delete(b.fails, "aaaaaa")
		b.mu.Unlock()
		require.InDelta(t, 15, tries, 2, "after 1, 2, 4 s and so on, then each minute")
		time.Sleep(2 * time.Minute) //nolint:forbidigo // the bubble's clock
		synctest.Wait()
		require.Equal(t, "aaaaaa", b.current())
		require.Empty(t, b.functions.listing.brokenNow())
		close(changes)
		<-ended
	})
}

// The store's goes over the folder's, in whatever order they come, and the folder's comes
// back when the store's is removed; what is broken in one takes nothing from the other.
func TestStoreOverFolder(t *testing.T) {
	local := func(version string) folder.Change {
		return folder.Change{Name: "f", Function: &bundle.Function{Name: "f", Version: version, Bundle: &bundle.Bundle{}}}
	}
	b, ctx := newBench(), t.Context()
	b.functions.change(ctx, local("one"))
	require.Equal(t, "one", b.current())
	b.fails["aaaaaa"] = release.ErrUnreadable
	b.hear(ctx, says(1, "aaaaaa", ""))
	require.Equal(t, "one", b.current(), "what cannot be served takes no name")
	b.hear(ctx, says(2, "bbbbbb", ""))
	require.Equal(t, "bbbbbb", b.current())
	b.functions.change(ctx, local("two"))
	b.functions.change(ctx, folder.Change{Name: "f", Err: errors.New("does not build")})
	require.Equal(t, "bbbbbb", b.current())
	require.Equal(t, fromFolder, b.functions.listing.brokenNow()[0].Source)
	b.hear(ctx, funcstore.Change{Name: "f", Revision: 3, Removed: true})
	require.Equal(t, "two", b.current(), "the last that could be served")
	b.hear(ctx, says(4, "cccccc", ""))
	b.functions.change(ctx, folder.Change{Name: "f", Removed: true})
	require.Equal(t, "cccccc", b.current())
	b.hear(ctx, funcstore.Change{Name: "f", Revision: 5, Removed: true})
	require.Empty(t, b.served)
}
