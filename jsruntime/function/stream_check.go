package function

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

const (
	// minAckWait is the shortest that leaves time for a word at half of it.
	minAckWait = time.Second
	// maxAckWait and maxBackoff keep a message from being forgotten.
	maxAckWait = 24 * time.Hour
	maxBackoff = 7 * 24 * time.Hour
	// maxDeliveries, maxConcurrency and maxSteps bound what is kept for one trigger.
	maxDeliveries  = 10_000
	maxConcurrency = 1_000_000
	maxSteps       = 100
	// maxSubject is the longest pattern, in bytes.
	maxSubject = 256
)

// checkStream calls fault for each fault of the manifest's stream.
func (m Manifest) checkStream(set func(path string) bool, fault func(path, format string, args ...any)) {
	s := m.Stream
	if s == nil {
		return
	}
	s.checkSource(fault)
	if s.Subject != "" || set("stream.subject") {
		if problem := longOr(string(s.Subject), s.Subject.problem()); problem != "" {
			fault("stream.subject", "%s: %s", clip(string(s.Subject)), problem)
		}
	}
	if s.Deliver != "" {
		if err := new(Deliver).UnmarshalText([]byte(s.Deliver)); err != nil {
			fault("stream.deliver", "%v", err)
		}
	}
	s.checkNumbers(set, fault)
	s.checkOrder(fault)
	if s.Order != "" && m.Dedicated {
		fault("stream.order", "contradicts dedicated: true, whose isolate may be on another member than the order: leave one of them out")
	}
	if m.Key != "" {
		s.checkTargets("key", m.Key, fault)
	} else {
		s.checkTargets("stream.subject", s.Subject, fault)
	}
	s.checkBatch(set, fault)
}

// checkSource checks that one thing is listened to, and which.
func (s Stream) checkSource(fault func(path, format string, args ...any)) {
	given := 0
	for _, name := range []string{s.Name, s.Bucket, s.Objects} {
		if name != "" {
			given++
		}
	}
	if given > 1 {
		fault("stream", "give one of name, bucket and objects: a function listens to one of them")
		return
	}
	for _, bucket := range []struct{ path, name string }{{"stream.bucket", s.Bucket}, {"stream.objects", s.Objects}} {
		if bucket.name != "" && !bucketPattern.MatchString(bucket.name) {
			fault(bucket.path, "%s: a bucket's name is letters, digits, - and _", clip(bucket.name))
		}
	}
	if s.Objects != "" && s.Subject != "" {
		fault("stream.subject", "an object store's changes cannot be filtered by their subject: leave it out")
	}
	if problem := streamNameProblem(s.Name); s.Bucket == "" && s.Objects == "" && problem != "" {
		fault("stream.name", "%s", problem)
	}
}

func (s Stream) checkNumbers(set func(path string) bool, fault func(path, format string, args ...any)) {
	between := func(path string, v, low, high int) {
		if v != 0 || set(path) {
			if v < low || v > high {
				fault(path, "%d: choose %d to %d", v, low, high)
			}
		}
	}
	between("stream.deliveries", s.Deliveries, 1, maxDeliveries)
	between("stream.concurrency", s.Concurrency, 1, maxConcurrency)
	if (s.AckWait != 0 || set("stream.ackWait")) && (s.AckWait < minAckWait || s.AckWait > maxAckWait) {
		fault("stream.ackWait", "%v: choose 1s to 24h; a member says that the function still runs, so that it need not be as long as the function takes", s.AckWait)
	}
	if len(s.Backoff) > maxSteps {
		fault("stream.backoff", "%d waits: at most %d, the last of which serves all that follow", len(s.Backoff), maxSteps)
	}
	for i, d := range s.Backoff {
		if d < 0 || d > maxBackoff {
			fault(fmt.Sprintf("stream.backoff[%d]", i), "%v: choose 0 to %v", d, maxBackoff)
		}
	}
}

func (s Stream) checkOrder(fault func(path, format string, args ...any)) {
	switch name := s.OrderHeader(); {
	case s.Order == "":
	case strings.HasPrefix(s.Order, orderHeader):
		if name == "" || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7f || r == ':' }) {
			fault("stream.order", "%s: after header: comes a header's name, without spaces and colons", clip(s.Order))
		}
	case !wordPattern.MatchString(s.Order):
		fault("stream.order", "%s: write {id}, a named word of stream.subject, or header:Order-Id", clip(s.Order))
	case !slices.Contains(s.Subject.Names(), strings.Trim(s.Order, "{}")):
		fault("stream.order", "stream.subject has no word %s: write for instance subject: \"orders.%s.>\"", s.Order, s.Order)
	}
}

// checkTargets checks the subjects that are published to, whose named words are those of
// subject, which stands at that path.
func (s Stream) checkTargets(path string, subject Pattern, fault func(path, format string, args ...any)) {
	if s.Reply != "" {
		problem := longOr(string(s.Reply), s.Reply.problem())
		for _, name := range s.Reply.Names() {
			if problem == "" && !slices.Contains(subject.Names(), name) {
				problem = fmt.Sprintf("%s has no word {%s}", path, name)
			}
		}
		if filled := s.Reply.Fill(nil); problem == "" {
			problem = targetProblem(filled)
		}
		if problem != "" {
			fault("stream.reply", "%s: %s", clip(string(s.Reply)), problem)
		}
	}
	if s.DeadLetter != "" {
		problem := longOr(s.DeadLetter, subjectProblem(s.DeadLetter))
		if problem == "" {
			problem = targetProblem(s.DeadLetter)
		}
		if problem != "" {
			fault("stream.deadLetter", "%s: %s", clip(s.DeadLetter), problem)
		}
	}
}

// targetProblem says why nothing may be published to a subject, or "".
func targetProblem(subject string) string {
	switch {
	case strings.ContainsAny(subject, "*>"):
		return "it is published to, so it has no wildcards"
	case strings.HasPrefix(subject, "$"), strings.HasPrefix(subject, "_"):
		return "NATS reserves subjects that begin with $ or _"
	}
	return ""
}

func longOr(subject, problem string) string {
	if len(subject) > maxSubject {
		return fmt.Sprintf("longer than %d bytes", maxSubject)
	}
	return problem
}

// streamNameProblem says what is wrong with a stream's name, or "".
func streamNameProblem(name string) string {
	switch {
	case name == "":
		return "name the stream that the messages are in"
	case len(name) > 255:
		return "a stream's name has 255 bytes at most"
	case strings.ContainsAny(name, ".*>/\\") || strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r == 0x7f }):
		return clip(name) + ": a stream's name has no spaces and none of . * > / \\"
	}
	return ""
}
