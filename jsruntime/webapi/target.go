package webapi

import (
	"net"
	"net/url"
	"strconv"
	"strings"
	"sync"

	whatwg "github.com/nlnwa/whatwg-url/url"
)

// target is where a request goes. It does not change: requests share it.
type target struct {
	scheme string
	// host is the one that permissions are asked for, without brackets.
	host string
	port int
	// href is the URL without its fragment, and url the same as Go has it.
	href string
	url  *url.URL
	// shown is how errors name it, origin the same for those of one scheme, host and port.
	shown, origin string
	// address is where to connect.
	address string
	// allowed says that the function's grants have it.
	allowed bool
}

// Bounds of what targets keeps: URLs, and bytes of one.
const (
	maxTargets  = 64
	maxKeptText = 512
)

// targets keeps those that were asked for lately, since a function asks for few again and
// again and parsing costs more than sending. It is safe for concurrent use.
type targets struct {
	mu   sync.Mutex
	kept map[string]*target // guarded by mu
}

func (t *targets) find(text string) *target {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.kept[text]
}

func (t *targets) keep(text string, found *target) {
	if len(text) > maxKeptText {
		return
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.kept == nil {
		t.kept = make(map[string]*target)
	}
	if len(t.kept) >= maxTargets {
		clear(t.kept)
	}
	t.kept[strings.Clone(text)] = found
}

// target finds where a URL leads, as a function wrote it.
func (a *API) target(text string) (*target, error) {
	if found := a.targets.find(text); found != nil {
		return found, nil
	}
	if len(text) > maxURL || tooDear(text) {
		return nil, invalidURL(text)
	}
	u, err := a.urls.Parse(text)
	if err != nil {
		return nil, invalidURL(text)
	}
	found, err := a.targetOf(u)
	if err != nil {
		return nil, err
	}
	a.targets.keep(text, found)
	return found, nil
}

// targetOf takes a URL apart.
func (a *API) targetOf(u *whatwg.Url) (*target, error) {
	switch u.Scheme() {
	case "http", "https":
	default:
		return nil, typeError("fetch: scheme %q is not supported: use http or https", u.Scheme())
	}
	t := &target{
		scheme: u.Scheme(), port: u.DecodedPort(), href: u.Href(true), shown: shown(u), origin: origin(u),
		host: strings.TrimSuffix(strings.TrimPrefix(u.Hostname(), "["), "]"),
	}
	t.address = net.JoinHostPort(t.host, strconv.Itoa(t.port))
	t.allowed = a.cfg.Permissions.AllowsNet(t.host, t.port)
	var err error
	if t.url, err = url.Parse(t.href); err != nil {
		return nil, &Error{Name: "TypeError", Message: "fetch: " + t.shown + ": " + err.Error(), Err: err}
	}
	return t, nil
}

// invalidURL says it with as much of the text as can be no secret: an error may end in a log.
func invalidURL(text string) *Error {
	const most = 200
	told := cutAny(text, "?#")
	if strings.Contains(told, "@") {
		return typeError("fetch: invalid URL")
	}
	if len(told) > most {
		told = strings.ToValidUTF8(told[:most], "")
	}
	if told != text {
		told += "\u2026"
	}
	return typeError("fetch: invalid URL %q: it must be absolute, as in http://localhost:8080/", told)
}
