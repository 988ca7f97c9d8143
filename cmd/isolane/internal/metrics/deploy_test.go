package metrics

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/stretchr/testify/require"
)

const deploy = "../../../../deploy"

// exposed are the names that a node shows, with the suffixes that histograms have.
func exposed(t *testing.T) map[string]bool {
	t.Helper()
	names := map[string]bool{"up": true}
	registry := prometheus.NewRegistry()
	src, _, _ := fake(1)
	registry.MustRegister(newCollector(src, DefaultConfig()), collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		names[f.GetName()] = true
		if f.GetMetric()[0].GetHistogram() != nil {
			for _, suffix := range []string{"_bucket", "_sum", "_count"} {
				names[f.GetName()+suffix] = true
			}
		}
	}
	return names
}

var metricName = regexp.MustCompile(`\b(isolane|go|process|up)(_[a-z0-9_]+)?\b`)

// used are the names in a query.
func used(query string) []string {
	// Names in quotes are values of labels.
	return metricName.FindAllString(regexp.MustCompile(`"[^"]*"`).ReplaceAllString(query, `""`), -1)
}

// expressions finds every query in a dashboard.
func expressions(value any) []string {
	var all []string
	switch v := value.(type) {
	case map[string]any:
		for key, inner := range v {
			if text, ok := inner.(string); ok && (key == "expr" || key == "query") {
				all = append(all, text)
				continue
			}
			all = append(all, expressions(inner)...)
		}
	case []any:
		for _, inner := range v {
			all = append(all, expressions(inner)...)
		}
	}
	return all
}

// The dashboard and the alerts use metrics that there are.
func TestDeployedQueries(t *testing.T) {
	names := exposed(t)
	text, err := os.ReadFile(filepath.Join(deploy, "grafana/isolane.json"))
	require.NoError(t, err)
	var dashboard any
	require.NoError(t, json.Unmarshal(text, &dashboard))
	queries := expressions(dashboard)
	require.Greater(t, len(queries), 30)
	rules, err := os.ReadFile(filepath.Join(deploy, "prometheus/isolane.rules.yml"))
	require.NoError(t, err)
	found := regexp.MustCompile(`(?s)expr: (>\n)?(.*?)\n\s+(for|labels):`).FindAllStringSubmatch(string(rules), -1)
	require.Len(t, found, strings.Count(string(rules), "- alert:"))
	for _, match := range found {
		require.NotEmpty(t, used(match[2]), match[2])
		queries = append(queries, match[2])
	}
	seen := 0
	for _, q := range queries {
		for _, name := range used(q) {
			require.True(t, names[name], "%s, in %s", name, q)
			seen++
		}
	}
	require.Greater(t, seen, 50)
	require.False(t, names["isolane_no_such_total"])
}

// The documentation lists every metric, and none that is not there.
func TestDocumentedMetrics(t *testing.T) {
	text, err := os.ReadFile("../../../../docs/operations.md")
	require.NoError(t, err)
	var documented []string
	for _, match := range regexp.MustCompile("(?m)^\\| `(isolane_[a-z_]+)").FindAllStringSubmatch(string(text), -1) {
		documented = append(documented, match[1])
	}
	slices.Sort(documented)
	names := Names()
	slices.Sort(names)
	require.Equal(t, names, documented)
}

// promtool takes the rules, and their own tests hold.
func TestPromtool(t *testing.T) {
	tool, err := exec.LookPath("promtool")
	if err != nil {
		t.Skip("no promtool here: apt-get install prometheus brings it")
	}
	for _, args := range [][]string{
		{"check", "rules", "isolane.rules.yml"},
		{"check", "config", "prometheus.yml"},
		{"test", "rules", "isolane.rules.test.yml"},
	} {
		cmd := exec.CommandContext(t.Context(), tool, args...)
		cmd.Dir = filepath.Join(deploy, "prometheus")
		out, err := cmd.CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	src, _, _ := fake(3)
	cmd := exec.CommandContext(t.Context(), tool, "check", "metrics")
	cmd.Stdin = strings.NewReader(scrape(t, newCollector(src, DefaultConfig())))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}
