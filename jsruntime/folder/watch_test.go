package folder_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/fsnotify/fsnotify"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/folder"
)

func TestWatchTellsOfEverythingFirst(t *testing.T) {
	dir := write(t, map[string]string{"b.ts": returns("b"), "a/index.ts": returns("a"), "c.ts": "broken(", "d.yaml": ""})
	w := watch(t, dir, nil)
	require.Len(t, w.changes, 4, "all told before Ready")
	w.expect("a = a", "b = b", "c broken: function c cannot be bundled", "d broken: manifest without a function")
}

func TestWatchFollowsSaves(t *testing.T) {
	everyWay(t, func(t way) {
		w := watch(t.T, write(t, map[string]string{"a.ts": returns("1"), "b.ts": returns("b")}), t.adjust)
		w.expect("a = 1", "b = b")
		w.put("a.ts", returns("two"))
		w.expect("a = two")
		w.put("a.ts", "export default (")
		w.expect("a broken")
		w.put("a.ts", returns("two")) // the same version as before, but no longer broken
		w.expect("a = two")
		w.put("a.yaml", "idempotent: true")
		w.expect("a = two")
		w.put("a.yaml", "idempotent: maybe")
		w.expect("a broken: a.yaml:1:13: idempotent: want true or false")
		w.remove("a.yaml")
		w.expect("a = two")
		w.put("new.ts", returns("new"))
		w.expect("new = new")
		w.remove("b.ts")
		w.expect("b removed")
		w.put("new.js", returns("js"))
		w.expect("new broken: several files claim the name")
		w.remove("new.ts")
		w.expect("new = js")
	})
}

func TestWatchIsSoonEnough(t *testing.T) {
	w := watch(t, write(t, map[string]string{"a.ts": returns("1")}), nil)
	w.expect("a = 1")
	fastest := time.Hour
	for i := range 3 { // the machine may be busy; one of three must do
		start := time.Now()
		text := fmt.Sprintf("at-%d", i)
		w.put("a.ts", returns(text))
		w.expect("a = " + text)
		fastest = min(fastest, time.Since(start))
	}
	require.Less(t, fastest, time.Second)
}

func TestWatchFollowsFolders(t *testing.T) {
	everyWay(t, func(t way) {
		w := watch(t.T, write(t, nil), t.adjust)
		w.put("deep/index.ts", returns("1"))
		w.expect("deep = 1")
		w.put("deep/index.ts", returns("two"))
		w.expect("deep = two")
		w.rename("deep", "moved")
		w.expect("deep removed", "moved = two")
		w.put("moved/index.ts", returns("3rd"))
		w.expect("moved = 3rd")
		w.remove("moved")
		w.expect("moved removed")
		w.put("moved/index.ts", returns("again"))
		w.expect("moved = again")
	})
}

func TestWatchRebuildsDependents(t *testing.T) {
	everyWay(t, func(t way) {
		uses := func(from string) string {
			return "import {x} from '" + from + "'; export default () => x();"
		}
		shared := func(text string) string { return "export const x = () => \"" + text + "\";" }
		w := watch(t.T, write(t, map[string]string{
			"a.ts": uses("./lib/shared"), "b/index.ts": uses("../lib/shared"), "c.ts": returns("c"),
			"lib/shared.ts": "export * from './deep/deeper'", "lib/deep/deeper.ts": shared("one"),
		}), t.adjust)
		w.expect("a = one", "b = one", "c = c")
		w.put("lib/deep/deeper.ts", shared("two"))
		w.expect("a = two", "b = two")
		w.put("lib/deep/deeper.ts", "export const x = (")
		w.expect("a broken: function a cannot be bundled:\nlib/deep/deeper.ts:1:19", "b broken")
		w.put("lib/deep/deeper.ts", shared("three"))
		w.expect("a = three", "b = three")
		w.remove("lib/deep")
		w.expect("a broken: function a cannot be bundled:\nlib/shared.ts:1:15: cannot import \"./deep/deeper\"", "b broken")
		w.put("lib/deep/deeper.ts", shared("four"))
		w.expect("a = four", "b = four")
		w.put("lib/shared.tsx", shared("five")) // comes before .ts when esbuild looks
		w.expect("a = five", "b = five")
	})
}

func TestWatchUnderstandsHowEditorsSave(t *testing.T) {
	everyWay(t, func(t way) {
		w := watch(t.T, write(t, map[string]string{"a.ts": returns("1")}), func(c folder.Config) folder.Config {
			c = t.adjust(c)
			c.Quiet, c.MaxWait = 300*time.Millisecond, 5*time.Second // so that a busy machine tears no save apart
			return c
		})
		w.expect("a = 1")
		// A new file is renamed over the old one.
		w.put(".a.ts.tmp", returns("renamed"))
		w.rename(".a.ts.tmp", "a.ts")
		w.expect("a = renamed")
		// The old one is moved away, and a new one is written.
		w.rename("a.ts", "a.ts~")
		w.put("a.ts", returns("moved away"))
		w.expect("a = moved away")
		// Removed, and written again.
		w.remove("a.ts")
		w.put("a.ts", returns("rewritten"))
		w.expect("a = rewritten")
		// In pieces.
		f, err := os.Create(filepath.Join(w.dir, "a.ts"))
		require.NoError(t, err)
		for _, piece := range strings.SplitAfter(returns("in pieces"), " ") {
			_, err = f.WriteString(piece)
			require.NoError(t, err)
		}
		require.NoError(t, f.Close())
		w.expect("a = in pieces")
		// Saved without a change: nobody needs to know.
		w.put("a.ts", returns("in pieces"))
		w.put("end.ts", returns("end"))
		w.expect("end = end")
	})
}

func TestWatchIgnoresWhatIsNoSource(t *testing.T) {
	w := watch(t, write(t, map[string]string{"a.ts": returns("1"), "node_modules/x/index.js": ""}), nil)
	w.expect("a = 1")
	w.put("node_modules/x/index.js", "changed")
	w.put("node_modules/y/index.js", "new")
	w.put(".git/index.js", "new")
	w.put("a.test.ts", "new(")
	w.put("notes.md", "new")
	w.put("end.ts", returns("end"))
	w.expect("end = end")
}

func TestWatchTakesPackagesAnewWithTheirLockFile(t *testing.T) {
	w := watch(t, write(t, map[string]string{
		"a.ts": "import x from 'x'; export default () => x()", "node_modules/x/index.js": "module.exports = () => \"1\"", "b.ts": "import y from 'y'; export default () => y()",
	}), nil)
	w.expect("a = 1", "b broken: function b cannot be bundled:\nb.ts:1:15: cannot import \"y\": the package is not installed")
	w.put("node_modules/x/index.js", "module.exports = () => \"2\"")
	w.put("node_modules/y/index.js", "module.exports = () => \"y\"")
	w.put("package-lock.json", "{}")
	w.expect("a = 2", "b = y")
}

func TestWatchFollowsImportsOutsideOfTheFolder(t *testing.T) {
	everyWay(t, func(t way) {
		top := write(t, map[string]string{"fns/a.ts": "import {x} from '../lib/x'; export default () => x();", "lib/x.ts": "export const x = () => \"1\""})
		w := watch(t.T, filepath.Join(top, "fns"), t.adjust)
		w.expect("a = 1")
		put(t, filepath.Join(top, "lib/unrelated.ts"), "x")
		put(t, filepath.Join(top, "lib/x.ts"), "export const x = () => \"two\"")
		w.expect("a = two")
	})
}

func TestWatchFollowsConfigMaps(t *testing.T) {
	everyWay(t, func(t way) {
		dir := write(t, map[string]string{"..v1/a.ts": returns("1"), "..v2/a.ts": returns("two")})
		require.NoError(t, os.Symlink("..v1", filepath.Join(dir, "..data")))
		require.NoError(t, os.Symlink("..data/a.ts", filepath.Join(dir, "a.ts")))
		w := watch(t.T, dir, t.adjust)
		w.expect("a = 1")
		require.NoError(t, os.Symlink("..v2", filepath.Join(dir, "..tmp")))
		w.rename("..tmp", "..data")
		w.expect("a = two")
	})
}

func TestWatchFollowsALinkedFolder(t *testing.T) {
	everyWay(t, func(t way) {
		top := write(t, map[string]string{"v1/a.ts": returns("1"), "v2/a.ts": returns("two")})
		current := filepath.Join(top, "current")
		require.NoError(t, os.Symlink("v1", current))
		w := watch(t.T, current, func(c folder.Config) folder.Config {
			c = t.adjust(c)
			c.PollInterval = 50 * time.Millisecond
			return c
		})
		w.expect("a = 1")
		put(t, filepath.Join(top, "v1/a.ts"), returns("one"))
		w.expect("a = one")
		require.NoError(t, os.Symlink("v2", filepath.Join(top, "next")))
		require.NoError(t, os.Rename(filepath.Join(top, "next"), current))
		w.expect("a = two")
		put(t, filepath.Join(top, "v2/a.ts"), returns("three"))
		w.expect("a = three")
	})
}

func TestWatchKeepsFunctionsWhileTheFolderIsGone(t *testing.T) {
	everyWay(t, func(t way) {
		top := write(t, map[string]string{"fns/a.ts": returns("1")})
		w := watch(t.T, filepath.Join(top, "fns"), func(c folder.Config) folder.Config {
			c = t.adjust(c)
			c.PollInterval = 50 * time.Millisecond
			return c
		})
		w.expect("a = 1")
		require.NoError(t, os.Rename(w.dir, filepath.Join(top, "away")))
		require.Eventually(t, func() bool { return strings.Contains(w.log.String(), "cannot be read") }, time.Minute, 10*time.Millisecond)
		put(t, filepath.Join(top, "next/a.ts"), returns("back"))
		require.NoError(t, os.Rename(filepath.Join(top, "next"), w.dir))
		w.expect("a = back")
		w.put("a.ts", returns("later"))
		w.expect("a = later")
	})
}

func TestWatchFallsBackToPolling(t *testing.T) {
	for name, adjust := range map[string]func(folder.Config) folder.Config{
		"no instance": func(c folder.Config) folder.Config { return folder.WithoutNotifications(c, syscall.EMFILE) },
		"no watches":  func(c folder.Config) folder.Config { return folder.WithFailingAdd(c, 1, syscall.ENOSPC) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := watch(t, write(t, map[string]string{"a/index.ts": returns("1"), "b.ts": returns("b")}), func(c folder.Config) folder.Config {
				c.PollInterval = 50 * time.Millisecond
				return adjust(c)
			})
			w.expect("a = 1", "b = b")
			require.Contains(t, w.log.String(), "polling the folder of functions")
			w.put("a/index.ts", returns("two"))
			w.expect("a = two")
			w.put("c/index.ts", returns("c"))
			w.expect("c = c")
			w.put("c/index.ts", returns("see"))
			w.expect("c = see")
		})
	}
}

func TestWatchReadsEverythingAfterAnOverflow(t *testing.T) {
	failures := make(chan error)
	w := watch(t, write(t, map[string]string{"a.ts": returns("1")}), func(c folder.Config) folder.Config { return folder.WithFailures(c, failures) })
	w.expect("a = 1")
	w.put("a.ts", returns("missed"))
	failures <- fsnotify.ErrEventOverflow
	w.expect("a = missed")
	w.put("a.ts", returns("again"))
	failures <- errors.New("something else")
	w.expect("a = again")
	require.Contains(t, w.log.String(), "something else")
	w.put("a.ts", returns("polled"))
	close(failures)
	w.expect("a = polled")
}

func TestWatchRefuses(t *testing.T) {
	require.ErrorContains(t, folder.Watch(t.Context(), folder.Config{}), "Dir is empty\nfolder: Config.OnChange is nil")
	cfg := folder.Config{Dir: filepath.Join(t.TempDir(), "nope"), OnChange: func(folder.Change) {}}
	require.ErrorIs(t, folder.Watch(t.Context(), cfg), fs.ErrNotExist)
	cfg.Quiet, cfg.MaxWait = time.Second, time.Millisecond
	require.ErrorContains(t, cfg.Validate(), "MaxWait is shorter")
	cfg.PollInterval = -1
	require.ErrorContains(t, cfg.Validate(), "negative")
}

func TestWatchEndsWithItsContext(t *testing.T) {
	dir := write(t, map[string]string{"a.ts": returns("1")})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, folder.Watch(ctx, folder.Config{Dir: dir, OnChange: func(folder.Change) { t.Error("told") }, Ready: func() { t.Error("ready") }}))

	ctx, cancel = context.WithCancel(t.Context())
	require.NoError(t, folder.Watch(ctx, folder.Config{Dir: dir, OnChange: func(folder.Change) {}, Ready: cancel}))
}
