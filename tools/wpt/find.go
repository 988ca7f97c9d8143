package main

import (
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

// groups are the parts of web-platform-tests that Isolane's web APIs are about.
var groups = []string{
	"url", "encoding", "fetch/api/headers", "fetch/api/request", "fetch/api/response", "streams", "compression",
	"dom/abort", "dom/events", "FileAPI", "WebCryptoAPI", "html/webappapis/timers",
	"html/webappapis/structured-clone", "html/webappapis/atob", "html/webappapis/microtask-queuing", "urlpattern",
	"webidl/ecmascript-binding/es-exceptions",
}

// unit is one file of tests, in one of its variants.
type unit struct {
	// name is the path in the checkout, with the variant behind.
	name, group, variant string
	// scripts are what runs, one after the other.
	scripts []script
	// files are what they fetch of their folder, by the name that they say.
	files map[string]string
	// lacks is why it does not apply; "" where it does.
	lacks string
}

type script struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// find returns the units of a group, by name, of the first of the checkouts that has it. dirs
// is a list as PATH is one.
func find(dirs, group string) ([]unit, error) {
	var units []unit
	dir := checkoutOf(dirs, group)
	err := filepath.WalkDir(filepath.Join(dir, filepath.FromSlash(group)), func(file string, entry fs.DirEntry, err error) error {
		if os.IsNotExist(err) {
			return nil // an older checkout
		}
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		found, err := unitsOf(dir, group, filepath.ToSlash(name))
		units = append(units, found...)
		return err
	})
	slices.SortFunc(units, func(a, b unit) int { return strings.Compare(a.name, b.name) })
	return units, err
}

// checkoutOf is the first checkout that has a folder; the first one where none has.
func checkoutOf(dirs, folder string) string {
	all := filepath.SplitList(dirs)
	for _, dir := range all {
		if _, err := os.Stat(filepath.Join(dir, filepath.FromSlash(folder))); err == nil {
			return dir
		}
	}
	return all[0]
}

var (
	metaLine   = regexp.MustCompile(`(?m)^//\s*META:\s*(\w+)=(.*)$`)
	htmlScript = regexp.MustCompile(`(?is)<script([^>]*)>(.*?)</script>`)
	htmlSource = regexp.MustCompile(`(?i)\bsrc\s*=\s*["']?([^"'\s>]+)`)
	harness    = regexp.MustCompile(`testharness(report)?\.js$`)
)

// unitsOf reads a file; none where it has no tests.
func unitsOf(dir, group, name string) ([]unit, error) {
	html := strings.HasSuffix(name, ".html") || strings.HasSuffix(name, ".htm")
	if !html && !strings.HasSuffix(name, ".any.js") || strings.Contains(name, "/resources/") || strings.Contains(name, "/support/") {
		return nil, nil
	}
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil {
		return nil, err
	}
	u := unit{name: name, group: group}
	if html {
		if !strings.Contains(string(text), "testharness.js") {
			return nil, nil
		}
		return []unit{u.ofHTML(dir, string(text))}, nil
	}
	variants := []string{""}
	worker := true
	for _, m := range metaLine.FindAllStringSubmatch(string(text), -1) {
		value := strings.TrimSpace(m[2])
		switch m[1] {
		case "script":
			u.add(dir, value)
		case "variant":
			if variants[0] == "" {
				variants = nil
			}
			variants = append(variants, value)
		case "global":
			worker = strings.Contains(value, "worker") || strings.Contains(value, "window") || strings.Contains(value, "shell")
		}
	}
	u.scripts = append(u.scripts, script{Name: path.Base(name), Text: string(text)})
	u.load(dir)
	if u.judge(); !worker && u.lacks == "" {
		u.lacks = "another kind of global scope"
	}
	units := make([]unit, 0, len(variants))
	for _, v := range variants {
		copied := u
		copied.name, copied.variant = name+v, v
		units = append(units, copied)
	}
	return units, nil
}

// add takes a script that the test names.
func (u *unit) add(dir, source string) {
	source, _, _ = strings.Cut(source, "?")
	at := path.Join(path.Dir(u.name), source)
	if strings.HasPrefix(source, "/") {
		at = source[1:]
	}
	text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(at)))
	if err != nil {
		u.lacks = fmt.Sprintf("a script that is not there: %s", source)
		return
	}
	u.scripts = append(u.scripts, script{Name: path.Base(source), Text: string(text)})
}

// ofHTML takes the scripts of a page.
func (u unit) ofHTML(dir, text string) unit {
	for _, m := range htmlScript.FindAllStringSubmatch(text, -1) {
		if src := htmlSource.FindStringSubmatch(m[1]); src != nil {
			if !harness.MatchString(src[1]) {
				u.add(dir, src[1])
			}
			continue
		}
		if strings.TrimSpace(m[2]) != "" {
			u.scripts = append(u.scripts, script{Name: path.Base(u.name), Text: m[2]})
		}
	}
	u.load(dir)
	u.judge()
	return u
}

// lacking are what a function has not on purpose, by what a test that needs it says.
var lacking = []struct{ what, says string }{
	{"a document", `\bdocument\s*[.\[)]|\bwindow\b|\bMouseEvent\b|[iI]frame\b|createElement|<iframe|getElementById|\bframes\[|add_cleanup\(\(\) => frame|fetch_tests_from_`},
	{"workers", `\bnew (Shared)?Worker\(|serviceWorker|service_worker|importScripts\(|dedicated_worker`},
	{"the suite's server", `\.py\b|\.sub\.|get_host_info|\bRESOURCES_DIR\b|\.asis\b|top\.txt|resources/[\w-]+\.(png|txt|html)|["']/media/`},
	{"XMLHttpRequest or FileReader", `XMLHttpRequest|new FileReader|FileReaderSync`},
	{"blob URLs", `createObjectURL|revokeObjectURL`},
	{"IDL tests", `idl_test|idlharness|IdlArray`},
	{"ports that go to another scope", `transfer(red)? .*stream.*postMessage|\.postMessage\([^)]*stream`},
	{"garbage collection on demand", `garbageCollect\(|\bgc\(\)`},
}

var fetched = regexp.MustCompile(`["'](/?[\w./-]+\.json)["']`)

// load reads the files that the scripts fetch.
func (u *unit) load(dir string) {
	u.files = make(map[string]string)
	for _, s := range u.scripts {
		for _, m := range fetched.FindAllStringSubmatch(s.Text, -1) {
			at := path.Join(path.Dir(u.name), m[1])
			if strings.HasPrefix(m[1], "/") {
				at = m[1][1:]
			}
			if text, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(at))); err == nil {
				u.files[m[1]] = string(text)
			}
		}
	}
}

// judge says whether the unit applies.
func (u *unit) judge() {
	if u.lacks == "" && strings.HasPrefix(u.name, "WebCryptoAPI/") && strings.Contains(u.name, ".tentative.") {
		u.lacks = "a proposal of more algorithms" // ML-KEM, Argon2 and so on: of no standard yet
	}
	if u.lacks != "" {
		return
	}
	for i, l := range lacking {
		if i == 0 && strings.HasSuffix(u.name, ".js") {
			continue // what names a document there does so where there is one
		}
		says := regexp.MustCompile(l.says)
		for _, s := range u.scripts {
			if says.MatchString(s.Text) {
				u.lacks = l.what
				return
			}
		}
	}
}
