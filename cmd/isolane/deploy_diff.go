package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/pmezard/go-difflib/difflib"

	"github.com/isolane/isolane/bridge/funcstore"
)

// manifestDiff is what changes between two versions beside the script, as a unified diff;
// "" where nothing does.
func manifestDiff(name string, before, after funcstore.Version) string {
	text, err := difflib.GetUnifiedDiffString(difflib.UnifiedDiff{
		A: difflib.SplitLines(configured(before)), B: difflib.SplitLines(configured(after)),
		FromFile: name + " " + cmp.Or(before.Version, "(none)"), ToFile: name + " (new)", Context: 3,
	})
	if err != nil { // it writes to memory
		return ""
	}
	return text
}

// configured is the manifest of a version with what goes over its env.
func configured(v funcstore.Version) string {
	var b strings.Builder
	b.WriteString(v.Manifest)
	if v.Manifest != "" && !strings.HasSuffix(v.Manifest, "\n") {
		b.WriteByte('\n')
	}
	for _, k := range slices.Sorted(maps.Keys(v.Env)) {
		fmt.Fprintf(&b, "# --env %s=%s\n", k, v.Env[k])
	}
	return b.String()
}
