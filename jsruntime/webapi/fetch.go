package webapi

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"strconv"

	whatwg "github.com/nlnwa/whatwg-url/url"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// maxRedirects is the number of hops that the Fetch standard allows (4.4, step 4).
const maxRedirects = 20

// fetch does one request with its redirects. The response's body stays in the scope, for
// operations to read.
func (a *API) fetch(ctx context.Context, from hostcap.Caller, scope *Scope, text string, in []byte) (string, error) {
	var req fetchRequest
	if err := json.Unmarshal([]byte(text), &req); err != nil {
		return "", &Error{Name: "TypeError", Message: "fetch: the request cannot be read", Err: err}
	}
	target, err := whatwg.Parse(req.URL)
	if err != nil {
		return "", typeError("fetch: invalid URL")
	}
	header := requestHeader(req.Headers, a.cfg.UserAgent)
	from, s := a.fetching(from, req.Method, target)
	passTrace(header, from)
	h := &hop{url: target, method: req.Method, body: in, header: header}
	if req.Upload != "" {
		if h.upload, err = takeUpload(scope, req.Upload); err != nil {
			fetched(s, nil, err)
			return "", err
		}
		defer context.AfterFunc(ctx, h.upload.drop)()
	}
	// The request outlives the operation, with its body. Until then it ends with it.
	ofRequest, cancel := context.WithCancel(scope.ctx)
	stop := context.AfterFunc(ctx, cancel)
	defer stop()
	sent := h.upload
	resp, redirected, err := a.follow(ofRequest, h, req.Redirect) //nolint:bodyclose,contextcheck // the scope ends it, and closes the body
	fetched(s, resp, err)
	if err == nil {
		var answer string
		if answer, err = a.finish(scope, h, resp, redirected, cancel); err == nil {
			return answer, nil
		}
	}
	cancel()
	if sent != nil {
		sent.drop()
	}
	if ctx.Err() != nil {
		return "", fetchError(ctx, h, err)
	}
	return "", err
}

// follow sends the request, and goes where redirects lead.
func (a *API) follow(ctx context.Context, h *hop, mode string) (*http.Response, bool, error) {
	first := h.url
	for redirects := 0; ; redirects++ {
		resp, err := a.roundTrip(ctx, h)
		if err != nil {
			return nil, false, err
		}
		location := resp.Header.Get("Location")
		if mode == "manual" || location == "" || !isRedirect(resp.StatusCode) {
			return resp, redirects > 0, nil
		}
		discard(resp)
		if mode == "error" {
			return nil, false, typeError("fetch: %s was redirected, and redirect is \"error\"", shown(h.url))
		}
		if redirects == maxRedirects {
			return nil, false, typeError("fetch: more than %d redirects from %s", maxRedirects, shown(first))
		}
		if err := h.follow(resp.StatusCode, location); err != nil {
			return nil, false, err
		}
	}
}

// roundTrip asks for permission and sends one request.
func (a *API) roundTrip(ctx context.Context, h *hop) (*http.Response, error) {
	host, port, err := h.address()
	if err != nil {
		return nil, err
	}
	if !a.cfg.Permissions.AllowsNet(host, port) {
		return nil, denied(host, port, "not permitted")
	}
	if a.cfg.HTTP == nil {
		return nil, typeError("fetch: this node makes no requests")
	}
	transport, err := a.cfg.HTTP.transport(a.cfg.Permissions)
	if err != nil {
		return nil, &Error{Name: "TypeError", Message: "fetch: the node is shutting down", Err: err}
	}
	req, err := h.request(ctx)
	if err != nil {
		return nil, &Error{Name: "TypeError", Message: fmt.Sprintf("fetch: %s: %v", shown(h.url), err), Err: err}
	}
	resp, err := transport.RoundTrip(req)
	if err != nil {
		return nil, fetchError(ctx, h, err)
	}
	return resp, nil
}

// finish puts the body into the scope and writes the answer.
func (a *API) finish(scope *Scope, h *hop, resp *http.Response, redirected bool, cancel context.CancelFunc) (string, error) {
	b := &body{resp: resp, hop: h, cancel: cancel}
	id := ""
	switch {
	case resp.Request.Method == http.MethodHead:
		b.drop()
	case resp.ContentLength == 0 || resp.Body == http.NoBody:
		id = emptyBody
		b.drop()
	default:
		var err error
		if id, err = scope.add(b); err != nil {
			b.drop()
			return "", err
		}
	}
	text, err := responseText(resp, h.url.Href(true), id, redirected)
	if err != nil {
		scope.dropID(id)
		return "", &Error{Name: "TypeError", Message: "fetch: the response cannot be read", Err: err}
	}
	return text, nil
}

func denied(host string, port int, why string) *Error {
	hint := function.NetHint(host, port)
	if hint == "" {
		return typeError("fetch: %s is %s", host, why)
	}
	return typeError("fetch: %s is %s: add to the manifest %s", net.JoinHostPort(host, strconv.Itoa(port)), why, hint)
}

// fetchError turns what the transport said into what JavaScript sees.
func fetchError(ctx context.Context, h *hop, err error) *Error {
	if ctx.Err() != nil {
		return &Error{Name: "AbortError", Message: "fetch: " + shown(h.url) + " was aborted", Err: err}
	}
	if refused, ok := errors.AsType[*deniedAddressError](err); ok {
		to := refused.addr.Addr().String()
		e := denied(to, int(refused.addr.Port()), "not permitted")
		e.Message = fmt.Sprintf("%s (%s resolved to it)", e.Message, refused.host)
		e.Err = err
		return e
	}
	return &Error{Name: "TypeError", Message: fmt.Sprintf("fetch: %s %s: %v", h.method, shown(h.url), err), Err: err}
}
