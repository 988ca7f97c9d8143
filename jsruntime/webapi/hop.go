package webapi

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"strconv"
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// hop is one request of a fetch, and becomes the next one when it is redirected.
type hop struct {
	url    *target
	method string
	header http.Header
	body   []byte // nil for none
	// upload is the body where JavaScript writes it in parts; it can be sent once.
	upload *upload
}

func (h *hop) request(ctx context.Context) (*http.Request, error) {
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
	req.URL = h.url.url
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

// redirect makes h the request that a redirect asks for (Fetch 4.5, HTTP-redirect
// fetch). Deviations: credentials in a Location are refused whatever the origin, and
// so is the way from https to http, which a browser's pages do not go either.
func (a *API) redirect(h *hop, status int, location string) error {
	location = DecodeUTF8([]byte(location))
	if len(location) > maxURL || tooDear(location) {
		return typeError("fetch: %s redirects to an invalid URL", h.url.shown)
	}
	u, err := a.urls.ParseRef(h.url.href, location)
	if err != nil {
		return typeError("fetch: %s redirects to an invalid URL", h.url.shown)
	}
	if u.Username() != "" || u.Password() != "" {
		return typeError("fetch: %s redirects to a URL with credentials", h.url.shown)
	}
	next, err := a.targetOf(u)
	if err != nil {
		return err
	}
	if h.url.scheme == "https" && next.scheme == "http" {
		return typeError("fetch: %s redirects from https to http, to %s: where that is meant, set redirect to \"manual\" and fetch it yourself", h.url.shown, next.shown)
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
		return typeError("fetch: %s redirects a request whose body is a stream, which can be sent once: send bytes", h.url.shown)
	}
	if next.origin != h.url.origin {
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
