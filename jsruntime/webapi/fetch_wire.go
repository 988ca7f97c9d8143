package webapi

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// The words between js/web/54_fetch.js, js/web/52_response.js and this file: JSON text, with
// the body as bytes beside it. Header values are byte strings (one character for
// each byte, as the Fetch standard has them), so they are latin-1 in both directions.

// fetchRequest is what JavaScript asks for.
type fetchRequest struct {
	Method string `json:"method"`
	// URL is serialised by the URL parser.
	URL string `json:"url"`
	// Redirect is follow, error or manual.
	Redirect string `json:"redirect"`
	// Upload names the body that is written in parts; "" for one that is whole, or none.
	Upload  string      `json:"upload"`
	Headers [][2]string `json:"headers"`
}

// emptyBody is the name of a body without a byte.
const emptyBody = "0"

// fetchResponse is the answer.
type fetchResponse struct {
	Status     int    `json:"status"`
	StatusText string `json:"statusText"`
	URL        string `json:"url"`
	Redirected bool   `json:"redirected"`
	// Body names the body in the invocation's scope; "" for none, emptyBody for one of
	// which nothing is left to read.
	Body    string      `json:"body"`
	Headers [][2]string `json:"headers"`
}

// ValidHeader reports whether a header of a message can stand in a Headers object:
// its name is a token, and its value has no line break and no NUL. Unlike those that
// functions make, values may hold any character.
func ValidHeader(name, value string) bool {
	return httpguts.ValidHeaderFieldName(name) && !strings.ContainsAny(value, "\x00\r\n")
}

// dropped tells the headers that are not the function's to set: they frame the
// message or belong to the connection.
func dropped(name, value string) bool {
	switch http.CanonicalHeaderKey(name) {
	case "Host", "Content-Length", "Connection", "Keep-Alive", "Proxy-Connection", "Proxy-Authorization",
		"Transfer-Encoding", "Te", "Trailer", "Upgrade", "Expect":
		return true
	case "Accept-Encoding":
		// The transport asks for what it can decode; only its absence can be asked for.
		return !strings.EqualFold(value, "identity")
	default:
		return false
	}
}

// requestHeader makes the headers of the first request.
func requestHeader(pairs [][2]string, userAgent string) http.Header {
	h := make(http.Header, len(pairs)+2)
	for _, p := range pairs {
		if !dropped(p[0], p[1]) {
			h.Add(p[0], toLatin1(p[1]))
		}
	}
	if h.Get("User-Agent") == "" {
		h.Set("User-Agent", userAgent)
	}
	if h.Get("Accept") == "" {
		h.Set("Accept", "*/*")
	}
	return h
}

// passTrace passes on the trace context of the operation, or of the message that the
// invocation is about, unless the function gave one.
func passTrace(h http.Header, from hostcap.Caller) {
	parent, state := span.Onward(from.Trace, from.Header)
	if parent == "" || h.Get(function.HeaderTraceParent) != "" {
		return
	}
	h.Set(function.HeaderTraceParent, parent)
	if state != "" {
		h.Set(function.HeaderTraceState, state)
	}
}

// responseText writes the answer but its body.
func responseText(r *http.Response, url, body string, redirected bool) (string, error) {
	_, statusText, _ := strings.Cut(r.Status, " ")
	answer := fetchResponse{
		Status: r.StatusCode, StatusText: fromLatin1(statusText), URL: url, Redirected: redirected, Body: body,
		Headers: make([][2]string, 0, len(r.Header)),
	}
	names := make([]string, 0, len(r.Header))
	for name := range r.Header {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, v := range r.Header[name] {
			answer.Headers = append(answer.Headers, [2]string{name, fromLatin1(v)})
		}
	}
	text, err := json.Marshal(answer)
	return string(text), err
}

// toLatin1 makes one byte of each character; JavaScript has seen that they fit.
func toLatin1(s string) string {
	out := make([]byte, 0, len(s))
	for _, r := range s {
		out = append(out, byte(r))
	}
	return string(out)
}

func fromLatin1(s string) string {
	out := make([]rune, len(s))
	for i := range len(s) {
		out[i] = rune(s[i])
	}
	return string(out)
}
