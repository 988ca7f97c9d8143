package bundle

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"

	"github.com/evanw/esbuild/pkg/api"
)

const (
	// namespace marks the module that Build itself adds.
	namespace = "isolane"
	// modulesNamespace marks those of Options.Modules.
	modulesNamespace = "isolane-module"
	// entryPath and sourcePath are what that module and a Source are imported as.
	entryPath  = "isolane:entry"
	sourcePath = "isolane:source"
)

// plugin gives esbuild the entry, and looks at every import and file. The entry is
// a module of two lines that exports what the function exports, so that esbuild
// itself finds a missing default export, through re-exports too.
func (in *inputs) plugin() api.Plugin {
	return api.Plugin{Name: "isolane", Setup: func(build api.PluginBuild) {
		for name := range in.opts.Modules {
			build.OnResolve(api.OnResolveOptions{Filter: "^" + regexp.QuoteMeta(name) + "$"}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
				return api.OnResolveResult{Path: args.Path, Namespace: modulesNamespace}, nil
			})
		}
		build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: modulesNamespace}, in.loadModule)
		build.OnResolve(api.OnResolveOptions{Filter: "^isolane:"}, in.resolve)
		build.OnResolve(api.OnResolveOptions{Filter: "^(https?:)?//"}, in.refuseURL)
		build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: namespace}, in.loadEntry)
		build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "file"}, in.loadFile)
	}}
}

func (in *inputs) resolve(args api.OnResolveArgs) (api.OnResolveResult, error) {
	switch {
	case args.Path == entryPath && args.Kind == api.ResolveEntryPoint:
		return api.OnResolveResult{Path: "entry", Namespace: namespace}, nil
	case args.Path == sourcePath && args.Namespace == namespace && in.opts.Source != nil:
		return api.OnResolveResult{Path: in.sourceFile()}, nil
	}
	return refuseImport("there are no isolane: modules: what a function may use is global or in its second argument, ctx"), nil
}

// refuseURL replaces what esbuild does with URLs, which is to leave them to a
// browser.
func (in *inputs) refuseURL(api.OnResolveArgs) (api.OnResolveResult, error) {
	return refuseImport("cannot import from a URL: install the package with npm, or save the file beside the function"), nil
}

func refuseImport(text string) api.OnResolveResult {
	return api.OnResolveResult{Errors: []api.Message{{Text: text}}}
}

func refuseFile(text string) api.OnLoadResult {
	return api.OnLoadResult{Errors: []api.Message{{Text: text}}}
}

func (in *inputs) loadEntry(api.OnLoadArgs) (api.OnLoadResult, error) {
	path := in.opts.Entry
	if in.opts.Source != nil {
		path = sourcePath
	}
	quoted, err := json.Marshal(path)
	if err != nil {
		return api.OnLoadResult{}, err
	}
	contents := "export { default } from " + string(quoted) + ";\nexport * from " + string(quoted) + ";\n"
	return api.OnLoadResult{Contents: &contents, ResolveDir: in.opts.Dir, Loader: api.LoaderJS}, nil
}

func (in *inputs) loadModule(args api.OnLoadArgs) (api.OnLoadResult, error) {
	contents := in.opts.Modules[args.Path]
	return api.OnLoadResult{Contents: &contents, Loader: api.LoaderJS}, nil
}

// sourceFile is the path that a Source would have on disk.
func (in *inputs) sourceFile() string {
	return filepath.Join(string(filepath.Separator), in.opts.Dir, filepath.FromSlash(in.opts.Source.File))
}

// loadFile notes and checks a file. What is on disk is left to esbuild to load.
func (in *inputs) loadFile(args api.OnLoadArgs) (api.OnLoadResult, error) {
	if s := in.opts.Source; s != nil && args.Path == in.sourceFile() {
		if refusal := in.admit(args.Path, int64(len(s.Contents)), []byte(s.Contents)); refusal != "" {
			return refuseFile(refusal), nil
		}
		return api.OnLoadResult{Contents: &s.Contents, ResolveDir: in.opts.Dir, Loader: s.Loader.esbuild()}, nil
	}
	info, err := os.Stat(args.Path)
	if err != nil {
		return api.OnLoadResult{}, nil //nolint:nilerr // esbuild says it itself, at the import
	}
	if !info.Mode().IsRegular() {
		return refuseFile("is no regular file"), nil // a pipe would never end
	}
	in.note(args.Path)
	size, contents := info.Size(), []byte(nil)
	if size <= int64(in.opts.MaxSize) {
		if contents, err = os.ReadFile(args.Path); err != nil {
			return api.OnLoadResult{}, nil //nolint:nilerr // as above
		}
		size = int64(len(contents))
	}
	if p, bad := foreign(contents); bad && !isText(args.Path) {
		return api.OnLoadResult{Errors: []api.Message{{Text: p.Message, Location: &api.Location{
			File: in.relative(args.Path), Line: p.Line, Column: p.Column, LineText: p.LineText,
		}}}}, nil
	}
	if refusal := in.admit(args.Path, size, contents); refusal != "" {
		return refuseFile(refusal), nil
	}
	return api.OnLoadResult{}, nil
}
