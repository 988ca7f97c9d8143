package waits

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// The paths that Hold answers.
const (
	pathPage    = "/page"    // answers when it is told to
	pathNow     = "/now"     // answers at once
	pathHeld    = "/held"    // answers when ?n= pages are held
	pathRelease = "/release" // lets every page be answered
)

// Hold serves on a port of its own of 127.0.0.1 until until ends, and calls ready with
// its URL. What it holds then is dropped.
func Hold(ctx context.Context, until io.Reader, ready func(url string) error) error {
	var listen net.ListenConfig
	listener, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	h := newHolder()
	server := &http.Server{Handler: h.handler(), ReadHeaderTimeout: time.Minute}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	if err = ready("http://" + listener.Addr().String()); err == nil {
		_, err = io.Copy(io.Discard, until)
	}
	_ = server.Close()                                              // Serve says what is to be said
	if end := <-served; err == nil && end != http.ErrServerClosed { //nolint:errorlint // Serve returns it as it is
		err = end
	}
	return err
}

// holder keeps requests waiting.
type holder struct {
	released chan struct{} // closed by the first release
	once     sync.Once

	mu   sync.Mutex
	more sync.Cond // broadcast when held changes
	held int       // guarded by mu
}

func newHolder() *holder {
	h := &holder{released: make(chan struct{})}
	h.more.L = &h.mu
	return h
}

func (h *holder) handler() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc(pathPage, func(w http.ResponseWriter, r *http.Request) {
		h.count(1)
		defer h.count(-1)
		select {
		case <-h.released:
			_, _ = io.WriteString(w, "page") // a caller that went away misses nothing
		case <-r.Context().Done():
		}
	})
	mux.HandleFunc(pathNow, func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, "page") })
	mux.HandleFunc(pathHeld, func(w http.ResponseWriter, r *http.Request) {
		n, err := strconv.Atoi(r.FormValue("n"))
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		h.wait(r.Context(), n)
	})
	mux.HandleFunc(pathRelease, func(http.ResponseWriter, *http.Request) { h.once.Do(func() { close(h.released) }) })
	return mux
}

func (h *holder) count(by int) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.held += by
	h.more.Broadcast()
}

// wait comes back when n pages are held, or the caller has gone.
func (h *holder) wait(ctx context.Context, n int) {
	defer context.AfterFunc(ctx, func() { h.count(0) })()
	h.mu.Lock()
	defer h.mu.Unlock()
	for h.held < n && ctx.Err() == nil {
		h.more.Wait()
	}
}

// ask sends a request to a holder and drops the answer.
func ask(ctx context.Context, url string) error {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close() //nolint:errcheck // it is not read
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("%s: %s", url, response.Status)
	}
	return nil
}
