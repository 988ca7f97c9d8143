package bridge

import "github.com/isolane/isolane/jsruntime/function"

// maxRefusals is how many answers that tell of an overload wait for their goroutine; more
// are given by whoever has them.
const maxRefusals = 16_384

// refusal is an answer that tells a caller to come back later.
type refusal struct {
	c   *call
	res *function.Result
}

// answer finishes c with res. What tells of an overload is handed to a goroutine of its
// own, as far as that keeps up: whoever comes with it has better to do, and a message for
// another function may be next.
func (b *Bridge) answer(c *call, res *function.Result) {
	if res == nil || res.Outcome != function.Overloaded {
		b.finish(c, res)
		return
	}
	select {
	case b.refusals <- refusal{c, res}:
	default:
		b.finish(c, res)
		return
	}
	select {
	case <-b.stopped: // the goroutine may have ended before
		b.refuseRest()
	default:
	}
}

// refuse gives the answers that tell of an overload, until the actor has stopped.
func (b *Bridge) refuse() {
	defer close(b.refused)
	for {
		select {
		case r := <-b.refusals:
			b.finish(r.c, r.res)
		case <-b.stopped:
			b.refuseRest()
			return
		}
	}
}

// refuseRest gives those that are there. Safe for concurrent use.
func (b *Bridge) refuseRest() {
	for {
		select {
		case r := <-b.refusals:
			b.finish(r.c, r.res)
		default:
			return
		}
	}
}
