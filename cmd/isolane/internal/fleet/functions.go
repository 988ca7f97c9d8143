package fleet

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/isolane/isolane/actors/latency"
	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

// Function is one that nodes serve, taken together.
type Function struct {
	Name string `json:"name"`
	// Isolation and Source are those of all nodes, separated by commas where they differ.
	Isolation string `json:"isolation"`
	Source    string `json:"source"`
	// Since is since when the youngest of what is served now is.
	Since time.Time `json:"since"`
	// Outcomes counts the answers of all nodes, each since it began.
	Outcomes map[string]uint64 `json:"outcomes"`
	Latency  latency.Counts    `json:"-"`
	// Versions are those that are called, the one that most nodes have first.
	Versions []Version `json:"versions"`
	// Nodes are those that serve it, by name.
	Nodes []Part `json:"nodes"`
}

// Version is one version that nodes serve.
type Version struct {
	Version string `json:"version"`
	// Percent is its part of the calls of the nodes that have it; the largest where they do
	// not agree.
	Percent float64 `json:"percent"`
	// Nodes is how many have it.
	Nodes int `json:"nodes"`
}

// Part is what one node has of a function.
type Part struct {
	Node          string         `json:"node"`
	Version       string         `json:"version"`
	Calls, Errors uint64         `json:"-"`
	Latency       latency.Counts `json:"-"`
}

// Calls is how many answers outcomes counts, errors how many of them were not ok.
func Calls(outcomes map[string]uint64) (calls, errors uint64) {
	for outcome, n := range outcomes {
		calls += n
		if outcome != "ok" {
			errors += n
		}
	}
	return calls, errors
}

// Broken is a function that a node cannot serve as it is.
type Broken struct {
	admin.Broken
	Nodes []string `json:"nodes"`
}

// Functions are those of the reports, by name.
func Functions(reports []admin.Report) []Function {
	byName := map[string]*Function{}
	for r := range reports {
		for i := range reports[r].Functions {
			told := &reports[r].Functions[i]
			fn := byName[told.Name]
			if fn == nil {
				fn = &Function{Name: told.Name, Outcomes: map[string]uint64{}}
				byName[told.Name] = fn
			}
			fn.add(reports[r].Node, told)
		}
	}
	all := make([]Function, 0, len(byName))
	for _, fn := range byName {
		slices.SortFunc(fn.Nodes, func(a, b Part) int { return cmp.Compare(a.Node, b.Node) })
		slices.SortFunc(fn.Versions, func(a, b Version) int {
			return cmp.Or(cmp.Compare(b.Nodes, a.Nodes), cmp.Compare(b.Percent, a.Percent), cmp.Compare(a.Version, b.Version))
		})
		all = append(all, *fn)
	}
	slices.SortFunc(all, func(a, b Function) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// add adds what one node tells.
func (f *Function) add(node string, told *admin.Function) {
	f.Isolation, f.Source = with(f.Isolation, told.Isolation), with(f.Source, told.Source)
	if told.Since.After(f.Since) {
		f.Since = told.Since
	}
	part := Part{Node: node, Version: told.Version}
	part.Calls, part.Errors = Calls(told.Outcomes)
	for outcome, n := range told.Outcomes {
		f.Outcomes[outcome] += n
	}
	told.Durations.Add(&part.Latency)
	f.Latency.Add(&part.Latency)
	f.Nodes = append(f.Nodes, part)
	versions := told.Versions
	if len(versions) == 0 {
		versions = []admin.Version{{Version: told.Version, Percent: 100}}
	}
	for _, v := range versions {
		at := slices.IndexFunc(f.Versions, func(have Version) bool { return have.Version == v.Version })
		if at < 0 {
			at = len(f.Versions)
			f.Versions = append(f.Versions, Version{Version: v.Version})
		}
		f.Versions[at].Nodes++
		f.Versions[at].Percent = max(f.Versions[at].Percent, v.Percent)
	}
}

// with is list and word, once.
func with(list, word string) string {
	if word == "" || slices.Contains(strings.Split(list, ", "), word) {
		return list
	}
	if list == "" {
		return word
	}
	return list + ", " + word
}

// NotServed are the functions that nodes cannot serve as they are, by name and error: the
// same error of several nodes once.
func NotServed(reports []admin.Report) []Broken {
	type key struct{ name, source, text string }
	byKey := map[key]*Broken{}
	for _, report := range reports {
		for _, b := range report.Broken {
			k := key{b.Name, b.Source, b.Error}
			if byKey[k] == nil {
				byKey[k] = &Broken{Broken: b}
			}
			byKey[k].Nodes = append(byKey[k].Nodes, report.Node)
		}
	}
	all := make([]Broken, 0, len(byKey))
	for _, b := range slices.Collect(maps.Values(byKey)) {
		slices.Sort(b.Nodes)
		all = append(all, *b)
	}
	slices.SortFunc(all, func(a, b Broken) int {
		return cmp.Or(cmp.Compare(a.Name, b.Name), cmp.Compare(a.Source, b.Source), cmp.Compare(a.Error, b.Error))
	})
	return all
}
