package webapi_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/webapi"
)

func FuzzURL(f *testing.F) {
	for _, s := range [][3]string{
		{"", "http://user:pw@example.com:8080/a/../b?c=d#e", "x"},
		{"http://a/b/c", "../d", "y:z"},
		{"file:///C|/", "//host/x", ""},
		{"file:", "..", "/"},
		{"data:text/plain,x  ", "#f", "?"},
		{"mailto:a@b", "", "]["},
		{"http://[::1]/", "http://0x7f.0.0.1/%zz", "[::1]:80"},
		{"", "http://ü.test/\u0000", "\t\n"},
		{"", "a:/..//", "//"},
		{"", "http://%41/", "@:"},
		{"", "http://_xn--a.XN--b.\u00e4/", "xn--\u1e9e"},
		{"data:x  ?", "#  ", "%2561"},
	} {
		f.Add(s[0], s[1], s[2])
	}
	api := webapi.New(webapi.Config{})
	fields := []string{"protocol", "username", "password", "host", "hostname", "port", "pathname", "search", "hash"}
	f.Fuzz(func(t *testing.T, base, input, value string) {
		text, _, err := api.Call("url.parse", strings.ReplaceAll(base, "\n", "")+"\n"+input, nil)
		require.NoError(t, err)
		if text == "" {
			return
		}
		href := checkParts(t, text)
		again, _, err := api.Call("url.parse", "\n"+href, nil)
		require.NoError(t, err)
		require.NotEmpty(t, again, "%q cannot be parsed again", href)
		for _, field := range fields {
			set, _, err := api.Call("url.set", field+"\n"+href+"\n"+value, nil)
			require.NoError(t, err)
			checkParts(t, set)
		}
	})
}

// checkParts returns the href of an answer.
func checkParts(t *testing.T, text string) string {
	t.Helper()
	parts := strings.Split(text, "\n")
	require.Len(t, parts, 9, "%q", text)
	for i := range len(text) {
		require.Less(t, text[i], byte(0x80), "%q is not ASCII", text)
	}
	require.True(t, strings.HasPrefix(parts[0], parts[1]), "%q", text)
	return parts[0]
}

// longHost has as many characters as a host may, all of them different.
func longHost() string {
	var b strings.Builder
	for r := rune(0x4e00); b.Len() < 4000; r++ {
		b.WriteRune(r)
	}
	return b.String()
}

// Parsing is synchronous, and nothing can stop it: what a function gives must not
// keep it busy.
func TestURLTakesNoLongTime(t *testing.T) {
	api := webapi.New(webapi.Config{})
	const n = 1 << 18
	for name, text := range map[string]string{
		"user name":        "\nhttp://" + strings.Repeat("u", n-20) + "@x/",
		"at signs":         "\nhttp://" + strings.Repeat("@", n-20) + "x/",
		"host":             "\nhttp://" + strings.Repeat("h", n-20) + "/",
		"host that grows":  "\nhttp://" + strings.Repeat("\ufdfa", 1300) + "/",
		"host of xn--":     "\nhttp://" + strings.Repeat("xn--.", 800) + "/",
		"host to encode":   "\nhttp://" + longHost() + "/",
		"hidden authority": "\nhttp:/\t/" + strings.Repeat("u", n-20) + "@x/",
		"tabs between":     "\nhttp:/" + strings.Repeat("\t/", 10) + strings.Repeat("u", n-50) + "@x/",
		"no slashes":       "\nhttp:" + strings.Repeat("u", n-20) + "@x/",
		"path":             "\nhttp://x/" + strings.Repeat("p/", n/2-20),
		"dots":             "\nhttp://x/" + strings.Repeat("../", n/3-20),
		"opaque":           "\ndata:" + strings.Repeat("d", n-20),
		"opaque percent":   "\ndata:" + strings.Repeat("%", n-20),
		"query":            "\nhttp://x/?" + strings.Repeat("\u00fc", n/2-20),
		"fragment":         "\nhttp://x/#" + strings.Repeat("%zz", n/3-20),
		"relative path":    "http://x/\n" + strings.Repeat("p/", n/2-20),
		"backslashes":      "\nhttp://x/" + strings.Repeat("p\\", n/2-20),
		"other scheme":     "\na://x/" + strings.Repeat("p/", n/2-20),
		"scheme with tabs": "\nht\ttp:" + strings.Repeat("u", n-20) + "@x/",
		"base":             "data:" + strings.Repeat("d", n/2) + "\n#" + strings.Repeat("f", n/4),
	} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			parsed, _, err := api.Call("url.parse", text, nil)
			require.NoError(t, err)
			if parsed != "" {
				href, _, _ := strings.Cut(parsed, "\n")
				_, _, err = api.Call("url.set", "hash\n"+href+"\nx", nil)
				require.NoError(t, err)
			}
			require.Less(t, time.Since(began), 10*time.Second) // a tenth of a second; quadratic and with -race half a minute
			t.Log(time.Since(began))
		})
	}
}
