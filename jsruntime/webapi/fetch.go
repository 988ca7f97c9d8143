package webapi

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strconv"

	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// maxRedirects is the number of hops that the Fetch standard allows (4.4, step 4).
const maxRedirects = 20

// fetch does one request with its redirects. A body that has come whole already is a part
// of the answer; any other stays in the scope, for operations to read.
func (a *API) fetch(ctx context.Context, from hostcap.Caller, scope *Scope, held *lease, text string, in []byte) (string, []byte, error) {
	req, err := parseRequest(text)
	if err != nil {
		return "", nil, err
	}
	to, err := a.target(req.url)
	if err != nil {
		return "", nil, err
	}
	header := requestHeader(req.headers, a.cfg.UserAgent)
	from, s := a.fetching(from, req.method, to)
	passTrace(header, from)
	h := &hop{url: to, method: req.method, body: in, header: header}
	if req.upload != "" {
		if h.upload, err = takeUpload(scope, req.upload); err != nil {
			fetched(s, nil, err)
			return "", nil, err
		}
		defer context.AfterFunc(ctx, h.upload.drop)()
	}
	sent := h.upload
	resp, redirected, err := a.follow(ctx, h, req.redirect)
	fetched(s, resp, err)
	if err == nil {
		var answer string
		var out []byte
		if answer, out, err = a.finish(scope, held, h, resp, redirected); err == nil {
			return answer, out, nil
		}
	}
	if sent != nil {
		sent.drop()
	}
	if ctx.Err() != nil {
		return "", nil, fetchError(ctx, h, err)
	}
	return "", nil, err
}

// follow sends the request, and goes where redirects lead.
func (a *API) follow(ctx context.Context, h *hop, mode string) (*reply, bool, error) {
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
		resp.discard()
		if mode == "error" {
			return nil, false, typeError("fetch: %s was redirected, and redirect is \"error\"", h.url.shown)
		}
		if redirects == maxRedirects {
			return nil, false, typeError("fetch: more than %d redirects from %s", maxRedirects, first.shown)
		}
		if err := a.redirect(h, resp.StatusCode, location); err != nil {
			return nil, false, err
		}
	}
}

// roundTrip asks for permission and sends one request. What is small and goes without TLS
// is carried by the goroutine that asks; the rest by net/http.
func (a *API) roundTrip(ctx context.Context, h *hop) (*reply, error) {
	if !h.url.allowed {
		return nil, denied(h.url.host, h.url.port, "not permitted")
	}
	if h.url.url.User != nil {
		return nil, typeError("Request: the URL must not include credentials: use an Authorization header")
	}
	if a.cfg.HTTP == nil {
		return nil, typeError("fetch: this node makes no requests")
	}
	p, err := a.cfg.HTTP.pool(a.poolKey, a.cfg.Permissions)
	if err != nil {
		return nil, &Error{Name: "TypeError", Message: "fetch: the node is shutting down", Err: err}
	}
	if h.url.scheme == "http" && h.upload == nil && len(h.body) <= maxPlainBody {
		req, err := h.request(ctx)
		if err != nil {
			return nil, unsendable(h, err)
		}
		resp, err := p.plain.roundTrip(ctx, h.url.address, req, h.body)
		if err != nil {
			return nil, fetchError(ctx, h, err)
		}
		return resp, nil
	}
	// The request outlives the operation, with its body. Until then it ends with it.
	ofRequest, cancel := context.WithCancel(context.WithoutCancel(ctx))
	defer context.AfterFunc(ctx, cancel)()
	req, err := h.request(ofRequest)
	if err != nil {
		cancel()
		return nil, unsendable(h, err)
	}
	resp, err := p.transport.RoundTrip(req) //nolint:bodyclose // whoever has the reply ends it
	if err != nil {
		cancel()
		return nil, fetchError(ctx, h, err)
	}
	return &reply{Response: resp, cancel: cancel}, nil
}

func unsendable(h *hop, err error) *Error {
	return &Error{Name: "TypeError", Message: fmt.Sprintf("fetch: %s: %v", h.url.shown, err), Err: err}
}

// finish writes the answer, and puts a body that has not come yet into the scope.
func (a *API) finish(scope *Scope, held *lease, h *hop, resp *reply, redirected bool) (string, []byte, error) {
	b := &body{resp: resp.Response, hop: h, cancel: resp.cancel}
	switch {
	case resp.Request.Method == http.MethodHead:
		b.drop()
		return responseText(resp.Response, h.url.href, "", redirected, nil), nil, nil
	case resp.ContentLength == 0 || resp.Body == http.NoBody:
		b.drop()
		return responseText(resp.Response, h.url.href, emptyBody, redirected, nil), nil, nil
	}
	if whole := a.arrived(held, resp); whole != nil {
		if isText(whole) {
			return responseText(resp.Response, h.url.href, textBody, redirected, whole), nil, nil
		}
		return responseText(resp.Response, h.url.href, bytesBody, redirected, nil), whole, nil
	}
	id, err := scope.add(b)
	if err != nil {
		b.drop()
		return "", nil, err
	}
	return responseText(resp.Response, h.url.href, id, redirected, nil), nil, nil
}

// arrived returns a small body that has come whole with its headers; nil for any other.
func (a *API) arrived(held *lease, resp *reply) []byte {
	n := resp.ContentLength
	if resp.plain == nil || n < 0 || n > maxArrived || n > int64(a.cfg.MaxBody) || n > int64(resp.plain.buffered()) || held.take(n) != nil {
		return nil
	}
	whole := make([]byte, n)
	if _, err := io.ReadFull(resp.Body, whole); err != nil {
		return nil // whoever reads it is told
	}
	return whole
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
		return &Error{Name: "AbortError", Message: "fetch: " + h.url.shown + " was aborted", Err: errors.Join(ctx.Err(), err)}
	}
	if refused, ok := errors.AsType[*deniedAddressError](err); ok {
		to := refused.addr.Addr().String()
		e := denied(to, int(refused.addr.Port()), "not permitted")
		e.Message = fmt.Sprintf("%s (%s resolved to it)", e.Message, refused.host)
		e.Err = err
		return e
	}
	return &Error{Name: "TypeError", Message: fmt.Sprintf("fetch: %s %s: %v", h.method, h.url.shown, err), Err: err}
}
