package webapi

import (
	"strings"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// parseURL parses text, which is a base (which may be empty, and has no line break),
// a line break and the input. The answer is the URL's parts, a line each: href,
// protocol, username, password, hostname, port, pathname, search, hash. A serialised
// URL has no line break. The answer is "" where the URL is invalid, or longer than
// maxURL.
func (a *API) parseURL(text string) string {
	base, input, _ := strings.Cut(text, "\n")
	if len(text) > maxURL || tooDear(input) || tooDear(base) {
		return ""
	}
	var u *whatwg.Url
	var err error
	if base == "" {
		u, err = a.urls.Parse(input)
	} else {
		u, err = a.urls.ParseRef(base, input)
	}
	if err != nil {
		return ""
	}
	return parts(u)
}

// setURL changes one part of a URL: text is the part's name, the URL's href and the
// new value, a line break between them; the value may have more. It answers as
// parseURL does. A value that does not fit changes nothing, as the standard has it.
func (a *API) setURL(text string) (string, error) {
	field, rest, _ := strings.Cut(text, "\n")
	href, value, _ := strings.Cut(rest, "\n")
	u, err := a.urls.Parse(href)
	if err != nil {
		return "", typeError("Invalid URL")
	}
	if len(value) > maxURL || (len(value) > maxAuthority && isAuthority(field)) ||
		(field == "pathname" && segments(value) > maxSegments) {
		return "", rangeError("URL: the new %s is too long", field)
	}
	switch field {
	case "protocol":
		u.SetProtocol(value)
	case "username":
		u.SetUsername(value)
	case "password":
		u.SetPassword(value)
	case "host":
		u.SetHost(value)
	case "hostname":
		u.SetHostname(value)
	case "port":
		u.SetPort(value)
	case "pathname":
		u.SetPathname(value)
	case "search":
		u.SetSearch(value)
	case "hash":
		u.SetHash(value)
	default:
		return "", typeError("URL has no part %q", field)
	}
	return parts(u), nil
}

// parts are a URL's parts. The last of the spaces that end an opaque path is written as "%20", which
// the library, of an older state of the standard, does not do.
func parts(u *whatwg.Url) string {
	href, pathname := u.Href(false), u.Pathname()
	if path, spaced := strings.CutSuffix(pathname, " "); spaced {
		before := len(u.Protocol()) + len(path)
		pathname, href = path+"%20", href[:before]+"%20"+href[before+1:]
	}
	return strings.Join([]string{
		href, u.Protocol(), u.Username(), u.Password(), u.Hostname(), u.Port(), pathname, u.Search(), u.Hash(),
	}, "\n")
}
