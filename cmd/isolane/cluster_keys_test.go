package main

import (
	"fmt"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"
)

// newKey is one in base64.
func newKey(tb testing.TB) string {
	tb.Helper()
	out, _, status := cli(tb, "keys", "generate")
	require.Zero(tb, status)
	return strings.TrimSpace(out)
}

// TestClusterKeysAreRotated changes the key under load, in the three steps that the
// operations page names: nobody leaves, no message is lost, and then only the new key
// opens the cluster.
func TestClusterKeysAreRotated(t *testing.T) {
	old, fresh := newKey(t), newKey(t)
	t.Setenv("ISOLANE_CLUSTER_KEYS", old)
	g := startGroup(t, 2, clusterFiles)
	dir := folder(t, "old.key", old, "new.key", fresh+"\n")
	l := g.load(2)
	for _, step := range [][2]string{{"add", "new.key"}, {"use", "new.key"}, {"rm", "old.key"}} {
		out, errOut, status := cli(t, "keys", step[0], filepath.Join(dir, step[1]), "--nats", g.url)
		require.Zero(t, status, "keys %s: %s%s", step[0], out, errOut)
		g.awaitAlive(2)
	}
	t.Setenv("ISOLANE_CLUSTER_KEYS", fresh)
	g.start("n3", false).awaitReady()
	g.awaitAlive(3)
	said := l.end()
	t.Log(said)
	require.Zero(t, l.failed.Load()+l.silent.Load(), said)
	out, errOut, status := cli(t, "keys", "use", filepath.Join(dir, "old.key"), "--nats", g.url)
	require.NotZero(t, status, "a key that is on no ring cannot be used: %s", out)
	require.Contains(t, errOut, "not every member did it")
}

// TestClusterRefusesStrangers starts a member with another key: the cluster goes on
// without it, and its log says why it finds nobody.
func TestClusterRefusesStrangers(t *testing.T) {
	t.Setenv("ISOLANE_CLUSTER_KEYS", newKey(t))
	g := startGroup(t, 2, clusterFiles)
	t.Setenv("ISOLANE_CLUSTER_KEYS", newKey(t))
	stranger := g.start("stranger", false).awaitReady()
	eventually(t, patience, func() error {
		out, errOut, _ := cli(t, "health", "--node", "stranger", "--nats", g.url)
		if out != "" {
			return fmt.Errorf("it is ready: %s", out)
		}
		require.Contains(t, errOut, "no other member has been found yet")
		return nil
	})
	for _, v := range g.views() {
		if v.Node == "stranger" {
			require.Len(t, v.Members, 1)
		} else {
			require.Len(t, v.Members, 2)
		}
	}
	eventually(t, patience, func() error {
		if text := stranger.log.String(); !strings.Contains(text, "compare the key rings") {
			return fmt.Errorf("its log does not say what to do: %s", text)
		}
		return nil
	})
	stranger.signal(syscall.SIGTERM)
	require.Zero(t, stranger.await())
}
