package route

import (
	"context"
	"errors"
	"fmt"

	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cluster"
	"github.com/isolane/isolane/cmd/isolane/internal/wire"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/function/span"
)

// Turn names the calls that carry a message of a keyed function to the member that runs its key.
const Turn = "turn"

// keyedKind is what keys are placed as: that of a function's name, so that a key is not on the
// same member for all functions.
const keyedKind = "keyed/"

// Keys runs what others hand to this node of keyed functions; a *stream.Triggers.
type Keys interface {
	Serve(ctx context.Context, t *stream.Turn, done func(*stream.Answer, error))
}

var (
	_ Keys          = (*stream.Triggers)(nil)
	_ stream.Spread = (*Router)(nil)
)

// BindKeys says who runs what others hand to this node of keyed functions; until then it takes
// none.
func (r *Router) BindKeys(keys Keys) { r.keys.Store(&keys) }

// Owner implements stream.Spread.
func (r *Router) Owner(name, key string, except []string) (member string, here bool) {
	return r.peers.Worker(keyedKind+name, key, except)
}

// Turn implements stream.Spread.
func (r *Router) Turn(ctx context.Context, member string, t *stream.Turn, done func(*stream.Answer, error)) {
	trip := r.depart("hand", t.Invocation)
	within := *t
	within.Invocation = trip.inv
	body, err := wire.EncodeTurn(&within, r.cfg.Now())
	if err != nil {
		trip.stayed(err.Error()) //nolint:contextcheck // it asks the logger for its level, no more
		done(nil, fmt.Errorf("%w: %w", stream.ErrNotTaken, err))
		return
	}
	trip.left() //nolint:contextcheck // see above
	//nolint:contextcheck // see above
	r.peers.Call(ctx, member, Turn, body, func(reply []byte, err error) {
		if err != nil {
			if trip.back(nil, err); neverLeft(err) {
				err = fmt.Errorf("%w: %w", stream.ErrNotTaken, err)
			}
			done(nil, err)
			return
		}
		answer, err := wire.DecodeAnswer(reply)
		if err != nil {
			trip.back(nil, err)
			done(nil, err)
			return
		}
		trip.back(resultOf(answer), nil)
		done(answer, nil)
	})
}

// resultOf is what a span says of an answer.
func resultOf(a *stream.Answer) *function.Result {
	if a.Result != nil {
		return a.Result
	}
	return &function.Result{Outcome: function.OK}
}

// ServeTurn runs here what a peer handed on of a keyed function: the handler of Turn. What did not
// run is refused, so that the peer has it run elsewhere. That ctx ends does not end the
// JavaScript, but nothing is committed then.
func (r *Router) ServeTurn(ctx context.Context, req cluster.Request, reply func([]byte, error)) {
	t, err := wire.DecodeTurn(req.Body, r.cfg.Now())
	if err != nil {
		reply(nil, &cluster.RefusedError{Message: err.Error()})
		return
	}
	keys := r.keys.Load()
	if keys == nil {
		reply(nil, &cluster.RefusedError{Message: "the node is starting", Elsewhere: true})
		return
	}
	s := r.arrive(t.Invocation) //nolint:contextcheck // it asks the logger for its level, no more
	(*keys).Serve(ctx, t, func(a *stream.Answer, err error) {
		if err != nil {
			if s != nil {
				span.Fail(s, err)
			}
			if errors.Is(err, stream.ErrNotTaken) {
				err = &cluster.RefusedError{Message: err.Error(), Elsewhere: true}
			}
			reply(nil, err)
			return
		}
		if s != nil {
			span.Settle(s, resultOf(a))
		}
		if a.Result != nil && !t.Replies {
			bare := *a.Result
			bare.Body, bare.Header = nil, nil
			answer := *a
			answer.Result, a = &bare, &answer
		}
		reply(wire.EncodeAnswer(a))
	})
}
