package webapi_test

import (
	"fmt"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/hostcap"
	"github.com/isolane/isolane/jsruntime/webapi/internal/v8test"
)

func TestAPIIsSafeForConcurrentUse(t *testing.T) {
	server := newPages(t)
	api := newAPI(t, server)
	const goroutines, loops = 8, 20
	var wg sync.WaitGroup
	within := scope(t)
	for g := range goroutines {
		wg.Go(func() {
			for i := range loops {
				text, _, err := api.Call("url.parse", fmt.Sprintf("\nhttp://h%d.test/%d", g, i), nil)
				if err != nil || text == "" {
					t.Errorf("url.parse: %q, %v", text, err)
				}
				_, out, err := api.Call("random", "16", nil)
				if err != nil || len(out) != 16 {
					t.Errorf("random: %d bytes, %v", len(out), err)
				}
				done, names := make(chan error, 1), make(chan string, 1)
				request := requestText(map[string]any{"method": "GET", "redirect": "follow", "url": fmt.Sprintf("%s/big/20000?%d", server.URL, i)})
				api.Start(t.Context(), hostcap.Caller{}, within, "fetch", request, nil, func(text string, _ []byte, err error) {
					names <- text
					done <- err
				})
				answer := <-names
				if err := <-done; err != nil {
					t.Errorf("fetch: %v", err)
				}
				first, _, _ := strings.Cut(answer, "\n")
				body := first[strings.LastIndexByte(first, ' ')+1:]
				api.Start(t.Context(), hostcap.Caller{}, within, "body.all", body, nil, func(_ string, _ []byte, err error) { done <- err })
				if err := <-done; err != nil {
					t.Errorf("body: %v", err)
				}
			}
		})
	}
	wg.Wait()
}

// While a module is loaded no invocation runs: what needs one throws or rejects with
// the host's words.
func TestGlobalScope(t *testing.T) {
	server := newPages(t)
	h := v8test.New(t, newAPI(t, server))
	h.GlobalScope(true)
	result := h.Run(`async () => {
		const said = [];
		try { setTimeout(() => 1, 1); } catch (e) { said.push(e.message); }
		try { AbortSignal.timeout(1); } catch (e) { said.push(e.message); }
		await fetch("`+server.URL+`/hello").catch((e) => said.push(e.message));
		console.log("logs work");
		return said.join();
	}`, "global.js")
	require.True(t, result.OK, result.Value)
	require.Equal(t, "timer cannot be used in global scope,timer cannot be used in global scope,fetch cannot be used in global scope", result.Value)
	require.Equal(t, []string{"log: logs work"}, result.Logs)
}
