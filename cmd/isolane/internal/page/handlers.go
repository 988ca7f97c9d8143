package page

import (
	"context"
	"errors"
	"io/fs"
	"net/http"
	"path"
	"slices"
	"strings"
	"time"
)

// askPatience bounds how long other nodes are waited for.
const askPatience = 2 * time.Second

func (p *Page) cluster(w http.ResponseWriter, r *http.Request) {
	ctx, cancel := context.WithTimeout(r.Context(), askPatience)
	defer cancel()
	show(r.Context(), w, http.StatusOK, clusterPage(p.src.Node, p.clusterNow(ctx)))
}

func (p *Page) functions(w http.ResponseWriter, r *http.Request) {
	v := p.functionsNow(r)
	if r.Header.Get("HX-Request") == "true" {
		show(r.Context(), w, http.StatusOK, functionList(v))
		return
	}
	show(r.Context(), w, http.StatusOK, functionsPage(p.src.Node, v))
}

func (p *Page) function(w http.ResponseWriter, r *http.Request) {
	v, found := p.functionNow(r.Context(), r.PathValue("name"))
	if !found {
		show(r.Context(), w, http.StatusNotFound, failurePage(p.src.Node, "No node that answers serves a function of that name."))
		return
	}
	show(r.Context(), w, http.StatusOK, functionPage(p.src.Node, v))
}

func (p *Page) source(w http.ResponseWriter, r *http.Request) {
	name, file := r.PathValue("name"), r.URL.Query().Get("file")
	text, found := p.src.Source(name, file)
	if !found {
		show(r.Context(), w, http.StatusNotFound, failurePage(p.src.Node, "The bundle of this function has no such file."))
		return
	}
	show(r.Context(), w, http.StatusOK, sourcePage(p.src.Node, name, file, strings.Split(strings.TrimSuffix(text, "\n"), "\n")))
}

func (p *Page) nats(w http.ResponseWriter, r *http.Request) {
	show(r.Context(), w, http.StatusOK, natsPage(p.src.Node, p.src.NATS(r.Context())))
}

// reportList lists the files of the folder of reports.
func (p *Page) reportList(w http.ResponseWriter, r *http.Request) {
	var files []string
	if p.reports != nil {
		const most = 500
		_ = fs.WalkDir(p.reports.FS(), ".", func(name string, d fs.DirEntry, err error) error {
			if err != nil {
				return fs.SkipDir
			}
			if len(files) >= most {
				return fs.SkipAll
			}
			if !d.IsDir() && slices.Contains([]string{".html", ".md", ".json", ".svg", ".png", ".csv", ".txt"}, path.Ext(name)) {
				files = append(files, name)
			}
			return nil
		})
	}
	show(r.Context(), w, http.StatusOK, reportsPage(p.src.Node, p.src.Reports, files))
}

// report sends one file of it. What is in there runs no scripts, and is of no origin.
func (p *Page) report(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("path")
	if p.reports == nil || !fs.ValidPath(name) {
		show(r.Context(), w, http.StatusNotFound, failurePage(p.src.Node, "There is no such report."))
		return
	}
	w.Header().Set("Content-Security-Policy", "sandbox; default-src 'none'; style-src 'unsafe-inline' 'self'; img-src 'self' data:; frame-ancestors 'none'")
	if slices.Contains([]string{".md", ".csv", ".json"}, path.Ext(name)) {
		w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	}
	f, err := p.reports.Open(name)
	if err != nil {
		status, text := http.StatusNotFound, "There is no such report."
		if !errors.Is(err, fs.ErrNotExist) {
			status, text = http.StatusForbidden, "That report cannot be read."
		}
		show(r.Context(), w, status, failurePage(p.src.Node, text))
		return
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil || info.IsDir() {
		show(r.Context(), w, http.StatusNotFound, failurePage(p.src.Node, "There is no such report."))
		return
	}
	http.ServeContent(w, r, name, info.ModTime(), f)
}
