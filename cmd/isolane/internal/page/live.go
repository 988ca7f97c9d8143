package page

import (
	"bytes"
	"fmt"
	"net/http"
	"time"

	"github.com/a-h/templ"
)

const (
	// liveEvery is how often a live view is made anew.
	liveEvery = time.Second
	// quietFor is after how many that were the same something is sent all the same, so that
	// a connection that is gone is found.
	quietFor = 15
	// writePatience bounds how long a browser may take to read.
	writePatience = 10 * time.Second
)

// live sends what part makes, whenever it has changed, until the browser is gone or the
// server ends.
func (p *Page) live(part func(*http.Request) templ.Component) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		select {
		case p.streams <- struct{}{}:
			defer func() { <-p.streams }()
		default:
			http.Error(w, "too many live views are open: close some", http.StatusServiceUnavailable)
			return
		}
		w.Header().Set("Content-Type", "text/event-stream")
		w.Header().Set("X-Accel-Buffering", "no")
		rc := http.NewResponseController(w)
		tick := time.NewTicker(liveEvery)
		defer tick.Stop()
		var before []byte
		for quiet := 0; ; quiet++ {
			var b bytes.Buffer
			if err := part(r).Render(r.Context(), &b); err != nil {
				return
			}
			_ = rc.SetWriteDeadline(time.Now().Add(writePatience))
			switch {
			case before == nil || !bytes.Equal(before, b.Bytes()):
				before, quiet = b.Bytes(), 0
				if !writeEvent(w, before) {
					return
				}
			case quiet >= quietFor:
				quiet = 0
				if _, err := fmt.Fprint(w, ": still here\n\n"); err != nil {
					return
				}
			}
			if rc.Flush() != nil {
				return
			}
			select {
			case <-tick.C:
			case <-r.Context().Done():
				return
			}
		}
	}
}

// writeEvent writes one event; its data are lines, none of which can end it.
func writeEvent(w http.ResponseWriter, data []byte) bool {
	var b bytes.Buffer
	b.WriteString("event: part\n")
	for line := range bytes.Lines(bytes.ReplaceAll(data, []byte("\r"), []byte(" "))) {
		b.WriteString("data: ")
		b.Write(bytes.TrimSuffix(line, []byte("\n")))
		b.WriteByte('\n')
	}
	b.WriteByte('\n')
	_, err := w.Write(b.Bytes())
	return err == nil
}
