package webapi

import (
	"bytes"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"
	"unsafe"

	"golang.org/x/net/http/httpguts"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// The words between js/web/54_fetch.js, js/web/52_response.js and this file: lines of text,
// with the body as bytes beside them. Header values are byte strings (one character for
// each byte, as the Fetch standard has them), so they are latin-1 in both directions, and
// none has a line break.

// fetchRequest is what JavaScript asks for: method, redirect, upload, the number of headers
// and as many lines "name:value", and the URL, which is the rest.
type fetchRequest struct {
	method string
	// redirect is follow, error or manual.
	redirect string
	// upload names the body that is written in parts; "" for one that is whole, or none.
	upload  string
	headers [][2]string
	// url is as the function wrote it.
	url string
}

// parseRequest reads it.
func parseRequest(text string) (r fetchRequest, err error) {
	var count string
	r.method, text, _ = strings.Cut(text, "\n")
	r.redirect, text, _ = strings.Cut(text, "\n")
	r.upload, text, _ = strings.Cut(text, "\n")
	count, text, _ = strings.Cut(text, "\n")
	n, err := strconv.Atoi(count)
	if err != nil || n < 0 || n > strings.Count(text, "\n") {
		return r, &Error{Name: "TypeError", Message: "fetch: the request cannot be read", Err: err}
	}
	r.headers = make([][2]string, n)
	for i := range r.headers {
		var line string
		line, text, _ = strings.Cut(text, "\n")
		name, value, _ := strings.Cut(line, ":")
		if !httpguts.ValidHeaderFieldName(name) || !httpguts.ValidHeaderFieldValue(value) {
			return r, typeError("fetch: invalid header %q", name)
		}
		r.headers[i] = [2]string{name, value}
	}
	r.url = text
	return r, nil
}

// Bodies with a name that is no number: one without a byte, one that is the text after the
// head, and one that is the bytes beside it.
const (
	emptyBody = "0"
	textBody  = "t"
	bytesBody = "b"
)

// maxArrived bounds a body that is a part of the answer, in bytes.
const maxArrived = 8 << 10

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

// responseText writes the answer: a line with the status, 1 or 0 for redirected or not, how
// many characters the head has, and the body's name; the head, which is lines of status
// text, URL and "name:value"; and the body where it is text. "" is no body.
func responseText(r *http.Response, url, body string, redirected bool, whole []byte) string {
	_, statusText, _ := strings.Cut(r.Status, " ")
	names := make([]string, 0, len(r.Header))
	// The URL is ASCII, and each other byte of the head one character.
	size := len(statusText) + len(url) + 2
	for name, values := range r.Header {
		names = append(names, name)
		for _, v := range values {
			size += len(name) + len(v) + 2
		}
	}
	slices.Sort(names)
	out := make([]byte, 0, size+len(whole)+32)
	out = strconv.AppendInt(out, int64(r.StatusCode), 10)
	if redirected {
		out = append(out, " 1 "...)
	} else {
		out = append(out, " 0 "...)
	}
	out = strconv.AppendInt(out, int64(size), 10)
	out = append(append(append(out, ' '), body...), '\n')
	out = append(appendLatin1(out, statusText), '\n')
	out = append(append(out, url...), '\n')
	for _, name := range names {
		for _, v := range r.Header[name] {
			out = append(append(out, name...), ':')
			out = append(appendLatin1(out, v), '\n')
		}
	}
	out = append(out, whole...)
	return unsafe.String(unsafe.SliceData(out), len(out)) // nobody else has it
}

// isText reports whether bytes are the same after they were text.
func isText(b []byte) bool { return utf8.Valid(b) && bytes.IndexByte(b, 0) < 0 }

// toLatin1 makes one byte of each character; JavaScript has seen that they fit.
func toLatin1(s string) string {
	if isASCII(s) {
		return s
	}
	out := make([]byte, 0, len(s))
	for _, r := range s {
		out = append(out, byte(r))
	}
	return string(out)
}

// appendLatin1 appends a character for each byte.
func appendLatin1(out []byte, s string) []byte {
	for i := range len(s) {
		out = utf8.AppendRune(out, rune(s[i]))
	}
	return out
}
