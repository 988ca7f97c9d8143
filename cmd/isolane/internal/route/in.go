package route

import (
	"context"

	"github.com/isolane/isolane/cluster"
	"github.com/isolane/isolane/cmd/isolane/internal/wire"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// Serve runs, here and nowhere else, what a peer handed on: the handler of Invoke, and of
// the grains of Dedicated. What never ran is refused, so that the peer may try elsewhere.
// That ctx ends does not end the JavaScript: only the function's own limits do.
func (r *Router) Serve(ctx context.Context, req cluster.Request, reply func([]byte, error)) {
	now := r.cfg.Now()
	inv, err := wire.DecodeInvocation(req.Body, now)
	if err != nil {
		reply(nil, err)
		return
	}
	if remaining, ok := ctx.Deadline(); ok {
		inv.Deadline = remaining
	}
	r.counts.served.Add(1)
	s := r.arrive(inv) //nolint:contextcheck // it asks the logger for its level, no more
	r.pool.SubmitHere(inv, func(res *function.Result) {
		if s != nil {
			span.Settle(s, res)
		}
		if neverRan(res) {
			r.counts.refused.Add(1)
			reply(nil, &cluster.RefusedError{Message: res.Message, RetryAfter: res.RetryAfter})
			return
		}
		body, err := wire.EncodeResult(res)
		if err != nil {
			body, err = wire.EncodeResult(function.Failure(function.Crashed, err.Error()))
		}
		reply(body, err)
	})
}

// neverRan reports whether another member may run what came to res here: it was refused
// before any JavaScript ran, for a reason that is this node's alone.
func neverRan(res *function.Result) bool {
	if res.Receipt.Runtime >= 0 || res.Receipt.Attempts > 0 {
		return false
	}
	switch res.Outcome {
	case function.Overloaded, function.Canceled, function.NotFound:
		return true
	case function.OK, function.BadRequest, function.Timeout, function.TooLarge, function.Exception,
		function.ExceededCPU, function.ExceededMemory, function.Crashed:
		return false
	default:
		return false
	}
}
