package yamlcheck_test

import (
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function/yamlcheck"
)

type inner struct {
	Wall  time.Duration `yaml:"wall"`
	Count int           `yaml:"count"`
	Small uint8         `yaml:"small"`
}

type config struct {
	Name     string            `yaml:"name"`
	On       bool              `yaml:"on"`
	Ratio    float64           `yaml:"ratio"`
	Limits   inner             `yaml:"limits"`
	Other    *inner            `yaml:"other"`
	List     []string          `yaml:"list"`
	Env      map[string]string `yaml:"env"`
	Addr     netip.Addr        `yaml:"addr"`
	Pools    []inner           `yaml:"pools"`
	Hidden   chan int          `yaml:"-"`
	Untagged int
}

// A single word stands for the key of a struct that says so.
func TestDecodeAlone(t *testing.T) {
	type source struct {
		Name  string `yaml:"name,alone"`
		Count int    `yaml:"count"`
	}
	var cfg struct {
		From *source `yaml:"from"`
	}
	doc := yamlcheck.Decode("f.yaml", []byte("from: A"), &cfg)
	require.NoError(t, doc.Err())
	require.Equal(t, &source{Name: "A"}, cfg.From)
	require.True(t, doc.Set("from.name"))
	for in, want := range map[string]string{
		"from: 7":          "f.yaml:1:7: from: want keys and values, found",
		"from: [A]":        "f.yaml:1:7: from: want keys and values, found a list",
		"from: {naem: A}":  "did you mean from.name?",
		"from: {count: A}": "f.yaml:1:15: from.count",
	} {
		cfg.From = nil
		require.ErrorContains(t, yamlcheck.Decode("f.yaml", []byte(in), &cfg).Err(), want)
	}
}

func TestDecodeSetsEveryType(t *testing.T) {
	cfg := config{Name: "default", Limits: inner{Count: 7}}
	doc := yamlcheck.Decode("f.yaml", []byte(strings.TrimSpace(`
name: "8080"
on: true
ratio: 1
limits: { wall: 1m30s, small: 0xff }
other: { count: 1_000 }
list: &l [a, "b"]
env: { A: "1", B: two }
addr: ::1
pools: [{count: 1}, {wall: 0}]
untagged: 3
`)), &cfg)
	require.NoError(t, doc.Err())
	require.Equal(t, config{
		Name: "8080", On: true, Ratio: 1,
		Limits:   inner{Wall: 90 * time.Second, Count: 7, Small: 255},
		Other:    &inner{Count: 1000},
		List:     []string{"a", "b"},
		Env:      map[string]string{"A": "1", "B": "two"},
		Addr:     netip.IPv6Loopback(),
		Pools:    []inner{{Count: 1}, {}},
		Untagged: 3,
	}, cfg)
	require.True(t, doc.Set("limits.wall"))
	require.True(t, doc.Set("env.A"))
	require.True(t, doc.Set("pools[1].wall"))
	require.False(t, doc.Set("limits.count"))
	line, column, ok := doc.Position("limits.wall")
	require.True(t, ok)
	require.Equal(t, [2]int{4, 17}, [2]int{line, column})
}

// A list of structs may be given as its only element.
func TestDecodeOneOfAList(t *testing.T) {
	var cfg config
	doc := yamlcheck.Decode("f.yaml", []byte("pools: {count: 3}"), &cfg)
	require.NoError(t, doc.Err())
	require.Equal(t, []inner{{Count: 3}}, cfg.Pools)
	require.True(t, doc.Set("pools.count"))
	require.False(t, doc.Set("pools[0]"))
	require.ErrorContains(t, yamlcheck.Decode("f.yaml", []byte("pools: {cuont: 3}"), &cfg).Err(), `unknown key "pools.cuont": did you mean pools.count?`)
	require.ErrorContains(t, yamlcheck.Decode("f.yaml", []byte("list: {a: b}"), &cfg).Err(), "want a list")
}

func TestDecodeFaults(t *testing.T) {
	for name, tc := range map[string]struct{ in, want string }{
		"unknown key":          {"naem: x", "f:1:1: unknown key \"naem\": did you mean name?"},
		"unknown nested":       {"limits:\n  cuont: 1", "f:2:3: unknown key \"limits.cuont\": did you mean limits.count?"},
		"unknown case":         {"LIST: []", "f:1:1: unknown key \"LIST\": did you mean list?"},
		"key of another place": {"wall: 1s", "f:1:1: unknown key \"wall\": known are name, on, ratio, limits, other, list, env, addr, pools, untagged"},
		"duplicate":            {"on: true\non: false", "f:2:1: on: given twice, first on line 1"},
		"duplicate quoted":     {"on: true\n\"on\": false", "f:2:1: on: given twice, first on line 1"},
		"string from number":   {"name: 8080", `f:1:7: name: want a string, found the number 8080: quote it`},
		"string from bool":     {"env: {A: true}", `f:1:10: env.A: want a string, found the truth value true: quote it`},
		"string from date":     {"name: 2024-01-02", `f:1:7: name: want a string, found the date 2024-01-02: quote it`},
		"string from list":     {"name: [a]", `f:1:7: name: want a string, found a list`},
		"string from nothing":  {"name:", `f:1:6: name: has no value: give one, or leave the key out`},
		"list from string":     {"list: a", `f:1:7: list: want a list, found the string "a": write [a]`},
		"list from map":        {"list: {a: b}", `f:1:7: list: want a list, found keys and values`},
		"element":              {"list: [a, 1]", `f:1:11: list[1]: want a string, found the number 1: quote it`},
		"struct from list":     {"limits: [1]", `f:1:9: limits: want keys and values, found a list`},
		"map from string":      {"env: A", `f:1:6: env: want keys and values, found the string "A"`},
		"pointer from string":  {"other: A", `f:1:8: other: want keys and values, found the string "A"`},
		"bool":                 {"on: yes", `f:1:5: on: want true or false, found the string "yes": write true`},
		"bool off":             {"on: off", `f:1:5: on: want true or false, found the string "off": write false`},
		"int":                  {"limits: {count: 1.5}", `f:1:17: limits.count: want a whole number, found the number 1.5`},
		"int quoted":           {`limits: {count: "1"}`, `f:1:17: limits.count: want a whole number, found the string "1": write it without quotation marks`},
		"int too large":        {"limits: {count: 9223372036854775808}", `f:1:17: limits.count: "9223372036854775808" is out of range`},
		"uint negative":        {"limits: {small: -1}", `f:1:17: limits.small: "-1" is out of range`},
		"uint too large":       {"limits: {small: 256}", `f:1:17: limits.small: "256" is out of range`},
		"duration unit":        {"limits: {wall: 30}", `f:1:16: limits.wall: "30" has no unit: write for instance 30s or 30ms`},
		"duration word":        {"limits: {wall: 1 minute}", `f:1:16: limits.wall: "1 minute" is not a duration: write for instance 500ms, 30s, 5m or 1h`},
		"text":                 {"addr: nope", `f:1:7: addr: ParseAddr("nope"): unable to parse IP`},
		"text list":            {"addr: []", `f:1:7: addr: want a single value, found a list`},
		"complex key":          {"? {a: b}\n: c", `f:1:3: a key must be a word, found keys and values`},
		"number as key":        {"env: {1: a}", `f:1:7: env: a key must be a word, found the number 1: quote it`},
		"merge":                {"limits: {<<: {count: 1}}", `f:1:10: limits: merge keys (<<) are not supported: write the keys out`},
		"tag":                  {"name: !secret x", `f:1:7: name: want a string, found "x" with the tag "!secret": quote it`},
		"root list":            {"- a", `f:1:1: want keys and values, found a list`},
		"root word":            {"hello", `f:1:1: want keys and values, found the string "hello"`},
		"two documents":        {"on: true\n---\non: false", `f:2:1: a second document: one file holds one`},
		"syntax first line":    {"a: b: c", `f:1:1: not YAML: mapping values are not allowed in this context`},
		"syntax later":         {"on: true\n\tname: x", `f:2:1: not YAML: found a tab character that violates indentation`},
		"syntax of parser":     {"on: true\nlist: [a\n", `f:2:1: not YAML: did not find expected ',' or ']'`},
		"syntax at the end":    {"on: true}", `f:1:5: on: want true or false, found the string "true}"`},
		"unknown alias":        {"on: true\nname: *x", `f:2:7: not YAML: unknown anchor 'x' referenced`},
		"control":              {"on: true\nname: a\x00b", `f:2:8: control character '\x00': write it as an escape in a quoted string`},
		"not utf-8":            {"on: true\nname: é\xff", `f:2:8: the file is not UTF-8 text`},
		"several": {"naem: 1\nlimits:\n  wall: 3\n  count: x\nlist: [1, a, 2]", strings.Join([]string{
			"f:1:1: unknown key \"naem\": did you mean name?",
			`f:3:9: limits.wall: "3" has no unit: write for instance 3s or 3ms`,
			`f:4:10: limits.count: want a whole number, found the string "x"`,
			`f:5:8: list[0]: want a string, found the number 1: quote it`,
			`f:5:14: list[2]: want a string, found the number 2: quote it`,
		}, "\n")},
	} {
		t.Run(name, func(t *testing.T) {
			var cfg config
			err := yamlcheck.Decode("f", []byte(tc.in), &cfg).Err()
			require.EqualError(t, err, tc.want)
			var faults *yamlcheck.Error
			require.ErrorAs(t, err, &faults)
		})
	}
}

func TestDecodeLeavesWhatIsAbsentOrAtFault(t *testing.T) {
	for name, in := range map[string]string{
		"empty": "", "comment": "# nothing\n", "null": "~", "no values": "limits:\nother:\nlist:\nenv: ~",
		"at fault": "name: 1\nlimits: {count: x}\nlist: a",
	} {
		t.Run(name, func(t *testing.T) {
			before := config{Name: "n", Limits: inner{Count: 1}, List: []string{"a"}, Env: map[string]string{"a": "b"}}
			cfg := before
			doc := yamlcheck.Decode("f", []byte(in), &cfg)
			require.Equal(t, before, cfg)
			require.False(t, doc.Set("limits.count"))
			require.False(t, doc.Set("list"))
			require.False(t, doc.Set(""))
		})
	}
}

func TestFaultfFallsBackToTheKeyAbove(t *testing.T) {
	var cfg config
	doc := yamlcheck.Decode("f", []byte("on: true\nlimits:\n  count: 1\n"), &cfg)
	doc.Faultf("limits.count", "%d is few", 1)
	doc.Faultf("limits.wall", "missing")
	doc.Faultf("list[3].a", "missing\ntoo")
	require.EqualError(t, doc.Err(), "f:1:1: list[3].a: missing too\nf:3:3: limits.wall: missing\nf:3:10: limits.count: 1 is few")
}

func TestNearest(t *testing.T) {
	known := []string{"isolation", "dedicated", "env", "cpu"}
	for word, want := range map[string]string{
		"isolatoin": "isolation", "Isolation": "isolation", "enb": "env", "evn": "env", "CPU": "cpu", "cup": "cpu",
		"": "", "x": "", "wall": "", strings.Repeat("e", 1000): "",
	} {
		require.Equal(t, want, yamlcheck.Nearest(word, known), word)
	}
}

func TestDecodePanicsOnWrongTypes(t *testing.T) {
	var iface struct{ A any }
	var key struct{ A map[int]string }
	for name, into := range map[string]any{"no pointer": config{}, "nil": (*config)(nil), "interface": &iface, "key": &key, "string": new(string)} {
		t.Run(name, func(t *testing.T) {
			require.Panics(t, func() { yamlcheck.Decode("f", []byte("a: 1"), into) })
		})
	}
}
