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

// fetch does one request with its redirects, and reads the whole body.
func (a *API) fetch(ctx context.Context, from hostcap.Caller, held *lease, text string, in []byte) (string, []byte, error) {
	var req fetchRequest
	if err := json.Unmarshal([]byte(text), &req); err != nil {
		return "", nil, &Error{Name: "TypeError", Message: "fetch: the request cannot be read", Err: err}
	}
	target, err := whatwg.Parse(req.URL)
	if err != nil {
		return "", nil, typeError("fetch: invalid URL")
	}
	header := requestHeader(req.Headers, a.cfg.UserAgent)
	passTrace(header, from.Header)
	h := &hop{url: target, method: req.Method, body: in, header: header}
	for redirects := 0; ; redirects++ {
		resp, err := a.roundTrip(ctx, h)
		if err != nil {
			return "", nil, err
		}
		location := resp.Header.Get("Location")
		if req.Redirect == "manual" || location == "" || !isRedirect(resp.StatusCode) {
			return a.finish(ctx, held, h, resp, redirects > 0)
		}
		discard(resp)
		if req.Redirect == "error" {
			return "", nil, typeError("fetch: %s was redirected, and redirect is \"error\"", shown(h.url))
		}
		if redirects == maxRedirects {
			return "", nil, typeError("fetch: more than %d redirects from %s", maxRedirects, shown(target))
		}
		if err := h.follow(resp.StatusCode, location); err != nil {
			return "", nil, err
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

// finish reads the body and writes the answer.
func (a *API) finish(ctx context.Context, held *lease, h *hop, resp *http.Response, redirected bool) (string, []byte, error) {
	defer func() { _ = resp.Body.Close() }() // it was read, or given up
	text, err := responseText(resp, h.url.Href(true), redirected)
	if err != nil {
		return "", nil, &Error{Name: "TypeError", Message: "fetch: the response cannot be read", Err: err}
	}
	body, err := a.readBody(resp, held)
	var limit *function.LimitError
	switch {
	case errors.As(err, &limit):
		return "", nil, a.tooLarge(h, limit)
	case err != nil:
		return "", nil, fetchError(ctx, h, err)
	}
	return text, body, nil
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
