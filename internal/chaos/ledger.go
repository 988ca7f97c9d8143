package chaos

import (
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"sync"
	"time"
)

// run is one execution of a call, as the function that ran it notes it before it does
// anything else.
type run struct {
	ID      string `json:"id"`
	Fn      string `json:"fn"`
	Node    string `json:"node"`
	Attempt int    `json:"attempt"`
	// Run is drawn anew for each execution, so that a note that comes twice counts once.
	Run string `json:"run"`
	// Isolate is drawn once in each context of the function.
	Isolate string `json:"isolate"`
	// At is when it began by the node's wall clock, in milliseconds since 1970.
	At float64 `json:"at"`
	// arrived is when the note came.
	arrived time.Time
}

// ledger takes the notes of the functions. It is an HTTP server.
type ledger struct {
	server  *http.Server
	url     string
	ended   chan struct{}
	serving sync.WaitGroup // connections

	mu   sync.Mutex
	runs []run               // guarded by mu
	seen map[string]struct{} // guarded by mu; by run
}

// openLedger listens on a free port of host.
func openLedger(ctx context.Context, host string) (*ledger, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", net.JoinHostPort(host, "0"))
	if err != nil {
		return nil, err
	}
	l := &ledger{url: "http://" + listener.Addr().String(), ended: make(chan struct{}), seen: map[string]struct{}{}}
	// Connections are kept for ever: a note is never sent again because one was closed.
	l.server = &http.Server{Handler: http.HandlerFunc(l.note), ReadHeaderTimeout: time.Minute}
	l.server.ConnState = func(_ net.Conn, state http.ConnState) {
		switch state {
		case http.StateNew:
			l.serving.Add(1)
		case http.StateClosed, http.StateHijacked:
			l.serving.Done()
		case http.StateActive, http.StateIdle:
		}
	}
	go func() {
		defer close(l.ended)
		_ = l.server.Serve(listener) // until close
	}()
	return l, nil
}

// maxNote bounds a note, in bytes.
const maxNote = 4096

func (l *ledger) note(w http.ResponseWriter, r *http.Request) {
	var n run
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxNote))
	if err == nil {
		err = json.Unmarshal(body, &n)
	}
	if err != nil || n.ID == "" || n.Run == "" {
		http.Error(w, "not a note", http.StatusBadRequest)
		return
	}
	n.arrived = time.Now()
	l.mu.Lock()
	defer l.mu.Unlock()
	if _, twice := l.seen[n.Run]; twice {
		return
	}
	l.seen[n.Run] = struct{}{}
	l.runs = append(l.runs, n)
}

// all returns what was noted so far, in the order in which it came.
func (l *ledger) all() []run {
	l.mu.Lock()
	defer l.mu.Unlock()
	return append([]run(nil), l.runs...)
}

// close ends it, with what comes within a second.
func (l *ledger) close() {
	ending, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if l.server.Shutdown(ending) != nil {
		_ = l.server.Close()
	}
	<-l.ended
	l.serving.Wait()
}
