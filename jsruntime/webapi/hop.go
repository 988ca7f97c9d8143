package webapi

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// hop is one request of a fetch, and becomes the next one when it is redirected.
type hop struct {
	url    *whatwg.Url
	method string
	header http.Header
	body   []byte // nil for none
	// upload is the body where JavaScript writes it in parts; it can be sent once.
	upload *upload
}

// address returns where the request goes, as permissions are asked.
func (h *hop) address() (host string, port int, err error) {
	switch h.url.Scheme() {
	case "http", "https":
	default:
		return "", 0, typeError("fetch: scheme %q is not supported: use http or https", h.url.Scheme())
	}
	host = strings.TrimSuffix(strings.TrimPrefix(h.url.Hostname(), "["), "]")
	return host, h.url.DecodedPort(), nil
}

func (h *hop) request(ctx context.Context) (*http.Request, error) {
	target, err := url.Parse(h.url.Href(true))
	if err != nil {
		return nil, err
	}
	if target.User != nil {
		return nil, typeError("the URL must not include credentials")
	}
	var body io.Reader
	switch {
	case h.body != nil:
		body = bytes.NewReader(h.body)
	case h.upload != nil:
		body = h.upload.read
	}
	// Without a URL: it would be parsed once more, and Host is the URL's where it is empty.
	req, err := http.NewRequestWithContext(ctx, h.method, "", body)
	if err != nil {
		return nil, err
	}
	req.URL = target
	req.Header = h.header.Clone()
	return req, nil
}

func isRedirect(status int) bool {
	switch status {
	case http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther,
		http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return true
	default:
		return false
	}
}

// follow makes h the request that a redirect asks for (Fetch 4.5, HTTP-redirect
// fetch). Deviations: credentials in a Location are refused whatever the origin, and
// so is the way from https to http, which a browser's pages do not go either.
func (h *hop) follow(status int, location string) error {
	next, err := h.url.Parse(DecodeUTF8([]byte(location)))
	if err != nil {
		return typeError("fetch: %s redirects to an invalid URL", shown(h.url))
	}
	if next.Username() != "" || next.Password() != "" {
		return typeError("fetch: %s redirects to a URL with credentials", shown(h.url))
	}
	if h.url.Scheme() == "https" && next.Scheme() == "http" {
		return typeError("fetch: %s redirects from https to http, to %s: where that is meant, set redirect to \"manual\" and fetch it yourself", shown(h.url), shown(next))
	}
	toGet := status == http.StatusSeeOther && h.method != http.MethodGet && h.method != http.MethodHead ||
		(status == http.StatusMovedPermanently || status == http.StatusFound) && h.method == http.MethodPost
	if toGet {
		h.method = http.MethodGet
		h.body, h.upload = nil, nil
		for _, name := range []string{"Content-Encoding", "Content-Language", "Content-Location", "Content-Type"} {
			h.header.Del(name)
		}
	}
	if h.upload != nil {
		return typeError("fetch: %s redirects a request whose body is a stream, which can be sent once: send bytes", shown(h.url))
	}
	if origin(next) != origin(h.url) {
		h.header.Del("Authorization")
		// The function set it for the first host alone; there is no cookie jar.
		h.header.Del("Cookie")
	}
	h.url = next
	return nil
}

// shown is a URL as errors name it, which may end in a log: without user name,
// password, query and fragment, and not too long.
func shown(u *whatwg.Url) string {
	const longest = 200
	s := u.Protocol() + "//" + u.Host() + u.Pathname()
	if len(s) > longest {
		return strings.ToValidUTF8(s[:longest], "") + "\u2026"
	}
	if u.Search() != "" {
		s += "?\u2026"
	}
	return s
}

// origin is equal for URLs of the same scheme, host and port.
func origin(u *whatwg.Url) string {
	return u.Protocol() + "//" + u.Hostname() + ":" + strconv.Itoa(u.DecodedPort())
}
