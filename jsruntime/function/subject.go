package function

import (
	"fmt"
	"strings"
)

// MaxSubject is the longest subject that ctx.nats uses, in bytes. A server closes a
// connection whose control line is longer than it allows (4096 by default), and the
// connection is the node's.
const MaxSubject = 512

// SubjectFault says in words why s is no subject that a message can be published to, or
// "": it has an empty word, a wildcard, white space or a control character. It does not
// allocate.
func SubjectFault(s string) string {
	start := 0
	for i := 0; i <= len(s); i++ {
		if i < len(s) && s[i] != '.' {
			if c := s[i]; c <= ' ' || c == 0x7f {
				return "contains white space or a control character"
			}
			continue
		}
		switch {
		case i == start:
			return "has an empty token"
		case i == start+1 && (s[start] == '*' || s[start] == '>'):
			return "contains a wildcard"
		}
		start = i + 1
	}
	return ""
}

// AllowsPublish reports whether ctx.nats.publish may use the subject; see grantsSubject.
func (p Permissions) AllowsPublish(subject string) bool {
	return grantsSubject(p.NATS.Publish, subject)
}

// AllowsRequest reports whether ctx.nats.request may use the subject; see grantsSubject.
func (p Permissions) AllowsRequest(subject string) bool {
	return grantsSubject(p.NATS.Request, subject)
}

// grantsSubject reports whether one of the patterns grants the subject:
//
//   - The subject is literal and at most MaxSubject bytes. One with a wildcard is never
//     granted, whatever the pattern.
//   - In a pattern, * stands for one word and > for one or more at the end. A pattern
//     that is not valid grants nothing.
//   - A subject whose first word begins with $ or _, and one that begins with the word
//     isolane, is granted by a pattern that is the subject itself, never by one with a
//     wildcard: they are the server's, the inboxes of others, and the nodes' own.
//   - What begins with $JS, $SYS, $KV or $O is never granted: it would lead past
//     permissions.kv, to the streams that hold what nodes share, and to the server's
//     administration.
func grantsSubject(patterns []string, subject string) bool {
	if len(subject) > MaxSubject || SubjectFault(subject) != "" || neverGranted(subject) {
		return false
	}
	internal := internalSubject(subject)
	for _, pattern := range patterns {
		if pattern == subject || (!internal && subjectProblem(pattern) == "" && matchSubject(pattern, subject)) {
			return true
		}
	}
	return false
}

// internalSubject reports whether a subject or pattern is one of those that are granted
// by their exact name alone.
func internalSubject(s string) bool {
	first, _, _ := strings.Cut(s, ".")
	return first == "isolane" || strings.HasPrefix(first, "$") || strings.HasPrefix(first, "_")
}

// neverGranted reports whether a subject or pattern is one of those that are not granted
// at all.
func neverGranted(s string) bool {
	switch first, _, _ := strings.Cut(s, "."); first {
	case "$JS", "$SYS", "$KV", "$O":
		return true
	default:
		return false
	}
}

// matchSubject matches a valid pattern with a literal subject, word by word. It does not
// allocate.
func matchSubject(pattern, subject string) bool {
	for {
		want, wants, more := strings.Cut(pattern, ".")
		word, words, left := strings.Cut(subject, ".")
		switch {
		case want == ">":
			return true
		case want != "*" && want != word:
			return false
		case !more || !left:
			return more == left
		}
		pattern, subject = wants, words
	}
}

// grantProblem says what is wrong with an entry of permissions.nats, or "".
func grantProblem(pattern string) string {
	if problem := subjectProblem(pattern); problem != "" {
		return problem
	}
	switch {
	case len(pattern) > MaxSubject:
		return fmt.Sprintf("a subject has %d bytes at most", MaxSubject)
	case neverGranted(pattern):
		return "subjects of JetStream, of buckets and of the server's administration are not granted: publish to a stream by its own subjects, and use permissions.kv for buckets"
	case internalSubject(pattern) && SubjectFault(pattern) != "":
		return "subjects that begin with $ or _ or with the word isolane are granted by their exact name, without a wildcard"
	default:
		return ""
	}
}

// subjectProblem says what is wrong with a NATS subject pattern, or "".
func subjectProblem(pattern string) string {
	for rest, more := pattern, true; more; {
		var token string
		token, rest, more = strings.Cut(rest, ".")
		switch {
		case token == "":
			return "a subject is words with single points between them"
		case strings.ContainsFunc(token, func(r rune) bool { return r <= ' ' || r == 0x7f }):
			return "a subject has no spaces and no control characters"
		case token == ">" && more:
			return "> stands for the rest and must be last"
		case len(token) > 1 && strings.ContainsAny(token, "*>"):
			return "a wildcard * or > is a whole word"
		}
	}
	return ""
}

// SubjectHint returns the line of a manifest that grants the subject to ctx.nats.publish
// or ctx.nats.request (verb "publish" or "request"); "" where none can.
func SubjectHint(verb, subject string) string {
	if len(subject) > MaxSubject || SubjectFault(subject) != "" || grantProblem(subject) != "" {
		return ""
	}
	return fmt.Sprintf("permissions: { nats: { %s: [%q] } }", verb, subject)
}
