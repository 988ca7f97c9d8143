package funcstore

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/kvstore"
	"github.com/isolane/isolane/internal/natskit"
)

// deadline is how long a test waits for what should happen soon.
const deadline = 60 * time.Second

// server is a NATS server with stores on it.
type server struct {
	*natskit.Server
	t *testing.T
}

func startServer(t *testing.T) *server {
	t.Helper()
	return &server{Server: natskit.Start(t), t: t}
}

func (s *server) open() *Store {
	s.t.Helper()
	store, err := Open(s.t.Context(), s.Connect(), DefaultConfig())
	require.NoError(s.t, err)
	return store
}

// deploy puts body and commits it as a version of name.
func deploy(ctx context.Context, s *Store, name string, digit byte, body []byte) (Record, error) {
	old, err := s.Get(ctx, name)
	if err != nil {
		return Record{}, err
	}
	v, err := s.Put(ctx, name, strings.Repeat(string(digit), 12), body)
	if err != nil {
		return Record{}, err
	}
	next, err := old.Deploy(v, 0, stamp("test"))
	if err != nil {
		return Record{}, err
	}
	return s.Commit(ctx, old, next.Keep(2))
}

// names are the objects in the store.
func names(t *testing.T, s *Store) []string {
	t.Helper()
	infos, err := s.objects.List(t.Context())
	if err != nil {
		require.ErrorIs(t, err, jetstream.ErrNoObjectsFound)
	}
	var all []string
	for _, info := range infos {
		all = append(all, info.Name)
	}
	return all
}

func TestDeployReadRemove(t *testing.T) {
	s, ctx := startServer(t).open(), t.Context()
	r, err := s.Get(ctx, "f")
	require.NoError(t, err)
	require.Equal(t, Record{Format: Format, Name: "f"}, r)
	require.ErrorIs(t, s.Delete(ctx, r), ErrNotDeployed)
	large := bytes.Repeat([]byte("0123456789abcdef"), 1<<16) // many chunks
	for i, digit := range []byte("123") {
		r, err = deploy(ctx, s, "f", digit, large[i:])
		require.NoError(t, err)
	}
	require.Len(t, names(t, s), 2, "what nobody names is collected")
	read, err := s.Get(ctx, "f")
	require.NoError(t, err)
	require.Equal(t, r, read)
	body, err := s.Object(ctx, r.Live()[0])
	require.NoError(t, err)
	require.Equal(t, large[2:], body)
	_, err = deploy(ctx, s, "g", '7', []byte("x"))
	require.NoError(t, err)
	list, err := s.List(ctx)
	require.NoError(t, err)
	require.Equal(t, []string{"f", "g"}, []string{list[0].Name, list[1].Name})
	require.NoError(t, s.Delete(ctx, r))
	list, err = s.List(ctx)
	require.NoError(t, err)
	require.Len(t, list, 1)
	require.Len(t, names(t, s), 1)
	again, err := deploy(ctx, s, "f", '4', []byte("again"))
	require.NoError(t, err)
	require.Greater(t, again.Revision, r.Revision, "revisions grow over a removal")
	_, err = s.Get(ctx, "../x")
	require.Error(t, err)
}

func TestNoJetStream(t *testing.T) {
	_, err := Open(t.Context(), natskit.Start(t, natskit.WithoutJetStream).Connect(), DefaultConfig())
	require.ErrorIs(t, err, kvstore.ErrNoJetStream)
}

// Of many that deploy at the same time on what they read, one is taken; each other is
// told who was, and leaves nothing that a record names.
func TestOneOfManyDeploys(t *testing.T) {
	srv := startServer(t)
	s, ctx := srv.open(), t.Context()
	first, err := deploy(ctx, s, "f", '0', []byte("zero"))
	require.NoError(t, err)
	var all sync.WaitGroup
	errs := make([]error, 8)
	for i := range errs {
		mine := srv.open()
		all.Go(func() {
			v, err := mine.Put(ctx, "f", strings.Repeat(strconv.Itoa(i+1), 12), fmt.Append(nil, i))
			if err != nil {
				errs[i] = err
				return
			}
			next, err := first.Deploy(v, 0, stamp(fmt.Sprint("deployer-", i)))
			if err == nil {
				_, err = mine.Commit(ctx, first, next)
			}
			errs[i] = err
		})
	}
	all.Wait()
	now, err := s.Get(ctx, "f")
	require.NoError(t, err)
	won := 0
	for i, err := range errs {
		var conflict *ConflictError
		if err == nil {
			won++
			require.Equal(t, fmt.Sprint("deployer-", i), now.Changed.By)
			continue
		}
		require.ErrorAs(t, err, &conflict)
		require.Equal(t, now.Changed.By, conflict.Theirs.Changed.By)
		require.ErrorContains(t, err, now.Changed.By)
	}
	require.Equal(t, 1, won)
	require.Len(t, now.Versions, 2)
	for _, v := range now.Versions {
		_, err := s.Object(ctx, v)
		require.NoError(t, err)
	}
	// What the others left is swept once it is old, and nothing else.
	n, err := s.Sweep(ctx, SweepAfter)
	require.NoError(t, err)
	require.Zero(t, n)
	n, err = s.Sweep(ctx, 0)
	require.NoError(t, err)
	require.Equal(t, 7, n)
	require.Len(t, names(t, s), 2)
}

// A deploy that is killed in the middle of its upload leaves chunks that no object names.
func TestSweepTakesChunksOfKilledPuts(t *testing.T) {
	srv := startServer(t)
	s, ctx := srv.open(), t.Context()
	r, err := deploy(ctx, s, "f", '1', bytes.Repeat([]byte("x"), 300<<10))
	require.NoError(t, err)
	_, err = s.js.Publish(ctx, "$O."+DefaultBucket+".C.killed", []byte("half of something"))
	require.NoError(t, err)
	n, err := s.Sweep(ctx, SweepAfter)
	require.NoError(t, err)
	require.Zero(t, n, "it may be on its way")
	n, err = s.Sweep(ctx, 0)
	require.NoError(t, err)
	require.Equal(t, 1, n)
	_, err = s.Object(ctx, r.Live()[0])
	require.NoError(t, err)
	// A record that cannot be read might name anything; and so might a bucket that is lost.
	_, err = s.bucket.Put(ctx, "functions.g", []byte("{}"))
	require.NoError(t, err)
	_, err = s.Sweep(ctx, 0)
	require.ErrorIs(t, err, ErrInvalid)
	require.NoError(t, s.js.DeleteKeyValue(ctx, DefaultBucket))
	lost := srv.open()
	n, err = lost.Sweep(ctx, 0)
	require.NoError(t, err)
	require.Zero(t, n)
	require.Len(t, names(t, lost), 1)
}

func TestDamagedObjects(t *testing.T) {
	s, ctx := startServer(t).open(), t.Context()
	r, err := deploy(ctx, s, "f", '1', []byte("what was deployed"))
	require.NoError(t, err)
	v := r.Live()[0]
	for what, body := range map[string]string{"other bytes": "what was deployed?"[:16] + "!", "too short": "what", "too long": "what was deployed and more"} {
		_, err = s.objects.PutBytes(ctx, v.Object, []byte(body))
		require.NoError(t, err)
		_, err = s.Object(ctx, v)
		require.ErrorIs(t, err, ErrCorrupt, what)
	}
	require.NoError(t, s.objects.Delete(ctx, v.Object))
	_, err = s.Object(ctx, v)
	require.ErrorIs(t, err, ErrCorrupt)
	require.ErrorContains(t, err, "--force")
	repaired, err := s.Put(ctx, "f", v.Version, []byte("what was deployed"))
	require.NoError(t, err)
	next, err := r.Repair(repaired, stamp("x"))
	require.NoError(t, err)
	r, err = s.Commit(ctx, r, next)
	require.NoError(t, err)
	body, err := s.Object(ctx, r.Live()[0])
	require.NoError(t, err)
	require.Equal(t, "what was deployed", string(body))
}

// await takes changes off until one says what check asks for.
func await(t *testing.T, changes <-chan Change, check func(Change) bool) Change {
	t.Helper()
	timeout := time.After(deadline)
	for {
		select {
		case c, ok := <-changes:
			require.True(t, ok)
			if check(c) {
				return c
			}
		case <-timeout:
			require.FailNow(t, "the change never came")
		}
	}
}

// A follower is told of what there is, of changes, of removals, and, after the server was
// away, of what happened meanwhile; a restart removes nothing.
func TestFollowThroughARestart(t *testing.T) {
	srv := startServer(t)
	s := srv.open()
	_, err := deploy(t.Context(), s, "f", '1', []byte("1"))
	require.NoError(t, err)
	ctx, cancel := context.WithCancel(t.Context())
	changes := srv.open().Follow(ctx)
	c := await(t, changes, func(c Change) bool { return c.Name == "f" })
	require.Equal(t, "111111111111", c.Record.Current)
	await(t, changes, func(c Change) bool { return c.Complete })
	_, err = deploy(ctx, s, "f", '2', []byte("2"))
	require.NoError(t, err)
	await(t, changes, func(c Change) bool { return c.Record.Current == "222222222222" })
	_, err = s.bucket.Put(ctx, "functions.newer", []byte(`{"format":9}`))
	require.NoError(t, err)
	c = await(t, changes, func(c Change) bool { return c.Name == "newer" })
	var newer *FormatError
	require.ErrorAs(t, c.Err, &newer)
	require.False(t, c.Removed)

	srv.Stop()
	srv.Again()
	// Committed by somebody who had begun while the server was away.
	_, err = deploy(ctx, srv.open(), "f", '3', []byte("3"))
	require.NoError(t, err)
	await(t, changes, func(c Change) bool {
		require.False(t, c.Removed)
		return c.Record.Current == "333333333333"
	})
	other := srv.open()
	r, err := other.Get(ctx, "f")
	require.NoError(t, err)
	require.NoError(t, other.Delete(ctx, r))
	await(t, changes, func(c Change) bool { return c.Name == "f" && c.Removed })
	cancel()
	for range changes {
	}
}

// A put and a commit that begin while the server is away are done once it is back.
func TestDeployThroughARestart(t *testing.T) {
	srv := startServer(t)
	s, ctx := srv.open(), t.Context()
	old, err := s.Get(ctx, "f")
	require.NoError(t, err)
	srv.Stop()
	done := make(chan error, 1)
	go func() {
		v, err := s.Put(ctx, "f", "111111111111", []byte("late"))
		if err == nil {
			var next Record
			if next, err = old.Deploy(v, 0, stamp("x")); err == nil {
				_, err = s.Commit(ctx, old, next)
			}
		}
		done <- err
	}()
	srv.Again()
	require.NoError(t, <-done)
	r, err := srv.open().Get(ctx, "f")
	require.NoError(t, err)
	require.Equal(t, "111111111111", r.Current)

	short, cancel := context.WithTimeout(ctx, 200*time.Millisecond)
	defer cancel()
	srv.Stop()
	next, err := r.Remove(stamp("x"))
	require.NoError(t, err)
	_, err = s.Commit(short, r, next)
	require.Error(t, err)
	require.NotErrorIs(t, err, ErrUnchanged)
	srv.Again()
}
