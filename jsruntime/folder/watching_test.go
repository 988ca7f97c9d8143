package folder_test

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/folder"
	"github.com/isolane/isolane/jsruntime/function"
)

// watching is a Watch that runs in a test.
type watching struct {
	t       *testing.T
	dir     string
	changes chan folder.Change
	log     *syncBuffer

	told []string // every change so far, for messages
}

// syncBuffer is a buffer for a logger.
type syncBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *syncBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *syncBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}

// watch starts a Watch and waits until it is ready. adjust may be nil.
func watch(t *testing.T, dir string, adjust func(folder.Config) folder.Config) *watching {
	t.Helper()
	w := &watching{t: t, dir: dir, changes: make(chan folder.Change, 1000), log: &syncBuffer{}}
	ready := make(chan struct{})
	cfg := folder.Config{
		Dir: dir, Defaults: function.DefaultLimits(),
		OnChange: func(c folder.Change) { w.changes <- c },
		Ready:    func() { close(ready) },
		Logger:   slog.New(slog.NewTextHandler(w.log, nil)),
	}
	if adjust != nil {
		cfg = adjust(cfg)
	}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- folder.Watch(ctx, cfg) }()
	t.Cleanup(func() {
		cancel()
		require.NoError(t, <-done)
	})
	select {
	case <-ready:
	case err := <-done:
		done <- err
		require.NoError(t, err)
	case <-time.After(time.Minute):
		t.Fatalf("not ready; log: %s", w.log)
	}
	return w
}

func describe(c folder.Change) string {
	switch {
	case c.Function != nil:
		text := c.Function.Bundle.Script
		if _, after, ok := strings.Cut(text, "=> \""); ok {
			text, _, _ = strings.Cut(after, "\"")
		}
		return fmt.Sprintf("%s = %s", c.Name, text)
	case c.Removed:
		return c.Name + " removed"
	}
	return fmt.Sprintf("%s broken: %v", c.Name, c.Err)
}

// expect waits for changes in this order; each text is the beginning of one.
func (w *watching) expect(want ...string) {
	w.t.Helper()
	for _, one := range want {
		select {
		case c := <-w.changes:
			w.told = append(w.told, describe(c))
			if !strings.HasPrefix(describe(c), one) {
				w.t.Fatalf("told %q, want %q; so far: %q; log: %s", describe(c), one, w.told, w.log)
			}
		case <-time.After(time.Minute):
			w.t.Fatalf("not told of %q; so far: %q; log: %s", one, w.told, w.log)
		}
	}
}

func (w *watching) put(name, contents string) {
	w.t.Helper()
	put(w.t, filepath.Join(w.dir, name), contents)
}

func (w *watching) rename(from, to string) {
	w.t.Helper()
	require.NoError(w.t, os.Rename(filepath.Join(w.dir, from), filepath.Join(w.dir, to)))
}

func (w *watching) remove(name string) {
	w.t.Helper()
	require.NoError(w.t, os.RemoveAll(filepath.Join(w.dir, name)))
}

// way is a test of one of the ways to notice changes.
type way struct {
	*testing.T
	adjust func(folder.Config) folder.Config
}

// everyWay runs a test with notifications, and with polling.
func everyWay(t *testing.T, test func(way)) {
	t.Helper()
	t.Run("notified", func(t *testing.T) {
		t.Parallel()
		test(way{T: t, adjust: func(c folder.Config) folder.Config { return c }})
	})
	t.Run("polling", func(t *testing.T) {
		t.Parallel()
		test(way{T: t, adjust: func(c folder.Config) folder.Config {
			c.Poll, c.PollInterval = true, 50*time.Millisecond
			return c
		}})
	})
}
