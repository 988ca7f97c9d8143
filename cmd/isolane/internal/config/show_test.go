package config_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

const secretive = `nats:
  url: nats://ada:sesame@one,nats://tokentoken@two
limits: {heap: 64MiB}
env: {"yes": "1", KEY: sesame}
`

func TestYAMLIsAFileAgain(t *testing.T) {
	loaded, err := load(t, secretive, config.Sources{Flags: map[string]string{"runtimes": "3"}})
	require.NoError(t, err)
	text, err := loaded.YAML(true)
	require.NoError(t, err)
	require.Contains(t, string(text), "count: 3 # flag --runtimes")
	require.Contains(t, string(text), "wall: 30s # default")

	require.NoError(t, os.WriteFile("again.yaml", text, 0o600))
	again, err := config.Load(config.Sources{File: "again.yaml"})
	require.NoError(t, err, string(text))
	require.Equal(t, loaded.Config, again.Config)
}

func TestSecretsAreMasked(t *testing.T) {
	loaded, err := load(t, secretive, config.Sources{})
	require.NoError(t, err)
	asYAML, err := loaded.YAML(false)
	require.NoError(t, err)
	asJSON, err := loaded.JSON(false)
	require.NoError(t, err)
	for _, text := range []string{string(asYAML), string(asJSON), loaded.Config.NATS.RedactedURLs()} {
		require.NotContains(t, text, "sesame")
		require.NotContains(t, text, "tokentoken")
	}
	require.Contains(t, string(asYAML), "nats://ada:********@one,nats://********@two")
}

// Whatever a secret is set by, it is not shown; neither is what stands in a URL.
func TestSecretsAreMaskedWhereverTheyComeFrom(t *testing.T) {
	for name, src := range map[string]config.Sources{
		"password, environment": {Environ: []string{"ISOLANE_NATS_URL=nats://h", "ISOLANE_NATS_USER=ada", "ISOLANE_NATS_PASSWORD=sesame"}},
		"password, flag":        {Flags: map[string]string{"nats": "nats://h", "nats-user": "ada", "nats-password": "sesame"}},
		"token, environment":    {Environ: []string{"ISOLANE_NATS_URL=nats://h", "ISOLANE_NATS_TOKEN=sesame"}},
		"token, flag":           {Flags: map[string]string{"nats": "nats://h", "nats-token": "sesame"}},
		"an @ in a password":    {Flags: map[string]string{"nats": "nats://ada:open@sesame@h:1"}},
		"token in a URL":        {Flags: map[string]string{"nats": "sesame@h:1"}},
		"functions' variable":   {Environ: []string{"ISOLANE_ENV_KEY=sesame"}},
	} {
		t.Run(name, func(t *testing.T) {
			loaded, err := load(t, "", src)
			require.NoError(t, err)
			asYAML, err := loaded.YAML(false)
			require.NoError(t, err)
			asJSON, err := loaded.JSON(false)
			require.NoError(t, err)
			for _, text := range append(loaded.Warnings, string(asYAML), string(asJSON), loaded.Config.NATS.RedactedURLs()) {
				require.NotContains(t, text, "sesame")
			}
			require.Contains(t, string(asYAML), "********")
		})
	}
}

func TestJSON(t *testing.T) {
	loaded, err := load(t, secretive, config.Sources{})
	require.NoError(t, err)
	text, err := loaded.JSON(false)
	require.NoError(t, err)
	var got struct {
		Config struct {
			Limits   map[string]any
			Runtimes map[string]any
			Env      map[string]string
		}
		Origins map[string]string
	}
	require.NoError(t, json.Unmarshal(text, &got))
	require.Equal(t, "64MiB", got.Config.Limits["heap"])
	require.InEpsilon(t, 256, got.Config.Runtimes["contexts"], 0)
	require.Equal(t, "********", got.Config.Env["KEY"])
	require.Equal(t, "isolane.yaml:3:16", got.Origins["limits.heap"])
}
