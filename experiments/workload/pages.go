package workload

import (
	"bytes"
	"net/http"
	"strconv"
	"time"
)

// pageBytes is how long a page is, maxWait how long one may take, in milliseconds.
const (
	pageBytes = 2048
	maxWait   = 60_000
)

// Pages serves GET /page?ms=N: two kilobytes of text after N milliseconds, 0 where
// nothing is said, 60,000 at most. No goroutine but the request's own waits.
func Pages() http.Handler {
	page := bytes.Repeat([]byte("A page of the laboratory's own.\n"), pageBytes/32)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /page", func(w http.ResponseWriter, r *http.Request) {
		ms := 0
		if text := r.URL.Query().Get("ms"); text != "" {
			var err error
			if ms, err = strconv.Atoi(text); err != nil || ms < 0 || ms > maxWait {
				http.Error(w, "ms must be 0 to 60000", http.StatusBadRequest)
				return
			}
		}
		if ms > 0 {
			wait := time.NewTimer(time.Duration(ms) * time.Millisecond)
			defer wait.Stop()
			select {
			case <-wait.C:
			case <-r.Context().Done():
				return
			}
		}
		w.Header().Set("Content-Type", "text/plain")
		_, _ = w.Write(page)
	})
	return mux
}
