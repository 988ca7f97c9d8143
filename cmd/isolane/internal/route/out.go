package route

import (
	"context"
	"errors"
	"fmt"
	"log/slog"

	"github.com/isolane/isolane/cluster"
	"github.com/isolane/isolane/cmd/isolane/internal/wire"
	"github.com/isolane/isolane/jsruntime/function"
)

// Overflow hands inv on to the peer with the most room; it is what the pool calls when
// its queue is long. False: nobody has room, and done will not be called.
func (r *Router) Overflow(inv *function.Invocation, done func(*function.Result)) bool {
	t := r.depart("spill", inv)
	body, err := wire.EncodeInvocation(t.inv, r.cfg.Now())
	if err != nil {
		t.stayed(err.Error())
		r.cfg.Logger.Warn("an invocation cannot be handed to a peer", inv.LogAttr(), slog.Any("error", err))
		return false
	}
	ctx, cancel := r.leave(inv)
	taken := r.peers.Spill(ctx, Invoke, body, func(reply []byte, err error) {
		cancel()
		r.finish(inv, t, reply, err, done, func() {
			r.counts.returned.Add(1)
			r.pool.SubmitHere(inv, done)
		})
	})
	if !taken {
		cancel()
		t.stayed("no peer has room")
		return false
	}
	t.left()
	r.counts.spilled.Add(1)
	return true
}

// maxAttempts is how often an idempotent invocation is run when members die under it.
const maxAttempts = 3

// mayRunTwice reports whether inv is run again, though it may have run.
func (r *Router) mayRunTwice(inv *function.Invocation) bool {
	manifest, ok := r.pool.Manifest(inv.Function)
	return ok && manifest.Idempotent && inv.Attempt < maxAttempts
}

// toGrain hands inv to the one isolate that its function has in the cluster.
func (r *Router) toGrain(inv *function.Invocation, done func(*function.Result)) {
	t := r.depart("ask", inv)
	body, err := wire.EncodeInvocation(t.inv, r.cfg.Now())
	if err != nil {
		t.stayed(err.Error())
		done(function.Failure(function.BadRequest, err.Error()))
		return
	}
	ctx, cancel := r.leave(inv)
	r.counts.asked.Add(1)
	t.left()
	r.peers.Ask(ctx, Dedicated, inv.Function, body, func(reply []byte, err error) {
		cancel()
		r.finish(inv, t, reply, err, done, func() {
			if large, ok := errors.AsType[*cluster.TooLargeError](err); ok {
				done(function.Failure(function.TooLarge, fmt.Sprintf(
					"%s is dedicated, and its isolate is on another member: the message and its headers take %d bytes on the way there, limit %d; send less",
					inv.Function, large.Size, large.Limit)))
				return
			}
			res := function.Failure(function.Overloaded, fmt.Sprintf(
				"%s is dedicated, and its isolate could not be reached, or is being moved to another member: %v; send it again", inv.Function, err))
			res.RetryAfter = r.cfg.RetryAfter
			if refused, ok := errors.AsType[*cluster.RefusedError](err); ok {
				res.Message = refused.Message
				if refused.RetryAfter > 0 {
					res.RetryAfter = refused.RetryAfter
				}
			}
			done(res)
		})
	})
}

// Elsewhere hands on an invocation of a dedicated function that has no isolate here; it is
// what the pool calls where one came to it all the same, as for a function that became
// dedicated meanwhile.
func (r *Router) Elsewhere(_ string, inv *function.Invocation, done func(*function.Result)) bool {
	r.toGrain(inv, done)
	return true
}

// finish turns what came of a call into inv's one result; unrun is called instead of
// done where inv surely never ran.
func (r *Router) finish(inv *function.Invocation, t trip, reply []byte, err error, done func(*function.Result), unrun func()) {
	if err != nil {
		t.back(nil, err)
	}
	switch {
	case err == nil:
		res, err := wire.DecodeResult(reply)
		if err != nil {
			res = function.Failure(function.Crashed, fmt.Sprintf("the answer of the member that ran it cannot be read: %v", err))
		}
		t.back(res, nil)
		done(res)
	case r.ctx.Err() != nil:
		done(function.Failure(function.Canceled, "the node was shut down while another member ran it"))
	case neverLeft(err):
		unrun()
	case errors.Is(err, context.DeadlineExceeded):
		r.counts.timedOut.Add(1)
		done(function.Failure(function.Timeout, "the deadline, or the function's wall limit, passed while another member had it, or was to get it"))
	case errors.Is(err, cluster.ErrNoAnswer) && r.mayRunTwice(inv):
		r.counts.again.Add(1)
		again := *inv
		again.Attempt = max(inv.Attempt, 1) + 1
		r.Submit(&again, done)
	case isRemote(err): // it ran, and what came of it cannot be sent
		done(function.Failure(function.Crashed, fmt.Sprintf("the member that ran it could not say what came of it: %v", err)))
	default:
		r.counts.lost.Add(1)
		done(function.Failure(function.Crashed, fmt.Sprintf(
			"the member that had it did not answer, and it may have run: %v; with idempotent: true in its manifest it would be run again", err)))
	}
}

// neverLeft reports whether what ended with err never ran on another member.
func neverLeft(err error) bool {
	_, large := errors.AsType[*cluster.TooLargeError](err)
	return large || cluster.NotTaken(err)
}

func isRemote(err error) bool {
	_, ok := errors.AsType[*cluster.RemoteError](err)
	return ok
}
