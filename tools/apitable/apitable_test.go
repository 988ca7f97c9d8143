package main

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestEachEntryDoesWhatThePageSays(t *testing.T) {
	verdicts, err := judge(t.Context())
	require.NoError(t, err)
	require.Empty(t, faults(verdicts))
	page, err := os.ReadFile("../../docs/functions.md")
	require.NoError(t, err)
	want, err := replaced(string(page), table(verdicts))
	require.NoError(t, err)
	require.Equal(t, want, string(page), "run: go run ./tools/apitable -write")
}

func TestFaultsAreTold(t *testing.T) {
	require.Equal(t, []string{"a: it threw", "b works, and is said not to"}, faults([]verdict{
		{entry: entry{name: "a"}, Why: "it threw"},
		{entry: entry{name: "b", missing: true}, Works: true},
		{entry: entry{name: "c", missing: true}},
		{entry: entry{name: "d"}, Works: true},
	}))
	_, err := replaced("no marks", "")
	require.ErrorIs(t, err, errNoMarks)
}
