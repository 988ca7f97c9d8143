package jsruntime

import "github.com/isolane/isolane/jsruntime/function"

// Requests are the requests of ctx.nats that invocations in flight wait for, by what Invoke was
// given: which of its requests each one is, from 1, as in function.ChildID. Only those invocations
// are in it that wait for nothing else, so that none of them has another turn before one of its
// requests has ended: no timer runs of theirs, and no other operation. What JavaScript waits for
// without one, such as a promise that another invocation settles, is not known. It is nil where
// there are none; the caller owns it.
//
// It is to be called between turns. What it says of an invocation stays true until one of the
// requests has ended.
func (r *Runtime) Requests() map[*function.Invocation][]int {
	var all map[*function.Invocation][]int
	for _, i := range r.inflight {
		requests := i.requests()
		if len(requests) == 0 {
			continue
		}
		if all == nil {
			all = map[*function.Invocation][]int{}
		}
		all[i.inv] = requests
	}
	return all
}

// requests are those that i waits for, nil where it waits for anything else besides.
func (i *invocation) requests() []int {
	for _, o := range i.operations {
		if o.request == 0 {
			return nil
		}
	}
	all := make([]int, 0, len(i.operations))
	for _, o := range i.operations {
		all = append(all, o.request)
	}
	return all
}
