package metrics

import (
	"encoding/json"
	"fmt"
	"maps"
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
	"go.yaml.in/yaml/v3"
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

// dashboard are the queries of the dashboard.
func dashboard(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deploy, "grafana/isolane.json"))
	require.NoError(t, err)
	var value any
	require.NoError(t, json.Unmarshal(text, &value))
	queries := expressions(value)
	require.Greater(t, len(queries), 80)
	return queries
}

// alerts are the queries of the alerts, by name.
func alerts(t *testing.T) map[string]string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(deploy, "prometheus/isolane.rules.yml"))
	require.NoError(t, err)
	var rules struct {
		Groups []struct {
			Rules []struct{ Alert, Expr string } `yaml:"rules"`
		} `yaml:"groups"`
	}
	require.NoError(t, yaml.Unmarshal(text, &rules))
	all := map[string]string{}
	for _, g := range rules.Groups {
		for _, r := range g.Rules {
			require.NotEmpty(t, used(r.Expr), r.Alert)
			all[r.Alert] = r.Expr
		}
	}
	require.Len(t, all, strings.Count(string(text), "- alert:"))
	return all
}

// The dashboard and the alerts use metrics that there are, and every one of ours is in one of
// them.
func TestDeployedQueries(t *testing.T) {
	names, shown := exposed(t), map[string]bool{}
	for _, q := range append(dashboard(t), slices.Collect(maps.Values(alerts(t)))...) {
		for _, name := range used(q) {
			require.True(t, names[name], "%s, in %s", name, q)
			shown[name] = true
			shown[strings.TrimSuffix(name, "_bucket")] = true
		}
	}
	for _, name := range Names() {
		require.True(t, shown[name], "%s is in no panel and in no alert", name)
	}
	require.False(t, names["isolane_no_such_total"])
}

// Every alert is seen to fire by a test of promtool's.
func TestEveryAlertIsTested(t *testing.T) {
	text, err := os.ReadFile(filepath.Join(deploy, "prometheus/isolane.rules.test.yml"))
	require.NoError(t, err)
	var file struct {
		Tests []struct {
			Alerts []struct {
				Name string `yaml:"alertname"`
				Fire []any  `yaml:"exp_alerts"`
			} `yaml:"alert_rule_test"`
		} `yaml:"tests"`
	}
	require.NoError(t, yaml.Unmarshal(text, &file))
	fire := map[string]bool{}
	for _, test := range file.Tests {
		for _, a := range test.Alerts {
			fire[a.Name] = fire[a.Name] || len(a.Fire) > 0
		}
	}
	for name := range alerts(t) {
		require.True(t, fire[name], "no test has %s fire", name)
	}
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
	cmd := exec.CommandContext(t.Context(), tool, "check", "rules", asRules(t, dashboard(t)))
	out, err := cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
	src, _, _ := fake(3)
	cmd = exec.CommandContext(t.Context(), tool, "check", "metrics")
	cmd.Stdin = strings.NewReader(scrape(t, newCollector(src, DefaultConfig())))
	out, err = cmd.CombinedOutput()
	require.NoError(t, err, "%s", out)
}

// asRules is a file of rules with the queries of a dashboard, so that promtool reads them.
func asRules(t *testing.T, queries []string) string {
	t.Helper()
	type rule struct{ Record, Expr string }
	var rules []rule
	put := strings.NewReplacer("$__rate_interval", "5m", "$instance", ".*", "$function", ".*")
	for i, q := range queries {
		if strings.HasPrefix(q, "label_values(") || q == "prometheus" { // Grafana's, for its menus
			continue
		}
		rules = append(rules, rule{fmt.Sprintf("dashboard:%d", i), put.Replace(q)})
	}
	text, err := yaml.Marshal(map[string]any{"groups": []any{map[string]any{"name": "dashboard", "rules": rules}}})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "dashboard.yml")
	require.NoError(t, os.WriteFile(path, text, 0o600))
	return path
}
