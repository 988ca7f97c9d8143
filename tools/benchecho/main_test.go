package main

import (
	"bytes"
	"io"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// asChild makes the test's own binary behave like this program.
const asChild = "BENCHECHO_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(asChild) != "" {
		main()
		return
	}
	goleak.VerifyTestMain(m)
}

func TestSpent(t *testing.T) {
	before, err := spent(os.Getpid())
	require.NoError(t, err)
	for sum, i := 0, 0; i < 50_000_000; i++ {
		sum += i * i
	}
	after, err := spent(os.Getpid())
	require.NoError(t, err)
	require.Greater(t, after, before)
	_, err = spent(1 << 22)
	require.Error(t, err, "there is no such process")
}

func TestMedian(t *testing.T) {
	require.InEpsilon(t, 2.0, median([]float64{3, 1, 2}), 0)
	require.Equal(t, 5*time.Second, median([]time.Duration{5 * time.Second}))
}

func TestFlagsAreChecked(t *testing.T) {
	for _, args := range [][]string{{"-calls", "1"}, {"-rounds", "0"}, {"-role", "waiter"}, {"-what"}, {"-requesters", "1,x"}} {
		require.Error(t, command(t.Context(), args, io.Discard, io.Discard), args)
	}
}

// TestGoServesAndIsMeasured runs server and responder as the processes that they are.
func TestGoServesAndIsMeasured(t *testing.T) {
	t.Setenv(asChild, "yes")
	self, err := os.Executable()
	require.NoError(t, err)
	server, err := start(t.Context(), os.Stderr, self, "-role", "server")
	require.NoError(t, err)
	defer server.stop()
	url := strings.TrimPrefix(server.ready, "ready ")
	echo, err := start(t.Context(), os.Stderr, self, "-role", "go", "-nats", url)
	require.NoError(t, err)
	defer echo.stop()
	conns, closeAll, err := connect(url, 2)
	require.NoError(t, err)
	defer closeAll()
	of := contestant{name: "Go", subject: "go.echo", process: echo}
	s, err := measure(t.Context(), config{calls: 2000}, conns, of, 8)
	require.NoError(t, err)
	require.Positive(t, s.rate)
	require.Positive(t, s.p99)
	var out bytes.Buffer
	rows(&out, 8, []contestant{of, {name: "Node", missing: "not installed"}}, [][]sample{{{cpu: 1}}, nil})
	require.Contains(t, out.String(), "not installed")
	_, err = measure(t.Context(), config{calls: 100}, conns, contestant{name: "nobody", subject: "x.y", process: echo}, 1)
	require.ErrorContains(t, err, "x.y")
}

func TestAChildThatEndsIsNoted(t *testing.T) {
	_, err := start(t.Context(), io.Discard, "false")
	require.ErrorContains(t, err, "ended before it was ready")
	_, err = start(t.Context(), io.Discard, "/no/such/program")
	require.Error(t, err)
}

func TestBookOfAnOverload(t *testing.T) {
	book := &account{waits: map[string][]time.Duration{"ok": {2, 1}, "overloaded": {3}}, retries: map[int]int{1: 1}}
	var out bytes.Buffer
	require.NoError(t, book.print(&out))
	require.Contains(t, out.String(), "overloaded      1")
}

func TestNodeMayBeMissing(t *testing.T) {
	require.Contains(t, nodeMissing(t.TempDir()), "not installed")
	dir, err := writeFunctions()
	require.NoError(t, err)
	require.NoError(t, os.RemoveAll(dir))
}
