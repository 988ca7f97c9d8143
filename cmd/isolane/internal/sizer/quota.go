package sizer

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// CPUs returns how many CPUs the process may use: the quota of its control group, as a
// container sees it, where that is less than otherwise. Go rounds a quota up to whole
// CPUs, and to two at least.
func CPUs(otherwise float64) float64 {
	return quota("/sys/fs/cgroup", otherwise)
}

func quota(root string, otherwise float64) float64 {
	var limit, period string
	if text, err := os.ReadFile(filepath.Join(root, "cpu.max")); err == nil { //nolint:gosec // the kernel's
		limit, period, _ = strings.Cut(strings.TrimSpace(string(text)), " ")
	} else {
		limit, period = word(root, "cpu/cpu.cfs_quota_us"), word(root, "cpu/cpu.cfs_period_us")
	}
	used, err := strconv.ParseFloat(limit, 64)
	if err != nil || used <= 0 { // "max", -1, or nothing there
		return otherwise
	}
	each, err := strconv.ParseFloat(period, 64)
	if err != nil || each <= 0 {
		return otherwise
	}
	return min(used/each, otherwise)
}

// word is what a file holds; "" where it cannot be read.
func word(root, name string) string {
	text, err := os.ReadFile(filepath.Join(root, name)) //nolint:gosec // the kernel's
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(text))
}
