package function_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

func publishing(patterns ...string) function.Permissions {
	return function.Permissions{NATS: function.NATSPermissions{Publish: patterns}}
}

func TestAllowsPublish(t *testing.T) {
	long := strings.Repeat("a", function.MaxSubject)
	for name, tc := range map[string]struct {
		pattern, subject string
		want             bool
	}{
		"the same":                  {"a.b", "a.b", true},
		"another":                   {"a.b", "a.c", false},
		"longer":                    {"a.b", "a.b.c", false},
		"shorter":                   {"a.b.c", "a.b", false},
		"case":                      {"a.b", "A.b", false},
		"star":                      {"a.*", "a.b", true},
		"star is one word":          {"a.*", "a.b.c", false},
		"star is a word":            {"a.*", "a", false},
		"star in the middle":        {"a.*.c", "a.b.c", true},
		"rest":                      {"a.>", "a.b.c", true},
		"rest is not empty":         {"a.>", "a", false},
		"all":                       {">", "a.b", true},
		"first word":                {"*.b", "a.b", true},
		"a star inside a word":      {"a.*", "a.b*", true},
		"subject with star":         {">", "a.*", false},
		"subject with rest":         {">", "a.>", false},
		"star equal to the pattern": {"a.*", "a.*", false},
		"rest equal to the pattern": {"a.>", "a.>", false},
		"empty":                     {">", "", false},
		"empty word":                {">", "a..b", false},
		"point at the end":          {">", "a.", false},
		"space":                     {">", "a b", false},
		"tab":                       {">", "a\tb", false},
		"line break":                {">", "a\r\nPUB b 0", false},
		"nul":                       {">", "a\x00", false},
		"longest":                   {">", long, true},
		"too long":                  {">", long + "a", false},
		"bad pattern":               {"a..>", "a.b", false},
		"bad pattern, rest first":   {">.a", "b.a", false},
		"no pattern":                {"", "a", false},

		"dollar by >":            {">", "$SRV.PING", false},
		"dollar by *":            {"*.PING", "$SRV.PING", false},
		"dollar by a wildcard":   {"$SRV.*", "$SRV.PING", false},
		"dollar by name":         {"$SRV.PING", "$SRV.PING", true},
		"inbox by >":             {">", "_INBOX.x.1", false},
		"inbox by a wildcard":    {"_INBOX.>", "_INBOX.x.1", false},
		"inbox by name":          {"_INBOX.x.1", "_INBOX.x.1", true},
		"reply prefix":           {">", "_R_.x", false},
		"node by >":              {">", "isolane.node.a.drain", false},
		"node by a wildcard":     {"isolane.>", "isolane.node.a.drain", false},
		"node by name":           {"isolane.functions", "isolane.functions", true},
		"not the node's":         {">", "isolanes.drain", true},
		"dollar in a later word": {">", "a.$JS", true},

		"JetStream by >":    {">", "$JS.API.STREAM.DELETE.x", false},
		"JetStream by name": {"$JS.API.STREAM.DELETE.x", "$JS.API.STREAM.DELETE.x", false},
		"system by name":    {"$SYS.REQ.SERVER.PING", "$SYS.REQ.SERVER.PING", false},
		"bucket by name":    {"$KV.isolane.a", "$KV.isolane.a", false},
		"object by name":    {"$O.x.M.a", "$O.x.M.a", false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, publishing("x", tc.pattern, "y").AllowsPublish(tc.subject))
			requests := function.Permissions{NATS: function.NATSPermissions{Request: []string{tc.pattern}}}
			require.Equal(t, tc.want, requests.AllowsRequest(tc.subject))
			require.False(t, publishing(tc.pattern).AllowsRequest(tc.subject), "a grant of the other kind")
			require.False(t, requests.AllowsPublish(tc.subject), "a grant of the other kind")
		})
	}
}

// TestAllowsPublishAgainstTheServer holds the matcher to the server's own, on random
// subjects of few words.
func TestAllowsPublishAgainstTheServer(t *testing.T) {
	seed := rand.Uint64()
	t.Logf("seed %d", seed)
	rng := rand.New(rand.NewPCG(seed, 1))
	words := []string{"a", "b", "*", ">", "", "a*", "$JS", "$X", "isolane", "_INBOX", "aa", " "}
	subject := func() string {
		parts := make([]string, 1+rng.IntN(4))
		for i := range parts {
			parts[i] = words[rng.IntN(len(words))]
		}
		return strings.Join(parts, ".")
	}
	granted := 0
	for range 200_000 {
		pattern, to := subject(), subject()
		got := publishing(pattern).AllowsPublish(to)
		checkAgainstServer(t, pattern, to, got)
		if got {
			granted++
		}
	}
	require.Positive(t, granted)
}

// checkAgainstServer checks what is granted, and what is not, with the server's idea of
// subjects and the rule about the first word.
func checkAgainstServer(t *testing.T, pattern, subject string, granted bool) {
	t.Helper()
	first, _, _ := strings.Cut(subject, ".")
	special := strings.HasPrefix(first, "$") || strings.HasPrefix(first, "_") || first == "isolane"
	never := first == "$JS" || first == "$SYS" || first == "$KV" || first == "$O"
	controls := strings.ContainsFunc(subject+pattern, func(r rune) bool { return r <= ' ' || r == 0x7f })
	want := server.IsValidLiteralSubject(subject) && server.IsValidSubject(pattern) && len(subject) <= function.MaxSubject && !never
	switch {
	case !want || controls:
		want = false
	case special:
		want = pattern == subject
	default:
		want = server.SubjectMatchesFilter(subject, pattern)
	}
	if strings.ContainsAny(pattern, "*>") && want { // stricter than the server: a* is no pattern here
		for word := range strings.SplitSeq(pattern, ".") {
			want = want && (len(word) < 2 || !strings.ContainsAny(word, "*>") || pattern == subject)
		}
	}
	require.Equal(t, want, granted, "%q for %q", pattern, subject)
}

func FuzzAllowsPublish(f *testing.F) {
	f.Add("a.*", "a.b")
	f.Add(">", "$JS.API.INFO")
	f.Add("a.>", "a.b\r\nPUB c 0")
	f.Fuzz(func(t *testing.T, pattern, subject string) {
		granted := publishing(pattern).AllowsPublish(subject)
		checkAgainstServer(t, pattern, subject, granted)
		if hint := function.SubjectHint("publish", subject); hint != "" {
			require.True(t, publishing(subject).AllowsPublish(subject), "the hint %s grants nothing", hint)
		}
	})
}

func TestAllowsBucket(t *testing.T) {
	for name, tc := range map[string]struct {
		grant, bucket string
		want          bool
	}{
		"the same":          {"carts", "carts", true},
		"another":           {"carts", "cart", false},
		"case":              {"carts", "Carts", false},
		"star":              {"*", "carts", false},
		"empty":             {"", "", false},
		"the nodes'":        {"isolane", "isolane", false},
		"the nodes' other":  {"isolane-functions", "isolane-functions", false},
		"the nodes' third":  {"isolane_functions", "isolane_functions", false},
		"not the nodes'":    {"isolanes", "isolanes", true},
		"with a point":      {"a.b", "a.b", false},
		"with a line break": {"a\nb", "a\nb", false},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, function.Permissions{KV: []string{"x", tc.grant}}.AllowsBucket(tc.bucket))
		})
	}
	require.Equal(t, `permissions: { kv: ["carts"] }`, function.BucketHint("carts"))
	require.Empty(t, function.BucketHint("isolane"))
}

func TestSubjectHint(t *testing.T) {
	require.Equal(t, `permissions: { nats: { request: ["fn.hello"] } }`, function.SubjectHint("request", "fn.hello"))
	for _, none := range []string{"", "a.*", "$JS.API.INFO", "a b", strings.Repeat("a", function.MaxSubject+1)} {
		require.Empty(t, function.SubjectHint("publish", none), none)
	}
}
