package webapi_test

import (
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// pages is the server that fetch tests ask.
type pages struct {
	*httptest.Server
	port string
	// stop ends the pages that hang.
	stop chan struct{}
	// reached says that a page that hangs was asked for.
	reached chan struct{}
	// endless is how much was sent of a body without an end, when its reader had gone.
	endless chan int
}

func newPages(tb testing.TB) *pages {
	tb.Helper()
	p := &pages{stop: make(chan struct{}), reached: make(chan struct{}, 16), endless: make(chan int, 16)}
	mux := http.NewServeMux()
	p.Server = httptest.NewServer(mux)
	tb.Cleanup(func() {
		close(p.stop)
		p.Close()
	})
	parsed, err := url.Parse(p.URL)
	require.NoError(tb, err)
	p.port = parsed.Port()

	mux.HandleFunc("/hello", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-One", "1")
		w.Header().Add("Set-Cookie", "a=1")
		w.Header().Add("Set-Cookie", "b=2")
		w.Header().Set("X-Latin", "caf\xe9")
		_, _ = fmt.Fprint(w, "hello, wörld")
	})
	mux.HandleFunc("/echo", echo)
	mux.HandleFunc("/all", func(w http.ResponseWriter, _ *http.Request) {
		all := make([]byte, 256)
		for i := range all {
			all[i] = byte(i)
		}
		_, _ = w.Write(all)
	})
	mux.HandleFunc("/status/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		w.WriteHeader(code)
	})
	mux.HandleFunc("/big/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		if r.URL.Query().Has("length") {
			w.Header().Set("Content-Length", strconv.Itoa(n))
		}
		_, _ = io.CopyN(w, zeros{}, int64(n))
	})
	mux.HandleFunc("/gzip/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		w.Header().Set("Content-Encoding", "gzip")
		z := gzip.NewWriter(w)
		_, _ = io.CopyN(z, zeros{}, int64(n))
		_ = z.Close()
	})
	mux.HandleFunc("/redirect/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		to := "/echo"
		if n > 1 {
			to = "/redirect/" + strconv.Itoa(n-1)
		}
		w.Header().Set("Location", to)
		w.WriteHeader(http.StatusFound)
	})
	mux.HandleFunc("/to/{code}", func(w http.ResponseWriter, r *http.Request) {
		code, _ := strconv.Atoi(r.PathValue("code"))
		w.Header().Set("Location", r.URL.Query().Get("url"))
		w.WriteHeader(code)
	})
	mux.HandleFunc("/hang", func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Query().Has("body") {
			_, _ = fmt.Fprint(w, "begin")
			w.(http.Flusher).Flush()
		}
		p.reached <- struct{}{}
		select {
		case <-r.Context().Done():
		case <-p.stop:
		}
	})
	mux.HandleFunc("/ticks/{n}", func(w http.ResponseWriter, r *http.Request) {
		n, _ := strconv.Atoi(r.PathValue("n"))
		for i := range n {
			_, _ = fmt.Fprintf(w, "tick %d\n", i)
			w.(http.Flusher).Flush()
		}
	})
	mux.HandleFunc("/endless", func(w http.ResponseWriter, r *http.Request) {
		chunk := make([]byte, 64<<10)
		for sent := 0; ; sent += len(chunk) {
			if _, err := w.Write(chunk); err != nil || r.Context().Err() != nil {
				p.endless <- sent
				return
			}
		}
	})
	mux.HandleFunc("/upload", func(w http.ResponseWriter, r *http.Request) {
		n, err := io.Copy(io.Discard, r.Body)
		_, _ = fmt.Fprintf(w, "%d %d %v", n, r.ContentLength, err)
	})
	mux.HandleFunc("/form", func(w http.ResponseWriter, r *http.Request) {
		if err := r.ParseMultipartForm(1 << 20); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		file, head, err := r.FormFile("file")
		if err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		content, _ := io.ReadAll(file)
		_, _ = fmt.Fprintf(w, "%s %s %s %q", r.FormValue("name"), head.Filename, head.Header.Get("Content-Type"), content)
	})
	mux.HandleFunc("/wasm", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/wasm")
		// (module (func (export "add") (param i32 i32) (result i32) local.get 0 local.get 1 i32.add))
		_, _ = io.WriteString(w, "\x00asm\x01\x00\x00\x00\x01\x07\x01\x60\x02\x7f\x7f\x01\x7f\x03\x02\x01\x00\x07\x07\x01\x03add\x00\x00\x0a\x09\x01\x07\x00\x20\x00\x20\x01\x6a\x0b")
	})
	mux.HandleFunc("/broken", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100")
		_, _ = fmt.Fprint(w, "short")
	})
	return p
}

// echo tells how it was asked.
func echo(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	headers := make(map[string]string)
	for name, values := range r.Header {
		headers[strings.ToLower(name)] = strings.Join(values, ", ")
	}
	codes := make([]int, len(body))
	for i, c := range body {
		codes[i] = int(c)
	}
	w.Header().Set("Content-Type", "application/json")
	_ = json.NewEncoder(w).Encode(map[string]any{
		"method": r.Method, "url": r.URL.String(), "host": r.Host, "headers": headers,
		"body": string(body), "bytes": codes, "length": r.ContentLength,
	})
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) {
	clear(p)
	return len(p), nil
}
