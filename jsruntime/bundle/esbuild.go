package bundle

import (
	"path/filepath"

	"github.com/evanw/esbuild/pkg/api"
)

// The script is one function expression that is called with a fresh module object
// and returns its exports. Everything before the module's code stands on a line of
// its own, so that esbuild counts it in the source map; and the inner function has
// plain parameters, so that "use strict" may be its first statement.
const (
	opening       = `(m=>(function(module,exports){`
	openingStrict = `(m=>(function(module,exports){"use strict";`
	closing       = `return module.exports}).call(m.exports,m,m.exports))({exports:{}})`
)

// esbuildOptions translates options. The platform is the browser, because a
// function finds what a browser's worker has (fetch, URL, crypto) and nothing of
// Node.js; packages say under "browser" how to do without.
func esbuildOptions(opts Options, in *inputs) api.BuildOptions {
	dir := opts.Dir
	if dir == "" {
		dir = string(filepath.Separator)
	}
	return api.BuildOptions{
		EntryPoints:   []string{entryPath},
		AbsWorkingDir: dir,
		Outfile:       filepath.Join(dir, "bundle.js"), // never written; paths are relative to it
		Plugins:       []api.Plugin{in.plugin()},

		Bundle:     true,
		Format:     api.FormatCommonJS,
		Platform:   api.PlatformBrowser,
		Target:     api.ES2024,
		Conditions: []string{"worker", "browser", "module"},
		MainFields: []string{"browser", "module", "main"},
		JSX:        api.JSXAutomatic,
		Loader: map[string]api.Loader{
			".css": api.LoaderText, ".html": api.LoaderText, ".md": api.LoaderText, ".txt": api.LoaderText,
		},
		Define: map[string]string{
			"process.env.NODE_ENV": `"production"`,
			"global":               "globalThis",
		},
		Banner: map[string]string{"js": opening},
		Footer: map[string]string{"js": closing},

		LegalComments:  api.LegalCommentsInline,
		Sourcemap:      api.SourceMapExternal,
		SourcesContent: api.SourcesContentInclude,
		Metafile:       true,
		LogLevel:       api.LogLevelSilent,
	}
}
