package funcstore

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestDecodeRefuses(t *testing.T) {
	good, err := run(t, "d1 d2 s1").Encode()
	require.NoError(t, err)
	for what, change := range map[string]func(map[string]any){
		"format 0":                    func(m map[string]any) { m["format"] = 0 },
		"not of f":                    func(m map[string]any) { m["name"] = "g" },
		"unknown field":               func(m map[string]any) { m["colour"] = "red" },
		"not among the versions":      func(m map[string]any) { m["current"] = "333333" },
		"twice":                       func(m map[string]any) { v := m["versions"].([]any); v[1] = v[0] },
		"a split with":                func(m map[string]any) { m["split"].(map[string]any)["version"] = m["current"] },
		"no percentage":               func(m map[string]any) { m["split"].(map[string]any)["percent"] = 100 },
		"hexadecimal":                 func(m map[string]any) { m["versions"].([]any)[0].(map[string]any)["version"] = "../../x" },
		"is not one of this function": func(m map[string]any) { m["versions"].([]any)[0].(map[string]any)["object"] = "g/x" },
		"a size of":                   func(m map[string]any) { m["versions"].([]any)[0].(map[string]any)["size"] = -1 },
		"no SHA-256":                  func(m map[string]any) { m["versions"].([]any)[0].(map[string]any)["sha256"] = "x" },
		"the manifest has": func(m map[string]any) {
			m["versions"].([]any)[0].(map[string]any)["manifest"] = strings.Repeat("x", MaxManifest+1)
		},
		"cannot unmarshal string into Go": func(m map[string]any) { m["versions"] = "none" },
	} {
		var m map[string]any
		require.NoError(t, json.Unmarshal(good, &m))
		change(m)
		data, err := json.Marshal(m)
		require.NoError(t, err)
		_, err = Decode("f", data)
		require.ErrorIs(t, err, ErrInvalid, what)
		require.ErrorContains(t, err, what)
	}
	for _, text := range []string{"", "null", "[]", "{}", string(good) + "{}", `{"format":1}`} {
		_, err := Decode("f", []byte(text))
		require.ErrorIs(t, err, ErrInvalid, text)
	}
	_, err = Decode("f", make([]byte, MaxRecord+1))
	require.ErrorIs(t, err, ErrInvalid)
	_, err = Decode("F", good)
	require.ErrorIs(t, err, ErrInvalid)
}

func TestDecodeRefusesNewerFormat(t *testing.T) {
	_, err := Decode("f", []byte(`{"format":2,"name":"f","something":{"new":true}}`))
	var newer *FormatError
	require.ErrorAs(t, err, &newer)
	require.Equal(t, FormatError{Found: 2, Known: 1}, *newer)
	require.ErrorContains(t, err, "update isolane")
}

func TestEncodeRefusesWhatIsTooLong(t *testing.T) {
	r := Record{Format: Format, Name: "f"}
	for i := range 16 {
		v := version("0123456789abcdef"[i])
		v.Manifest = strings.Repeat("# \n", MaxManifest/3)
		var err error
		r, err = r.Deploy(v, 0, stamp("x"))
		require.NoError(t, err)
	}
	_, err := r.Encode()
	require.ErrorContains(t, err, "keep fewer versions")
	_, err = r.Keep(10).Encode()
	require.NoError(t, err)
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte(`{"format":1,"name":"f","changed":{"id":"","action":"","by":"","at":"2026-01-01T00:00:00Z"},"versions":[]}`))
	f.Add([]byte(`{"format":2}`))
	r := Record{Format: Format, Name: "f"}
	for _, step := range []string{"d1", "d2", "s1"} {
		var err error
		if r, err = apply(r, step); err != nil {
			f.Fatal(err)
		}
	}
	data, err := r.Encode()
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	f.Fuzz(func(t *testing.T, data []byte) {
		r, err := Decode("f", data)
		if err != nil {
			return
		}
		again, err := r.Encode()
		if err != nil { // what JSON escapes may be longer
			require.ErrorContains(t, err, "the most is")
			return
		}
		same, err := Decode("f", again)
		require.NoError(t, err)
		require.Equal(t, shown(r), shown(same))
		_ = r.Live()
		_, _ = r.Rollback("", stamp("x"))
		_, err = r.Keep(1).Encode()
		require.NoError(t, err)
	})
}
