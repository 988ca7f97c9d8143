package isolation

import (
	"io/fs"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

func TestVerdict(t *testing.T) {
	for name, c := range map[string]struct {
		probe                 string
		before, attack, after seen
		want                  string
		leak                  bool
	}{
		"nothing seen":   {"globals", seen{Said: "undefined"}, seen{Said: "x"}, seen{Said: "undefined"}, "isolated", false},
		"seen":           {"globals", seen{Said: "undefined"}, seen{Said: "x"}, seen{Said: "x"}, "**seen**: x", true},
		"attack failed":  {"globals", seen{Said: "undefined"}, seen{Failed: "no"}, seen{Said: "undefined"}, "isolated; attack failed", false},
		"next one fails": {"globals", seen{Said: "undefined"}, seen{Said: "x"}, seen{Failed: "no"}, "next call fails", true},
		"theft":          {"cpu", seen{Said: "answered"}, seen{Failed: "no"}, seen{Said: "answered", MS: 12.4}, "next call after 12 ms", false},
		"fact":           {"clock", seen{Said: "a"}, seen{Said: "a"}, seen{Said: "b"}, "b", false},
		"refused":        {"code-cache", seen{Said: "refused: EvalError"}, seen{Said: "refused: EvalError"}, seen{Said: "refused: EvalError"}, "refused: EvalError", false},
	} {
		value, leak := verdict(c.probe, c.before, c.attack, c.after)
		require.Equal(t, c.want, value, name)
		require.Equal(t, c.leak, leak, name)
	}
}

func TestEveryProbeIsInTheTable(t *testing.T) {
	files, err := fs.Glob(programs, "probes/*.js")
	require.NoError(t, err)
	require.Len(t, files, len(probes()))
	for _, probe := range probes() {
		require.Contains(t, files, "probes/"+probe+".js")
	}
}
