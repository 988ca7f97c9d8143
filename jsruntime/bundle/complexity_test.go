package bundle

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestTooComplexLeavesRealCodeAlone(t *testing.T) {
	many := func(s string) string { return strings.Repeat(s, 30_000) }
	for name, src := range map[string]string{
		"empty":                 "",
		"statements":            many("f(a);"),
		"list":                  "[" + many("1,") + "]",
		"functions":             many("function f() { return [(1)] }\n"),
		"brackets in strings":   "'" + many("(") + "'",
		"escaped":               `"` + many(`\"(`) + `"`,
		"brackets in comments":  "//" + many("(") + "\n/*" + many("[") + "*/",
		"comment at the end":    "//" + many("("),
		"template":              "`" + many("( + ") + "`",
		"template with code":    "`" + many("( + ") + "${f(`" + many("[ + ") + "`)}" + many("( + ") + "`",
		"escapes in a template": "`" + many("\\`(\\${ ") + "`",
		"quotation mark alone":  many("/'/;\n"),
		"closing brackets":      many("];"),
		"else":                  many("if (a) b; else c;"),
	} {
		t.Run(name, func(t *testing.T) {
			require.Empty(t, tooComplex([]byte(src)))
		})
	}
}

func FuzzTooComplex(f *testing.F) {
	for _, seed := range []string{"`${`${1}`}`", "/*", "//", "'\\", "`\\", "`$", "}}`${", "a => b", "/`/"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(_ *testing.T, src []byte) { tooComplex(src) })
}
