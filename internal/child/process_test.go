package child

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func started(t *testing.T, ctx context.Context, how string, log io.Writer) *Process { //nolint:revive // t is first, as everywhere
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	spawner := NewSpawner()
	p, err := Start(ctx, spawner, Config{Name: "it", Argv: []string{self}, Env: append(os.Environ(), stub+"="+how), Log: log})
	require.NoError(t, err)
	t.Cleanup(func() {
		_ = p.Signal(syscall.SIGKILL)
		<-p.Ended()
		spawner.Stop()
	})
	return p
}

func patient(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	t.Cleanup(cancel)
	return ctx
}

func TestAProcessIsReadyAndSignalled(t *testing.T) {
	var said bytes.Buffer
	p := started(t, t.Context(), "ready", NewShared(&said))
	require.NoError(t, p.AwaitReady(patient(t)))
	require.Equal(t, fmt.Sprintf("ready pid=%d", p.PID()), p.ReadyLine())
	require.NoError(t, p.Signal(syscall.SIGKILL))
	require.NoError(t, p.AwaitEnd(patient(t)))
	require.Equal(t, -1, p.Status())
	require.Equal(t, "it | without an end of line\n", said.String())
	require.Equal(t, "without an end of line\n", p.Said())
	require.ErrorContains(t, p.Signal(syscall.SIGTERM), "it has ended")
}

func TestOneThatEndsBeforeItIsReadySaysWhy(t *testing.T) {
	p := started(t, t.Context(), "broken", nil)
	require.ErrorContains(t, p.AwaitReady(patient(t)), "status 3: the port is in use")
}

func TestItDiesWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	p := started(t, ctx, "ready", nil)
	require.NoError(t, p.AwaitReady(patient(t)))
	cancel()
	require.NoError(t, p.AwaitEnd(patient(t)))
}

func TestWhatItSaidIsBounded(t *testing.T) {
	p := &Process{}
	for range 1000 {
		p.keep(bytes.Repeat([]byte("x"), 100))
	}
	require.Len(t, p.Said(), tail)
}

func TestNoProgram(t *testing.T) {
	spawner := NewSpawner()
	defer spawner.Stop()
	_, err := Start(t.Context(), spawner, Config{Name: "it"})
	require.ErrorContains(t, err, "no program is named")
	_, err = Start(t.Context(), spawner, Config{Name: "it", Argv: []string{"/nowhere"}})
	require.ErrorContains(t, err, "/nowhere")
}
