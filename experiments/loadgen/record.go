package loadgen

import (
	"sync"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// maxLatency is the longest time that is told from longer ones.
const maxLatency = 10 * time.Minute

// The ends of requests that are no outcome of a function.
const (
	// EndOK is the outcome ok.
	EndOK = "ok"
	// EndNoReply: nothing came within the timeout.
	EndNoReply = "no-reply"
	// EndNoNode: nobody listens on the subject.
	EndNoNode = "no-node"
	// EndNotSent: more would have been outstanding than Config.MaxOutstanding allows.
	EndNotSent = "not-sent"
	// EndWrong: the reply is not what Target.Expect says.
	EndWrong = "wrong-reply"
	// EndRefused: the server or the client library did not take the message.
	EndRefused = "refused"
)

// histogram has three digits from a microsecond to maxLatency: 200 KB.
func histogram() *hdrhistogram.Histogram {
	return hdrhistogram.New(1, maxLatency.Microseconds(), 3)
}

// record puts d into h, in microseconds, as far as h goes.
func record(h *hdrhistogram.Histogram, d time.Duration) {
	_ = h.RecordValue(min(max(d.Microseconds(), 1), maxLatency.Microseconds())) // within its bounds
}

// recorder takes down what became of the requests of one connection in one step. Safe for
// concurrent use; read it when nothing is under way any more.
type recorder struct {
	slice    time.Duration
	duration time.Duration

	mu      sync.Mutex
	ends    map[string]uint64
	latency *hdrhistogram.Histogram            // of all that were sent, from when they were due
	okay    *hdrhistogram.Histogram            // of those that ended ok
	others  map[string]*hdrhistogram.Histogram // of those that ended otherwise, by their end
	service *hdrhistogram.Histogram            // of all, from when they were sent
	lag     *hdrhistogram.Histogram            // how late they were sent
	why     map[string]string                  // what the first reply of an end said, by the end
	slices  []*slice
	stray   uint64 // replies to what had ended
}

// slice is what was due in one part of a step.
type slice struct {
	due, okay uint64
	latency   *hdrhistogram.Histogram
}

func newRecorder(step Step, length time.Duration) *recorder {
	return &recorder{
		slice: length, duration: step.Duration, ends: map[string]uint64{},
		latency: histogram(), okay: histogram(), service: histogram(), lag: histogram(),
		others: map[string]*hdrhistogram.Histogram{}, why: map[string]string{},
		slices: make([]*slice, (step.Duration+length-1)/length),
	}
}

// end takes down that s ended as how at now. What was due before the beginning was a
// warm-up and counts for nothing.
func (r *recorder) end(s sent, how string, now time.Duration) {
	if s.due < 0 || s.due >= r.duration {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ends[how]++
	part := r.part(s.due)
	part.due++
	if how == EndNotSent {
		return
	}
	latency := now - s.due
	record(r.latency, latency)
	record(part.latency, latency)
	record(r.service, now-s.at)
	record(r.lag, s.at-s.due)
	if how != EndOK {
		record(r.other(how), latency)
		return
	}
	part.okay++
	record(r.okay, latency)
}

// other is the histogram of an end that is not ok. The caller holds mu.
func (r *recorder) other(how string) *hdrhistogram.Histogram {
	if r.others[how] == nil {
		r.others[how] = histogram()
	}
	return r.others[how]
}

// part is the slice that due is in. The caller holds mu.
func (r *recorder) part(due time.Duration) *slice {
	i := int(due / r.slice)
	if r.slices[i] == nil {
		// Two digits: a slice is compared by its percentiles, not looked into.
		r.slices[i] = &slice{latency: hdrhistogram.New(1, maxLatency.Microseconds(), 2)}
	}
	return r.slices[i]
}

// explain keeps what a reply says about why it is not ok, where it is the first to.
func (r *recorder) explain(how, why string) {
	if how == EndOK || why == "" {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.why[how] == "" {
		r.why[how] = why
	}
}

// late counts a reply to a request that had ended.
func (r *recorder) late() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.stray++
}

// merge adds what other took down.
func (r *recorder) merge(other *recorder) {
	for how, n := range other.ends {
		r.ends[how] += n
	}
	r.latency.Merge(other.latency)
	r.okay.Merge(other.okay)
	for how, why := range other.why {
		r.explain(how, why)
	}
	for how, h := range other.others {
		r.other(how).Merge(h)
	}
	r.service.Merge(other.service)
	r.lag.Merge(other.lag)
	r.stray += other.stray
	for i, s := range other.slices {
		if s == nil {
			continue
		}
		part := r.part(time.Duration(i) * r.slice)
		part.due += s.due
		part.okay += s.okay
		part.latency.Merge(s.latency)
	}
}
