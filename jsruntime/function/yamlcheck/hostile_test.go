package yamlcheck_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function/yamlcheck"
)

type tree struct {
	Left  *tree  `yaml:"left"`
	Kids  []tree `yaml:"kids"`
	Value string `yaml:"value"`
}

func TestAliasesCannotBlowUp(t *testing.T) {
	t.Run("to itself", func(t *testing.T) {
		var into tree
		err := yamlcheck.Decode("f", []byte("left: &a {left: *a}"), &into).Err()
		require.ErrorContains(t, err, "nested more than 64 levels deep")
	})
	t.Run("billion laughs", func(t *testing.T) {
		var b strings.Builder
		b.WriteString("kids: [&a0 {value: x}]\n")
		b.WriteString("left: {kids: [")
		for i := range 12 {
			b.WriteString("&a" + string(rune('b'+i)) + " {kids: [" + strings.Repeat("*a"+prior(i)+",", 9) + "]},")
		}
		b.WriteString("]}\n")
		var into tree
		err := yamlcheck.Decode("f", []byte(b.String()), &into).Err()
		require.ErrorContains(t, err, "too many values")
	})
}

func prior(i int) string {
	if i == 0 {
		return "0"
	}
	return string(rune('a' + i))
}

func TestManyAndLargeFaultsStayReadable(t *testing.T) {
	var cfg config
	err := yamlcheck.Decode("f", []byte(strings.Repeat("nope: 1\n", 5000)), &cfg).Err()
	require.ErrorContains(t, err, "and 4900 more faults")
	require.Len(t, strings.Split(err.Error(), "\n"), 101)

	err = yamlcheck.Decode("f", []byte(strings.Repeat("k", 500_000)+": 1\nname: "+strings.Repeat("7", 400_000)), &cfg).Err()
	require.Less(t, len(err.Error()), 1000)

	err = yamlcheck.Decode("f", []byte(strings.Repeat(" ", yamlcheck.MaxSize+1)), &cfg).Err()
	require.EqualError(t, err, "f:1:1: the file is larger than 1 MiB")

	err = yamlcheck.Decode("f", []byte(strings.Repeat("[", 20_000)), &cfg).Err()
	require.ErrorContains(t, err, "not YAML")
}

func FuzzDecode(f *testing.F) {
	for _, seed := range []string{
		"", "name: x", "limits: {wall: 30s, count: 1}", "a: &a [*a]", "<<: *x", "? a\n: b", "name: |\n  x\n", "- 1", "%YAML 1.2\n---\n", "on: !!bool yes", "other: &o {count: 1}\npools: [*o, *o]",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var cfg config
		doc := yamlcheck.Decode("f", data, &cfg)
		for _, fault := range doc.Faults() {
			if fault.Line < 1 || fault.Column < 1 || fault.Message == "" || strings.ContainsAny(fault.Message, "\n\x00") {
				t.Fatalf("unreadable fault %#v", fault)
			}
		}
		var tr tree
		_ = yamlcheck.Decode("f", data, &tr).Err()
	})
}
