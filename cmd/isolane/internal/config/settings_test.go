package config

import (
	"reflect"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// keysOf lists the paths of a struct's yaml tags.
func keysOf(t reflect.Type, prefix string) []string {
	var keys []string
	for f := range t.Fields() {
		key := prefix + f.Tag.Get("yaml")
		switch {
		case f.Type.Kind() == reflect.Struct:
			keys = append(keys, keysOf(f.Type, key+".")...)
		case f.Type.Kind() != reflect.Map:
			keys = append(keys, key)
		}
	}
	return keys
}

// TestSettingsAreTheStruct holds the table and the struct together: the same keys
// in the same order, each leading to a field of its own.
func TestSettingsAreTheStruct(t *testing.T) {
	var keys []string
	var c Config
	fields := map[any]string{}
	for _, s := range settings() {
		keys = append(keys, s.key)
		require.Empty(t, fields[s.field(&c)], "%s leads to the field of another key", s.key)
		fields[s.field(&c)] = s.key
		if s.flag != "" {
			require.NotEmpty(t, s.help, s.key)
			require.NotEmpty(t, s.arg, s.key)
		}
	}
	require.Equal(t, keysOf(reflect.TypeFor[Config](), ""), keys)
}

func TestSettingsSetTheirField(t *testing.T) {
	texts := map[string]string{"*int": "7", "*bool": "true", "*float64": "0.5", "*string": "x", "*time.Duration": "7s", "*function.Bytes": "7MiB"}
	for _, s := range settings() {
		var c Config
		field := s.field(&c)
		text := texts[reflect.TypeOf(field).String()]
		require.NotEmpty(t, text, s.key)
		require.NoError(t, setText(field, text), s.key)
		// Follow the key through the struct's tags: it must be that field.
		v := reflect.ValueOf(c)
		for step := range strings.SplitSeq(s.key, ".") {
			for f, value := range v.Fields() {
				if f.Tag.Get("yaml") == step {
					v = value
					break
				}
			}
		}
		require.False(t, v.IsZero(), "%s sets another field", s.key)
		require.Error(t, setText(new(int), "7x"))
	}
}

func TestEnvName(t *testing.T) {
	require.Equal(t, "ISOLANE_RUNTIMES_MAX_INFLIGHT", envName("runtimes.maxInflight"))
	require.Equal(t, "ISOLANE_NATS_TLS_CA", envName("nats.tls.ca"))
}
