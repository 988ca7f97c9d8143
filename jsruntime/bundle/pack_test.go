package bundle_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/bundle"
	"github.com/isolane/isolane/jsruntime/function"
)

func built(tb testing.TB) *bundle.Bundle {
	tb.Helper()
	b, err := bundle.Build(tb.Context(), bundle.Options{Name: "f", Source: &bundle.Source{Contents: "const a: number = 1\nexport default () => {\n  throw new Error('é')\n}\n"}})
	require.NoError(tb, err)
	return b
}

func TestPack(t *testing.T) {
	b := built(t)
	data, err := b.Pack()
	require.NoError(t, err)
	again, err := bundle.Unpack("f", data)
	require.NoError(t, err)
	require.Equal(t, b.Script, again.Script)
	require.Equal(t, b.Entry, again.Entry)
	require.Equal(t, b.Digest, again.Digest)
	line := 1 + strings.Count(b.Script[:strings.Index(b.Script, "throw new")], "\n")
	file, l, _, ok := again.Position(line, 5)
	require.True(t, ok)
	require.Equal(t, "f.ts", file)
	require.Equal(t, 3, l)
	_, err = again.Pack()
	require.Error(t, err, "the map is used")
	renamed, err := bundle.Unpack("g", data)
	require.NoError(t, err)
	require.Equal(t, bundle.Origin("g"), renamed.Origin)

	fn, err := bundle.NewVersion("f", "abcdef", function.DefaultManifest(), function.DefaultLimits(), b)
	require.NoError(t, err)
	require.Equal(t, "abcdef", fn.Version)
	require.Equal(t, function.DefaultLimits(), fn.Manifest.Limits)
}

func TestUnpackRefuses(t *testing.T) {
	data, err := built(t).Pack()
	require.NoError(t, err)
	_, err = bundle.Unpack("f", bytes.Replace(data, []byte(`"isolane-bundle":1`), []byte(`"isolane-bundle":2`), 1))
	require.ErrorIs(t, err, bundle.ErrNewerPack)
	for what, bad := range map[string][]byte{
		"empty": nil, "cut": data[:len(data)-1], "longer": append(bytes.Clone(data), 'x'), "no line": bytes.ReplaceAll(data, []byte("\n"), nil),
		"no JSON": []byte("x\n"), "another script": bytes.Replace(data, []byte("throw"), []byte("thrOw"), 1),
		"format 0":  bytes.Replace(data, []byte(`"isolane-bundle":1`), []byte(`"isolane-bundle":0`), 1),
		"absolute":  bytes.Replace(data, []byte(`"entry":"f.ts"`), []byte(`"entry":"/f.t"`), 1),
		"negative":  []byte(`{"isolane-bundle":1,"entry":"f","script":-1,"map":2}` + "\nx"),
		"long line": append(bytes.Repeat([]byte(" "), 1<<20), '\n'),
	} {
		_, err := bundle.Unpack("f", bad)
		require.ErrorIs(t, err, bundle.ErrPacked, what)
	}
	_, err = bundle.Unpack("F", data)
	require.ErrorIs(t, err, bundle.ErrPacked)
}

func FuzzUnpack(f *testing.F) {
	data, err := built(f).Pack()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Add([]byte("{\"isolane-bundle\":1}\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := bundle.Unpack("f", data)
		if err != nil {
			return
		}
		again, err := b.Pack()
		if err != nil {
			require.ErrorContains(t, err, "the most is")
			return
		}
		same, err := bundle.Unpack("f", again)
		require.NoError(t, err)
		require.Equal(t, b.Script, same.Script)
		b.Position(1, 1)
	})
}
