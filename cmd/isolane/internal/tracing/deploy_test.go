package tracing

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"go.yaml.in/yaml/v3"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

const root = "../../../../"

// TestDeployedTracing holds the files of deploy/tracing together, and to what a node reads: the
// variables that Compose gives a node have it send spans to where the collector listens, and the
// collector's pipeline has every part that it names.
func TestDeployedTracing(t *testing.T) {
	read := func(file string, into any) {
		t.Helper()
		data, err := os.ReadFile(filepath.Join(root, file))
		require.NoError(t, err)
		require.NoError(t, yaml.Unmarshal(data, into), file)
	}
	type compose struct {
		Services map[string]struct {
			Image       string            `yaml:"image"`
			Command     []string          `yaml:"command"`
			Volumes     []string          `yaml:"volumes"`
			Environment map[string]string `yaml:"environment"`
			DependsOn   []string          `yaml:"depends_on"`
		} `yaml:"services"`
	}
	var base, over compose
	read("docker-compose.yml", &base)
	read("deploy/tracing/compose.yml", &over)
	for name, s := range over.Services {
		_, known := base.Services[name]
		require.True(t, known || s.Image != "", "%s: neither a service of docker-compose.yml nor one with an image", name)
		for _, on := range s.DependsOn {
			require.True(t, base.Services[on].Image != "" || over.Services[on].Image != "", "%s depends on %s", name, on)
		}
	}

	// A variable with a default, as ${NAME:-default}.
	withDefault := regexp.MustCompile(`\$\{[A-Z_]+:-([^}]*)\}`)
	var environ []string
	for name, value := range over.Services["node"].Environment {
		environ = append(environ, name+"="+withDefault.ReplaceAllString(value, "$1"))
	}
	loaded, err := config.Load(config.Sources{NoFile: true, Environ: environ})
	require.NoError(t, err)
	require.Empty(t, loaded.Warnings)
	require.Equal(t, "http://collector:4317", loaded.Config.Tracing.Endpoint)
	require.InDelta(t, 1, loaded.Config.Tracing.Ratio, 0)
	require.True(t, loaded.Config.Tracing.ParentBased)

	from, to, _ := strings.Cut(strings.TrimSuffix(over.Services["collector"].Volumes[0], ":ro"), ":")
	require.Contains(t, over.Services["collector"].Command[0], to)
	var collector struct {
		Receivers struct {
			OTLP struct {
				Protocols map[string]struct {
					Endpoint string `yaml:"endpoint"`
				} `yaml:"protocols"`
			} `yaml:"otlp"`
		} `yaml:"receivers"`
		Processors map[string]any `yaml:"processors"`
		Exporters  map[string]struct {
			Endpoint string `yaml:"endpoint"`
		} `yaml:"exporters"`
		Service struct {
			Pipelines map[string]struct{ Receivers, Processors, Exporters []string } `yaml:"pipelines"`
		} `yaml:"service"`
	}
	read(from, &collector)
	require.Equal(t, "0.0.0.0:4317", collector.Receivers.OTLP.Protocols["grpc"].Endpoint)
	pipeline := collector.Service.Pipelines["traces"]
	require.Equal(t, []string{"otlp"}, pipeline.Receivers)
	for _, name := range pipeline.Processors {
		require.Contains(t, collector.Processors, name)
	}
	for _, name := range pipeline.Exporters {
		require.Contains(t, collector.Exporters, name)
		host, _, _ := strings.Cut(collector.Exporters[name].Endpoint, ":")
		require.NotEmpty(t, over.Services[host].Image, host)
	}
}
