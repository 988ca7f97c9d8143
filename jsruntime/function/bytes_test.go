package function_test

import (
	"encoding/json"
	"math"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func TestParseBytes(t *testing.T) {
	for in, want := range map[string]function.Bytes{
		"0": 0, "1": 1, "134217728": 128 * function.MiB, "128MiB": 128 * function.MiB, "128 MiB": 128 * function.MiB,
		"1.5GiB": 1536 * function.MiB, "0.5KiB": 512, "3B": 3, "9223372036854775807": math.MaxInt64, "8589934591GiB": 8589934591 * function.GiB,
	} {
		got, err := function.ParseBytes(in)
		require.NoError(t, err, in)
		require.Equal(t, want, got, in)
	}
}

func TestParseBytesSaysWhatToWrite(t *testing.T) {
	for in, want := range map[string]string{
		"128MB":               "not an amount of memory: 128MB: use KiB, MiB or GiB, for instance 128MiB",
		"128mib":              "not an amount of memory: 128mib: use KiB, MiB or GiB, for instance 128MiB",
		"1g":                  "not an amount of memory: 1g: use KiB, MiB or GiB, for instance 1GiB",
		"5 parsecs":           `not an amount of memory: "5 parsecs": use KiB, MiB or GiB`,
		"-1":                  "not an amount of memory: -1: write a number and a unit, for instance 128MiB",
		"-1MiB":               "not an amount of memory: -1MiB: write a number and a unit, for instance 128MiB",
		"":                    `not an amount of memory: "": write a number and a unit, for instance 128MiB`,
		"MiB":                 "not an amount of memory: MiB: write a number and a unit, for instance 128MiB",
		"1e9":                 "not an amount of memory: 1e9: write a number and a unit, for instance 128MiB",
		"1..5MiB":             "not an amount of memory: 1..5MiB: write a number and a unit, for instance 128MiB",
		"1.MiB":               "not an amount of memory: 1.MiB: write a number and a unit, for instance 128MiB",
		"0.1KiB":              "not an amount of memory: 0.1KiB is no whole number of bytes",
		"8589934592GiB":       "not an amount of memory: 8589934592GiB is more than can be counted",
		"9223372036854775808": "not an amount of memory: 9223372036854775808 is more than can be counted",
		"1\nMiB":              `not an amount of memory: "1\nMiB": write a number and a unit, for instance 128MiB`,
	} {
		_, err := function.ParseBytes(in)
		require.EqualError(t, err, want, in)
		require.ErrorIs(t, err, function.ErrInvalidBytes)
	}
	_, err := function.ParseBytes(strings.Repeat("9", 1<<20))
	require.Less(t, len(err.Error()), 200)
}

func TestBytesString(t *testing.T) {
	for want, b := range map[string]function.Bytes{
		"0B": 0, "1B": 1, "1500B": 1500, "1KiB": 1024, "128MiB": 128 * function.MiB, "1536MiB": 1536 * function.MiB, "2GiB": 2 * function.GiB, "-3KiB": -3 * function.KiB,
	} {
		require.Equal(t, want, b.String())
	}
	text, err := json.Marshal(map[string]function.Bytes{"heap": 64 * function.MiB})
	require.NoError(t, err)
	require.JSONEq(t, `{"heap":"64MiB"}`, string(text))
	var back map[string]function.Bytes
	require.NoError(t, json.Unmarshal(text, &back))
	require.Equal(t, 64*function.MiB, back["heap"])
}

func FuzzParseBytes(f *testing.F) {
	for _, seed := range []string{"128MiB", "1.5 GiB", "0", "-1", "1e9", "0.1KiB", "9223372036854775808B"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, s string) {
		b, err := function.ParseBytes(s)
		if err != nil {
			require.ErrorIs(t, err, function.ErrInvalidBytes)
			return
		}
		require.GreaterOrEqual(t, b, function.Bytes(0))
		again, err := function.ParseBytes(b.String())
		require.NoError(t, err)
		require.Equal(t, b, again)
	})
}
