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
	yes, no := answer{Works: true}, answer{Why: "it threw"}
	require.Equal(t, []string{
		"a: it threw", "b works, and is said not to", "e in QuickJS: it threw", "f works in QuickJS, and is said not to",
	}, faults([]verdict{
		{entry: entry{name: "a"}, answer: no, light: yes},
		{entry: entry{name: "b", missing: true}, answer: yes, light: yes},
		{entry: entry{name: "c", missing: true}, answer: no, light: no},
		{entry: entry{name: "d"}, answer: yes, light: yes},
		{entry: entry{name: "e"}, answer: yes, light: no},
		{entry: entry{name: "f", lacking: "x"}, answer: yes, light: yes},
		{entry: entry{name: "g", lacking: "x"}, answer: yes, light: no},
	}))
	_, err := replaced("no marks", "")
	require.ErrorIs(t, err, errNoMarks)
}
