package main

import (
	"bytes"
	"os"
	"os/exec"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// installed skips where npm could not have installed the packages.
func installed(t *testing.T) {
	t.Helper()
	if _, err := os.Stat("node_modules/zod"); err == nil {
		return
	}
	_, err := exec.LookPath("npm")
	require.Error(t, err, "the packages are missing: npm ci --prefix tools/npmcheck (make test does that)")
	t.Skip("npm is not installed: apt-get install npm")
}

func TestPackagesDoTheirWork(t *testing.T) {
	installed(t)
	c := newCaller()
	for name, calls := range map[string][][2]string{
		"none": {{`{"name":"Ada"}`, `^{"hello":"Ada"}$`}},
		"zod": {
			{samples[1].payload, `^{"total":5.5}$`},
			{`{"id":"7","items":[{"sku":"","price":-1}],"note":"much too long"}`, `^{"wrong":\["id","items.0.sku","items.0.price","note"\]}$`},
		},
		"date-fns": {{`{"from":"2026-01-31"}`, `^{"ends":"Saturday, 28 February 2026","days":28}$`}},
		"jose":     {{`{"name":"Ada"}`, `^{"name":"Ada","refused":"ERR_JWS_SIGNATURE_VERIFICATION_FAILED","plaintext":"hush"}$`}},
		"hono": {
			{`{"method":"GET","path":"/books/7?page=2"}`, `^{"book":"7","page":"2"}$`},
			{`{"method":"POST","path":"/books","body":{"title":"Ulysses"}}`, `^{"made":"Ulysses"}$`},
			{`{"method":"GET","path":"/no"}`, `^nothing there$`},
		},
		"nanoid":    {{``, `^{"id":"[\w-]{21}","short":"[abc]{5}"}$`}},
		"uuid":      {{`https://example.com/`, `^{"name":"dd2c1780-811a-5296-81c5-178a0ef488bc","valid":true,"versions":\[4,7,5\]}$`}},
		"lodash-es": {{samples[7].payload, `^{"byCity":{"x":\["a","b"\],"y":\["c"\]},"pairs":\[\[1,2\],\[3\]\],"merged":{"a":{"b":1,"c":2}},"calls":1}$`}},
		"marked":    {{"# Title\n\n- *one*\n- `two`\n", `<h1>Title</h1>\s*<ul>\s*<li><em>one</em></li>\s*<li><code>two</code></li>\s*</ul>`}},
	} {
		t.Run(name, func(t *testing.T) {
			fn, err := load(t.Context(), ".", name)
			require.NoError(t, err)
			for _, call := range calls {
				result, _, err := c.call(t.Context(), fn, call[0], 0)
				require.NoError(t, err)
				require.Regexp(t, call[1], string(result.Body))
			}
		})
	}
}

func TestTableHasEachPackage(t *testing.T) {
	installed(t)
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out, ".", 1))
	require.Equal(t, len(samples)+2, strings.Count(out.String(), "\n"))
	require.Contains(t, out.String(), "| zod 4")
}
