package conformance

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// webAPITests is the folder of the web APIs' own tests, seen from an engine's package.
const webAPITests = "../webapi/testdata"

// WebAPIs runs tests of the web APIs, of those whose work the host does, in functions of every
// engine. V8 runs all of them beside the code, in bare contexts.
func WebAPIs(t *testing.T, e Engine) {
	t.Helper()
	asserts, err := os.ReadFile(filepath.Join(webAPITests, "assert.js"))
	require.NoError(t, err)
	const internals = `const internals = {
	utf8Decode: (bytes) => new TextDecoder("utf-8", { ignoreBOM: true }).decode(bytes), utf8Encode: (text) => new TextEncoder().encode(text),
};
`
	for _, name := range []string{"url", "encoding", "subtle", "compression", "quotaerror", "float16"} {
		t.Run(name, func(t *testing.T) {
			body, err := os.ReadFile(filepath.Join(webAPITests, name+".js"))
			require.NoError(t, err)
			source := string(asserts) + internals + "export default async () => {\n" + string(body) + "\nreturn \"ok\";\n};"
			l := NewLoop(t, e, nil)
			r, err := l.Call(Module(t, "web-"+name, source, func(m *function.Manifest) {
				m.Limits.CPU, m.Limits.Wall = time.Minute, 2*time.Minute
			}), nil)
			require.NoError(t, err)
			require.Equal(t, function.OK, r.Outcome, "%s\n%s", r.Message, r.Stack)
			require.Equal(t, "ok", string(r.Body))
		})
	}
}
