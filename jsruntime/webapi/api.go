package webapi

import (
	"context"
	"io"
	"strconv"
	"strings"
	"sync/atomic"

	whatwg "github.com/nlnwa/whatwg-url/url"

	"github.com/isolane/isolane/jsruntime/hostcap"
)

// maxRandom is the quota of crypto.getRandomValues, in bytes.
const maxRandom = 65536

// API is the Go behind the Web APIs for one function version; safe for concurrent
// use. It is cheap to make and needs no closing: connections are HTTP's.
type API struct {
	cfg Config
	// reading counts the bytes of bodies that are being fetched.
	reading atomic.Int64
	targets targets
	// urls parses URLs.
	urls whatwg.Parser
	// poolKey names the connections that were made under the same grants.
	poolKey string
}

// New makes an API.
func New(cfg Config) *API {
	return &API{cfg: cfg.withDefaults(), urls: newURLParser(), poolKey: poolKey(cfg.Permissions)}
}

// Call serves host.call: synchronous, fast, no IO. in belongs to the caller and is
// not kept; out belongs to the caller. Errors are *Error.
func (a *API) Call(op, text string, in []byte) (outText string, out []byte, err error) {
	switch op {
	case "utf8.encode":
		return "", []byte(text), nil
	case "utf8.decode":
		return DecodeUTF8(in), nil, nil
	case "text.label":
		outText, err = encodingName(text)
		return outText, nil, err
	case "text.decode":
		return decodeText(text, in)
	case "url.parse":
		return a.parseURL(text), nil, nil
	case "url.set":
		outText, err = a.setURL(text)
		return outText, nil, err
	case "form.parse":
		return parseForm(text, in)
	case "mime.type":
		return mimeType(text), nil, nil
	case "random":
		out, err = a.random(text)
		return "", out, err
	case "nats.max", "kv.max", "call.max":
		limit, err := a.capabilityLimit(op)
		return strconv.FormatInt(limit, 10), nil, err
	case "useragent":
		return a.cfg.UserAgent, nil, nil
	default:
		return "", nil, unknownOp(op)
	}
}

func (a *API) random(text string) ([]byte, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxRandom {
		return nil, &Error{Name: "QuotaExceededError", Message: "random bytes are limited to " + strconv.Itoa(maxRandom)}
	}
	out := make([]byte, n)
	if _, err := io.ReadFull(a.cfg.Rand, out); err != nil {
		return nil, &Error{Name: "OperationError", Message: "no random bytes can be had", Err: err}
	}
	return out, nil
}

// Start serves host.start: it returns at once, runs in goroutines of its own that end
// when ctx does, and calls done exactly once from one of them. in must not change
// until then. Errors are *Error.
//
// The timer operation is the runtime's; Start knows fetch, what begins with "nats.", "kv."
// and "call.", which is done on behalf of from, and what begins with "body." and "flate.". What
// these leave open is in the invocation's scope, which is asked for before Start returns.
func (a *API) Start(ctx context.Context, from hostcap.Caller, scope func() *Scope, op, text string, in []byte, done func(text string, out []byte, err error)) {
	group, _, _ := strings.Cut(op, ".")
	var within *Scope
	switch group {
	case "fetch", "body", "flate", "crypto":
		within = scope()
	}
	go func() {
		held := &lease{api: a, bound: int64(a.cfg.together())}
		defer held.release() // not before done has had the body
		switch {
		case op == "fetch":
			done(a.fetch(ctx, from, within, held, text, in))
		case group == "body":
			done(a.bodyOp(ctx, within, held, op, text, in))
		case group == "flate":
			done(a.flateOp(ctx, within, held, op, text, in))
		case op == "crypto":
			done(a.cryptoOp(ctx, within, text, in))
		case isCapability(op):
			done(a.capability(ctx, from, held, op, text, in))
		default:
			done("", nil, unknownOp(op))
		}
	}()
}
