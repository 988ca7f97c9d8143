package page

import (
	"bytes"
	"context"
	"embed"
	"net/http"
	"os"
	"sync"

	"github.com/a-h/templ"
)

//go:embed static
var static embed.FS

// Page serves the pages. Make one with New.
type Page struct {
	src     Sources
	streams chan struct{} // one for each stream that is open
	reports *os.Root      // nil for none
	once    sync.Once
}

// maxStreams bounds how many views are live at a time.
const maxStreams = 64

// New makes the pages.
func New(src Sources) *Page {
	p := &Page{src: src, streams: make(chan struct{}, maxStreams)}
	if src.Reports != "" {
		if root, err := os.OpenRoot(src.Reports); err == nil {
			p.reports = root
		}
	}
	return p
}

// Close lets go of the folder of reports. It is idempotent.
func (p *Page) Close() {
	p.once.Do(func() {
		if p.reports != nil {
			_ = p.reports.Close()
		}
	})
}

// Routes adds the pages by handle.
func (p *Page) Routes(handle func(pattern string, h http.Handler)) {
	get := func(path string, f http.HandlerFunc) { handle("GET "+path, f) }
	get("/{$}", p.cluster)
	get("/functions", p.functions)
	get("/functions/{name}", p.function)
	get("/functions/{name}/source", p.source)
	get("/nats", p.nats)
	get("/reports", p.reportList)
	get("/reports/{path...}", p.report)
	get("/events/cluster", p.live(func(r *http.Request) templ.Component { return clusterPart(p.clusterNow(r.Context())) }))
	get("/events/functions", p.live(func(r *http.Request) templ.Component { return functionRows(p.functionsNow(r)) }))
	get("/events/functions/{name}", p.live(func(r *http.Request) templ.Component {
		v, _ := p.functionNow(r.Context(), r.PathValue("name"))
		return functionPart(v)
	}))
	get("/events/nats", p.live(func(r *http.Request) templ.Component { return natsPart(p.src.NATS(r.Context())) }))
	handle("POST /functions/{name}/send", http.HandlerFunc(p.send))
	handle("GET /static/", http.StripPrefix("/", cached(http.FileServerFS(static))))
}

// cached lets browsers keep what has its version in its name, or is the binary's.
func cached(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Cache-Control", "no-cache")
		h.ServeHTTP(w, r)
	})
}

// show sends a page, whole or not at all.
func show(ctx context.Context, w http.ResponseWriter, status int, c templ.Component) {
	var b bytes.Buffer
	if err := c.Render(ctx, &b); err != nil {
		http.Error(w, "the page cannot be made", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(status)
	_, _ = w.Write(b.Bytes())
}
