package remoting

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cluster/clustertest"
	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// until waits for ok, and prints the last state when it gives up.
func until(t *testing.T, what string, ok func() bool, state func() string) {
	t.Helper()
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	for end := time.Now().Add(patience); !ok(); <-tick.C {
		if time.Now().After(end) {
			t.Fatalf("%s: not yet; last state: %s", what, state())
		}
	}
}

func secured(t *testing.T, files *TLS, log *slog.Logger) *end {
	t.Helper()
	files.ReloadEvery = 20 * time.Millisecond
	return newEnd(t, Config{TLS: files, DownFor: time.Millisecond}, log)
}

// refused sends from one to another, which fails.
func refused(t *testing.T, from, to *end) {
	t.Helper()
	failed := make(chan error, 1)
	// The dial may have failed before Send returns, or fail after it.
	if err := from.session.Send(to.box(), nil, &isolanev1.Envelope{}, func(err error) { failed <- err }); err != nil {
		failed <- err
	}
	require.ErrorIs(t, await(t, failed), ErrUnreachable)
}

func TestTLSLetsMembersInAndSaysWhoWasRefused(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	var out clustertest.Log
	b := newEnd(t, Config{TLS: ours.member(t)}, out.Logger())
	a := newEnd(t, Config{TLS: ours.member(t)}, nil)
	send(t, a, b, "hi")
	await(t, b.got)
	for _, cfg := range []*TLS{theirs.member(t), nil} {
		refused(t, newEnd(t, Config{TLS: cfg}, nil), b)
	}
	for range 20 { // more than are logged
		if conn, err := net.Dial("tcp", b.remote.Address()); err == nil {
			_, _ = conn.Write([]byte("garbage that is no TLS"))
			_ = conn.Close()
		}
	}
	send(t, a, b, "again")
	await(t, b.got)
	require.Contains(t, out.String(), "a connection was refused")
	require.LessOrEqual(t, strings.Count(out.String(), "a connection was refused"), 3)
}

func TestAHandshakeThatFailsSaysWhatToDo(t *testing.T) {
	ours, theirs := newAuthority(t), newAuthority(t)
	mixed := func() *TLS { // believes both, and shows one of theirs
		files := theirs.member(t)
		ours.trust(t, files, theirs)
		return files
	}
	elsewhere := ours.member(t)
	elsewhere.ServerName = "isolane.example"
	for name, c := range map[string]struct {
		client, server *TLS
		inServer       string
		inClient       string
	}{
		"another authority":   {mixed(), ours.member(t), "give all members certificates of one", ""},
		"not of that address": {elsewhere, ours.member(t), "", "does not name the address it is reached by"},
		"no TLS there":        {ours.member(t), nil, "", "the peer speaks no TLS"},
		"no TLS here":         {nil, ours.member(t), "the peer speaks no TLS", ""},
	} {
		t.Run(name, func(t *testing.T) {
			var server, client clustertest.Log
			b := newEnd(t, Config{TLS: c.server}, server.Logger())
			a := newEnd(t, Config{TLS: c.client}, client.Logger())
			refused(t, a, b)
			server.Await(t, c.inServer)
			client.Await(t, c.inClient)
			client.Await(t, "a member cannot be reached")
		})
	}
}

// TestCertificatesAreRotatedWhileCallsGoOn replaces the authority and every certificate
// in the order of docs/operations.md, with messages on their way all the time: none is
// lost, and in the end the old authority opens nothing.
func TestCertificatesAreRotatedWhileCallsGoOn(t *testing.T) {
	old, next := newAuthority(t), newAuthority(t)
	filesA, filesB := old.member(t), old.member(t)
	var out clustertest.Log
	a, b := secured(t, filesA, out.Logger()), secured(t, filesB, out.Logger())
	ctx, cancel := context.WithCancel(context.Background())
	sent := make(chan struct{}, 100) // a token for each that has not arrived
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		for id := uint64(0); ; id++ {
			select {
			case sent <- struct{}{}:
			case <-ctx.Done():
				return
			}
			if err := a.session.Send(b.box(), nil, &isolanev1.Envelope{Id: id}, nil); err != nil {
				t.Errorf("message %d: %v", id, err)
				return
			}
		}
	}()
	var got uint64
	receive := func(n int) {
		t.Helper()
		for range n {
			require.Equal(t, got, await(t, b.got).GetId(), "lost, or out of order")
			got++
			<-sent
		}
	}
	reloaded := func(step func()) {
		t.Helper()
		receive(100)
		was := []uint64{a.remote.Stats().Reloads, b.remote.Stats().Reloads}
		step()
		for i, e := range []*end{a, b} {
			until(t, "the files are read", func() bool { return e.remote.Stats().Reloads > was[i] }, out.String)
		}
		receive(100)
	}
	reloaded(func() { old.trust(t, filesA, next); old.trust(t, filesB, next) })
	reloaded(func() {
		next.issue(t, filesA, time.Now().Add(time.Hour))
		next.issue(t, filesB, time.Now().Add(time.Hour))
	})
	reloaded(func() { next.trust(t, filesA); next.trust(t, filesB) })
	cancel()
	<-ended
	receive(len(sent))
	require.Empty(t, a.lost, "the connection stood all the time")
	refused(t, secured(t, old.member(t), nil), b)
	c := secured(t, next.member(t), nil)
	require.NoError(t, c.session.Send(b.box(), nil, &isolanev1.Envelope{Body: []byte("new")}, nil))
	require.Equal(t, "new", string(await(t, b.got).GetBody()))
	// The old members' new connections are of the new authority too.
	require.NoError(t, b.session.Send(c.box(), nil, &isolanev1.Envelope{}, nil))
	await(t, c.got)
}

func TestBadFilesLeaveTheOldCertificate(t *testing.T) {
	ours := newAuthority(t)
	for name, c := range map[string]struct {
		spoil func(files *TLS)
		want  string
	}{
		"a key of another": {func(files *TLS) {
			key, err := os.ReadFile(ours.member(t).Key)
			require.NoError(t, err)
			replace(t, files.Key, key)
		}, "private key does not match public key"},
		"no PEM":          {func(files *TLS) { replace(t, files.CA, []byte("oops")) }, "holds no PEM certificate"},
		"gone":            {func(files *TLS) { require.NoError(t, os.Remove(files.Cert)) }, "no such file"},
		"expired already": {func(files *TLS) { ours.issue(t, files, time.Now().Add(-time.Minute)) }, "it has expired on"},
	} {
		t.Run(name, func(t *testing.T) {
			files := ours.member(t)
			var out clustertest.Log
			b := secured(t, files, out.Logger())
			c.spoil(files)
			out.Await(t, "new certificates cannot be used; those from before stay")
			out.Await(t, c.want)
			a := secured(t, ours.member(t), nil)
			send(t, a, b, "hi")
			await(t, b.got)
			require.Zero(t, b.remote.Stats().Reloads)
			// And it recovers by itself.
			ours.issue(t, files, time.Now().Add(time.Hour))
			ours.trust(t, files)
			until(t, "good files are taken", func() bool { return b.remote.Stats().Reloads > 0 }, out.String)
		})
	}
}

func TestExpiryIsSaid(t *testing.T) {
	ours := newAuthority(t)
	files := ours.member(t)
	ours.issue(t, files, time.Now().Add(-time.Second))
	_, err := Listen(t.Context(), Config{TLS: files}, slog.New(slog.DiscardHandler))
	require.ErrorIs(t, err, ErrExpired)
	require.ErrorContains(t, err, fmt.Sprintf("put a new one there, and its key at %s", files.Key))

	// x509 counts in seconds.
	ours.issue(t, files, time.Now().Add(2*time.Second))
	var inA, inB clustertest.Log
	a, b := secured(t, files, inA.Logger()), secured(t, ours.member(t), inB.Logger())
	inA.Await(t, "this member's certificate expires soon")
	inA.Await(t, "this member's certificate has expired")
	inA.Await(t, "they are read without a restart")
	refused(t, a, b)
	inB.Await(t, "the peer's certificate is outside of its time")
	refused(t, b, a)
	ours.issue(t, files, time.Now().Add(time.Hour))
	until(t, "the new one is read", func() bool { return a.remote.Stats().Reloads > 0 }, inA.String)
	until(t, "a message arrives", func() bool {
		_ = a.session.Send(b.box(), nil, &isolanev1.Envelope{}, nil)
		return len(b.got) > 0
	}, inA.String)
}
