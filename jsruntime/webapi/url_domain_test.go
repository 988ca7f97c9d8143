package webapi

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// TestLaterMappings: a character that was mapped after Unicode 15 makes the domain that what it is
// mapped to makes, alone and among others. Of each range the first and the last are tried.
func TestLaterMappings(t *testing.T) {
	for later, known := range map[string]string{
		"\u04c0": "\u04cf", "\u10a0": "\u2d00", "\u10c5": "\u2d25", "\u1e9e": "\u00df", "\u2132": "\u214e", "\u2183": "\u2184",
		"\ua7cb": "\u0264", "\ua7d2": "\ua7d3", "\ua7d4": "\ua7d5", "\ua7dc": "\u019b", "\ua7f1": "s",
		"\U0001ccd6": "a", "\U0001ccef": "z", "\U0001ccf0": "0", "\U0001ccf9": "9",
		"\U0002f868": "\u36fc", "\U0002f874": "\u5f53", "\U0002f91f": "\U000243ab", "\U0002f95f": "\u7aee", "\U0002f9bf": "\u45d7",
		"\u115f": "", "\u1160": "", "\u17b4": "", "\u17b5": "", "\u180e": "", "\u2061": "", "\u2063": "", "\u206a": "", "\u206f": "",
		"\u3164": "", "\uffa0": "", "\U0001d173": "", "\U0001d17a": "",
	} {
		want, ok := domainToASCII("x" + known + "y.z")
		require.True(t, ok, "%+q", known)
		got, ok := domainToASCII("x" + later + "y.z")
		require.True(t, ok, "%+q", later)
		require.Equal(t, want, got, "%+q", later)
	}
	// Neighbours of the ranges stay as they are.
	for _, other := range "\u04bf\u04d0\u109f\u10d0\u115d\u1161\u17b3\u1e9f\u2070\u2131\u2184\ua7ca\u3165\uff9f\U0001d172" {
		require.Equal(t, string(other), laterMappings(string(other)))
	}
}
