package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// runTests bundles the module that tests of functions import; runtime is the folder of the web
// APIs, of whose scripts it takes a part.
func runTests(root, runtime string, check bool) error {
	npm, err := filepath.Abs(filepath.Join(root, "npm"))
	if err != nil {
		return err
	}
	result := api.Build(api.BuildOptions{
		EntryPoints:   []string{"test.js"},
		AbsWorkingDir: npm,
		Outfile:       "library.js",
		Plugins:       []api.Plugin{noNode(), runtimeReply(runtime)},
		Bundle:        true,
		Format:        api.FormatESModule,
		Platform:      api.PlatformBrowser,
		Conditions:    []string{"import", "module"},
		Target:        api.ES2022,
		Charset:       api.CharsetASCII,
		LegalComments: api.LegalCommentsNone,
		Metafile:      true,

		MinifyWhitespace: true,
		MinifySyntax:     true,
	})
	if err := failure(result); err != nil {
		return err
	}
	licences, err := licencesOf(npm, result.Metafile)
	if err != nil {
		return err
	}
	text := "// The module isolane/test, bundled by tools/webvendor: do not edit. In it are\n" + licences
	return put(filepath.Join(root, "library.js"), append([]byte(text), result.OutputFiles[0].Contents...), check)
}

// noNode stands in for what a library imports of Node.js, and does not use there.
func noNode() api.Plugin {
	return api.Plugin{Name: "no-node", Setup: func(build api.PluginBuild) {
		build.OnResolve(api.OnResolveOptions{Filter: "^node:"}, func(args api.OnResolveArgs) (api.OnResolveResult, error) {
			return api.OnResolveResult{Path: args.Path, Namespace: "no-node"}, nil
		})
		build.OnLoad(api.OnLoadOptions{Filter: ".*", Namespace: "no-node"}, func(api.OnLoadArgs) (api.OnLoadResult, error) {
			empty := "module.exports = {};"
			return api.OnLoadResult{Contents: &empty}, nil
		})
	}}
}

// licencesOf lists the packages that went into a bundle, a comment line each.
func licencesOf(npm, metafile string) (string, error) {
	var meta struct{ Inputs map[string]any }
	if err := json.Unmarshal([]byte(metafile), &meta); err != nil {
		return "", err
	}
	lines := map[string]bool{}
	var errs []error
	for input := range meta.Inputs {
		_, path, found := strings.Cut(input, "node_modules/")
		if !found {
			continue
		}
		parts := strings.SplitN(path, "/", 3)
		name := parts[0]
		if strings.HasPrefix(name, "@") {
			name += "/" + parts[1]
		}
		var p struct{ Version, License string }
		text, err := os.ReadFile(filepath.Join(npm, "node_modules", name, "package.json"))
		if err == nil {
			err = json.Unmarshal(text, &p)
		}
		errs = append(errs, err)
		lines[fmt.Sprintf("// %s %s, licence %s\n", name, p.Version, p.License)] = true
	}
	return strings.Join(slices.Sorted(maps.Keys(lines)), ""), errors.Join(errs...)
}
