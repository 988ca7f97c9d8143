package page

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// browserPatience bounds one test in a browser.
const browserPatience = 2 * time.Minute

// browser starts Chromium; faults are what its console complains of, a script that the
// policy kept from running included.
func browser(t *testing.T) (ctx context.Context, faults func() []string) {
	t.Helper()
	path := ""
	for _, name := range []string{"chromium", "chromium-browser", "google-chrome"} {
		if found, err := exec.LookPath(name); err == nil {
			path = found
			break
		}
	}
	if path == "" {
		t.Skip("no Chromium here: apt-get install chromium brings it")
	}
	options := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.ExecPath(path), chromedp.NoSandbox,
		chromedp.Flag("disable-dev-shm-usage", true), chromedp.UserDataDir(t.TempDir()))
	ctx, cancel := context.WithTimeout(context.Background(), browserPatience)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewExecAllocator(ctx, options...)
	t.Cleanup(cancel)
	ctx, cancel = chromedp.NewContext(ctx)
	t.Cleanup(func() {
		require.NoError(t, chromedp.Cancel(ctx))
		cancel()
	})
	said := make(chan string, 100)
	chromedp.ListenTarget(ctx, func(event any) {
		text := ""
		switch e := event.(type) {
		case *log.EventEntryAdded:
			text = e.Entry.Text
		case *runtime.EventExceptionThrown:
			text = e.ExceptionDetails.Error()
		}
		if text != "" {
			select {
			case said <- text:
			default:
			}
		}
	})
	require.NoError(t, chromedp.Run(ctx, log.Enable(), runtime.Enable()))
	return ctx, func() []string {
		var all []string
		for {
			select {
			case text := <-said:
				all = append(all, text)
			default:
				return all
			}
		}
	}
}

// picture keeps a screenshot where ISOLANE_SCREENSHOTS names a folder, to be looked at.
func picture(t *testing.T, name string) chromedp.Action {
	t.Helper()
	return chromedp.ActionFunc(func(ctx context.Context) error {
		dir := os.Getenv("ISOLANE_SCREENSHOTS")
		if dir == "" {
			return nil
		}
		var png []byte
		if err := chromedp.FullScreenshot(&png, 100).Do(ctx); err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(dir, name+".png"), png, 0o600)
	})
}

func scheme(value string) chromedp.Action {
	return emulation.SetEmulatedMedia().WithFeatures([]*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: value}})
}

// press clicks what may be put in place anew at any time, as live views are.
func press(selector string) chromedp.Action {
	return chromedp.Poll("(() => { const e = document.querySelector("+strconv.Quote(selector)+"); if (e) e.click(); return e !== null; })()", nil)
}

// A walk through the pages, with functions that say what is hostile.
func TestBrowser(t *testing.T) {
	ctx, faults := browser(t)
	at := serve(t, sources(t, 1000, hostile))
	var title, reply, background, dark, focused string
	var links, rows int
	require.NoError(t, chromedp.Run(ctx,
		chromedp.EmulateViewport(1200, 800), scheme("light"),
		chromedp.Navigate(at+"/"), chromedp.WaitVisible(".cell.busy"), picture(t, "cluster-light"),
		chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &background),
		scheme("dark"), chromedp.Evaluate(`getComputedStyle(document.body).backgroundColor`, &dark), picture(t, "cluster-dark"),

		press(`nav a[href="/functions"]`), chromedp.WaitVisible("#q"), picture(t, "functions-dark"), scheme("light"), picture(t, "functions-light"),
		// By keyboard: / goes to the search, which narrows as one types.
		// As a keyboard sends it: what KeyEvent sends is typed although the page prevents it.
		chromedp.Evaluate(`document.body.dispatchEvent(new KeyboardEvent("keydown", { key: "/", bubbles: true }))`, nil), chromedp.KeyEvent("0995"),
		chromedp.Poll(`document.querySelectorAll('#list tbody th a').length === 1`, nil),
		chromedp.Evaluate(`document.querySelectorAll('#list tbody th a').length`, &rows),
		press("#f-function-0995"), chromedp.WaitVisible("#message"),
		chromedp.SendKeys("#message", "<b>hello</b>"), chromedp.KeyEvent(kb.Enter, chromedp.KeyModifiers(input.ModifierCtrl)),
	))
	require.NoError(t, chromedp.Run(ctx,
		chromedp.WaitVisible("#reply .reply"), chromedp.Text("#reply .reply", &reply),
		chromedp.WaitVisible(".heat"), picture(t, "function-light"), scheme("dark"), picture(t, "function-dark"),
		chromedp.EmulateViewport(390, 844, chromedp.EmulateMobile), picture(t, "function-phone"),
		press(".stack a"), chromedp.WaitVisible(`.source li:target`), picture(t, "source-phone"),
		chromedp.Navigate(at+"/functions"), chromedp.WaitVisible("#q"), picture(t, "functions-phone"),
		chromedp.Evaluate(`document.documentElement.scrollWidth - document.documentElement.clientWidth`, &links),
		chromedp.Navigate(at+"/"), chromedp.WaitVisible(".cell"), picture(t, "cluster-phone"),
		chromedp.KeyEvent("\t"), chromedp.Evaluate(`document.activeElement.className`, &focused),
		chromedp.Navigate(at+"/nats"), chromedp.WaitVisible("#consumers"), picture(t, "nats-phone"),
		chromedp.Navigate(at+"/reports/report.html"), chromedp.Title(&title),
	))
	require.Equal(t, 1, rows)
	require.Equal(t, "got <b>hello</b>", reply)
	require.NotEqual(t, background, dark)
	require.Zero(t, links, "nothing is wider than a phone")
	require.Equal(t, "skip", focused)
	require.NotEqual(t, "owned", title)
	for _, text := range faults() {
		// The report's script, which did not run, is what the policy complains of; and the page's
		// icon, which the report may not have, since it is of no origin.
		require.True(t, strings.Contains(text, "sandboxed") || strings.Contains(text, "report.html") || strings.Contains(text, "NotSameOrigin"), text)
	}
}

// The view follows the node without being loaded again.
func TestBrowserIsLive(t *testing.T) {
	ctx, faults := browser(t)
	src := sources(t, 1, "x")
	var inflight atomic.Int64
	members := src.Members
	src.Members = func() admin.View {
		v := members()
		v.Members[0].Inflight = int(inflight.Load())
		return v
	}
	at := serve(t, src)
	require.NoError(t, chromedp.Run(ctx, chromedp.Navigate(at+"/"), chromedp.WaitVisible(".cell")))
	inflight.Store(4711)
	require.NoError(t, chromedp.Run(ctx, chromedp.Poll(`document.body.innerText.includes("4711")`, nil)))
	require.Empty(t, faults())
}
