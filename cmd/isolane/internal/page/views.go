package page

import (
	"cmp"
	"context"
	"math"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/a-h/templ"
	"github.com/dustin/go-humanize"

	"github.com/isolane/isolane/bridge/funclog"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/fleet"
)

const (
	// maxRows bounds how many functions are on one page; the search finds the others.
	maxRows = 200
	// linesShown is how many lines of console output are shown.
	linesShown = 100
)

// clusterView is the cluster, as this node sees it.
type clusterView struct {
	Members []memberView
	Total   int // of runtimes
}

// memberView is one member with its runtimes, where it told of them.
type memberView struct {
	admin.Member
	Told *admin.Runtimes
}

func (p *Page) clusterNow(ctx context.Context) clusterView {
	told := map[string]*admin.Runtimes{}
	for _, r := range p.src.Runtimes(ctx) {
		told[r.Node] = &r
	}
	var v clusterView
	for _, m := range p.src.Members().Members {
		one := memberView{Member: m, Told: told[m.Name]}
		if one.Told != nil {
			v.Total += len(one.Told.Runtimes)
		}
		v.Members = append(v.Members, one)
	}
	return v
}

// functionsView is the list of functions.
type functionsView struct {
	Rows          []Function
	Broken        []fleet.Broken
	Query, Sort   string
	Found, Served int
	Nodes         int
}

func (p *Page) functionsNow(r *http.Request) functionsView {
	cluster := p.src.Cluster(r.Context())
	v := functionsView{
		Query: r.URL.Query().Get("q"), Sort: r.URL.Query().Get("sort"),
		Served: len(cluster.Functions), Broken: cluster.Broken, Nodes: cluster.Nodes,
	}
	for _, fn := range cluster.Functions {
		if strings.Contains(fn.Name, strings.ToLower(v.Query)) {
			v.Rows = append(v.Rows, fn)
		}
	}
	slices.SortStableFunc(v.Rows, func(a, b Function) int {
		ac, ae := a.Calls()
		bc, be := b.Calls()
		switch v.Sort {
		case "name":
			return cmp.Compare(a.Name, b.Name)
		case "errors":
			return cmp.Or(cmp.Compare(be, ae), cmp.Compare(bc, ac))
		case "p99":
			return cmp.Compare(b.Latency.Quantile(0.99), a.Latency.Quantile(0.99))
		}
		return cmp.Or(cmp.Compare(bc, ac), cmp.Compare(a.Name, b.Name))
	})
	v.Found = len(v.Rows)
	v.Rows = v.Rows[:min(len(v.Rows), maxRows)]
	return v
}

// functionView is one function.
type functionView struct {
	Function
	Recent
	Lines  []funclog.Line
	Broken []fleet.Broken
	// Here says that this node serves it, and has its source.
	Here bool
}

// functionNow is what is known of a function; false where no node serves one of that name.
func (p *Page) functionNow(ctx context.Context, name string) (functionView, bool) {
	v := functionView{Function: Function{Name: name}}
	cluster := p.src.Cluster(ctx)
	for _, b := range cluster.Broken {
		if b.Name == name {
			v.Broken = append(v.Broken, b)
		}
	}
	named := func(fn Function) bool { return fn.Name == name }
	everywhere := slices.IndexFunc(cluster.Functions, named)
	if everywhere >= 0 {
		v.Function = cluster.Functions[everywhere]
	}
	mine := p.src.Functions()
	if at := slices.IndexFunc(mine, named); at >= 0 {
		if v.Here = true; everywhere < 0 {
			v.Function = mine[at] // it was deployed a moment ago
		}
	}
	if everywhere < 0 && !v.Here {
		return v, len(v.Broken) > 0
	}
	var lines sync.WaitGroup // others are asked for both at once
	lines.Go(func() { v.Lines = p.src.AllLines(ctx, name, linesShown) })
	v.Recent = p.src.Recent(ctx, name)
	lines.Wait()
	return v, true
}

// outcomes are the ones that came, the most frequent first.
func (f *Function) outcomes() []string {
	var all []string
	for o := range f.Outcomes {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b string) int {
		return cmp.Or(cmp.Compare(f.Outcomes[b], f.Outcomes[a]), cmp.Compare(a, b))
	})
	return all
}

// frame is one line of a stack, with a link to the source where it names some.
type frame struct{ Text, Link string }

var location = regexp.MustCompile(`\(?([^\s():]+\.(?:ts|tsx|js|jsx|mjs|cjs|mts|cts|json)):(\d+):\d+\)?$`)

// frames takes a stack apart. Its text is a function's, and may be anything: a link leads to
// this function's source alone, whatever the text names.
func frames(function, stack string) []frame {
	var all []frame
	for line := range strings.SplitSeq(strings.TrimRight(stack, "\n"), "\n") {
		f := frame{Text: line}
		if m := location.FindStringSubmatch(line); m != nil && function != "" {
			f.Link = "/functions/" + url.PathEscape(function) + "/source?file=" + url.QueryEscape(m[1]) + "#L" + m[2]
		}
		all = append(all, f)
	}
	return all
}

// source is the function whose source this node has; "" where it has none.
func (v *functionView) source() string {
	if v.Here {
		return v.Name
	}
	return ""
}

func count(n uint64) string {
	return humanize.Comma(int64(min(n, math.MaxInt64))) //nolint:gosec // bounded
}

// backlog is what waits in a trigger's consumer, "?" where that is not known.
func (n *NATS) backlog(t *stream.Stats) (waiting, unacknowledged, again string) {
	b, known := n.Backlogs[[2]string{t.Stream, t.Consumer}]
	if !known {
		return "?", "?", "?"
	}
	return count(b.Waiting), strconv.Itoa(b.Unacknowledged), strconv.Itoa(b.Redelivered)
}

// on says on how many of the nodes a version is, where it is not on all.
func (f *Function) on(v fleet.Version) string {
	if v.Nodes == len(f.Nodes) || len(f.Nodes) == 0 {
		return ""
	}
	return "on " + strconv.Itoa(v.Nodes) + " of " + strconv.Itoa(len(f.Nodes))
}

func size(n uint64) string { return humanize.IBytes(n) }

// letter tells a state without its colour.
func letter(state string) string {
	switch state {
	case "":
		return "?"
	case "backoff":
		return "!" // B is busy
	}
	return strings.ToUpper(state[:1])
}

// known is a word for a class of the style sheet: one of those it has, whatever came.
func known(word string, words ...string) string {
	if slices.Contains(words, word) {
		return word
	}
	return "unknown"
}

func runtimeClass(state string) string {
	return "cell " + known(state, "starting", "idle", "busy", "draining", "backoff")
}

func memberClass(state string) string {
	return "state " + known(state, "alive", "suspect", "left", "dead")
}

func levelClass(level string) string {
	return "line " + known(level, "debug", "info", "warn", "error")
}

func line(n int) string { return "L" + strconv.Itoa(n) }

// cellTitle says all of a runtime.
func cellTitle(r admin.Runtime) string {
	text := "runtime " + strconv.Itoa(r.ID) + ": " + r.State + ", in flight " + strconv.Itoa(r.Inflight)
	if r.Function != "" {
		text += ", only " + r.Function
	}
	if r.Restarts > 0 {
		text += ", lost " + strconv.Itoa(r.Restarts) + " isolates, the last: " + r.LastLoss
	}
	return text
}

// listURL is a list of functions' address.
func listURL(path, query, sort string) string {
	v := url.Values{}
	if query != "" {
		v.Set("q", query)
	}
	if sort != "" {
		v.Set("sort", sort)
	}
	if len(v) == 0 {
		return path
	}
	return path + "?" + v.Encode()
}

func eventsOf(v functionsView) string { return listURL("/events/functions", v.Query, v.Sort) }

func ordered(by string) string {
	if by == "name" {
		return "ascending"
	}
	return "descending"
}

// reportURL leads to a file of the folder, whatever its name is.
func reportURL(name string) templ.SafeURL {
	parts := strings.Split(name, "/")
	for i := range parts {
		parts[i] = url.PathEscape(parts[i])
	}
	return templ.SafeURL("/reports/" + strings.Join(parts, "/"))
}
