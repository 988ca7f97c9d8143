package functest_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/functest"
)

// TestRepliesThatCannotBe: invoke says of a reply that cannot be what the node says to a caller.
func TestRepliesThatCannotBe(t *testing.T) {
	returned := map[string]string{
		"function": `() => 1`, "symbol": `Symbol("x")`, "bigint": `1n`,
		"deep":     `({ a: [{ b: [1, 2n] }] })`,
		"tojson":   `({ toJSON() { } })`,
		"circular": `(() => { const o = {}; o.o = o; return o })()`,
		"thrower":  `({ toJSON() { throw new RangeError("mine") } })`,
		"error":    `Response.error()`,
		"locked":   `(() => { const r = new Response("x"); r.body.getReader(); return r })()`,
	}
	dir := t.TempDir()
	var tests strings.Builder
	tests.WriteString("import { it, expect, invoke, call } from \"isolane/test\";\n")
	for name, what := range returned {
		require.NoError(t, os.WriteFile(filepath.Join(dir, name+".ts"), fmt.Appendf(nil, "export default () => %s;\n", what), 0o600))
		fmt.Fprintf(&tests, `import %[1]s_ from "./%[1]s";
it(%[1]q, async () => {
	const said = await invoke(%[1]s_).then(() => { throw new Error("it could be") }, (e) => e);
	const told = await call("", { name: %[1]q }).then(() => { throw new Error("the node took it") }, (e) => e);
	expect(told.message).toBe(`+"`fn.${%[1]q} answered 500: ${said.name}: ${said.message.replace(/\\s+/g, ' ')}`"+`);
});
`, name)
	}
	require.NoError(t, os.WriteFile(filepath.Join(dir, "function.test.ts"), []byte(tests.String()), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(dir, "function.yaml"), []byte("permissions: { nats: { request: [\"fn.>\"] } }\n"), 0o600))
	files, _ := runAll(t, functest.Config{}, dir)
	f := files["function.test.ts"]
	require.Empty(t, f.Error)
	require.Len(t, f.Tests, len(returned))
	for _, one := range f.Tests {
		require.Equal(t, functest.Passed, one.State, "%+v", one)
	}
}
