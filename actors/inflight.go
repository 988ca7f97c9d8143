package actors

import (
	"fmt"
	"strconv"

	"github.com/isolane/isolane/jsruntime/function"
)

// inflightLimit is the limit that keeps the calls of rec waiting here: every isolate that
// may run them has as many in flight as limits.inflight says. It is nil where something
// else does. The caller holds mu.
func (d *dispatcher) inflightLimit(rec *record) *function.LimitError {
	fn := rec.version()
	if fn == nil || fn.Manifest.Limits.Inflight <= 0 {
		return nil
	}
	limit := fn.Manifest.Limits.Inflight
	isolates, used := 0, 0
	for _, s := range d.slots {
		home := s.only == nil
		if fn.Manifest.Dedicated {
			home = s.only == rec
		}
		if !home || s.draining || s.phase != serving {
			continue
		}
		if rec.index >= len(s.functions) || s.functions[rec.index].inflight < limit {
			return nil
		}
		isolates++
		used += s.functions[rec.index].inflight
	}
	if isolates == 0 {
		return nil
	}
	within := strconv.Itoa(limit)
	if isolates > 1 {
		within = fmt.Sprintf("%d in each of %d isolates", limit, isolates)
	}
	return &function.LimitError{Kind: function.LimitInflight, Limit: within, Used: strconv.Itoa(used)}
}

// because is what a message about calls of rec that wait ends with. The caller holds mu.
func (d *dispatcher) because(rec *record) string {
	if limit := d.inflightLimit(rec); limit != nil {
		return ": " + limit.Message()
	}
	return ""
}

// overdue is timedOut of what waits in the queue, with why. The caller holds mu.
func (d *dispatcher) overdue(t *ticket, res *function.Result) *function.Result {
	res.Message += d.because(t.rec)
	return res
}
