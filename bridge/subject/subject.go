package subject

import (
	"errors"
	"fmt"
	"strings"

	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// DefaultPrefix is the first token of every function's subject.
	DefaultPrefix = "fn"
	// MaxReply is the longest reply subject that is answered, in bytes.
	//
	// NATS closes a connection, for good, that sends a control line over its
	// limit (4096 by default). A caller's line holds "fn.<name> <reply> <size>";
	// ours "<reply> <header size> <size>" is the longer one for a long reply, so
	// without a bound one hostile message would end the node's connection.
	MaxReply = 1024
)

// ErrInvalid is wrapped by every error of this package that is about a subject;
// one about a function's name wraps function.ErrInvalidName instead.
var ErrInvalid = errors.New("subject: invalid")

// ValidatePrefix reports whether prefix may stand before a function's name.
//
//	prefix = token *( "." token )      not beginning with "$" or "_", which NATS reserves
func ValidatePrefix(prefix string) error {
	if fault := function.SubjectFault(prefix); fault != "" {
		return invalid(prefix, fault)
	}
	if prefix[0] == '$' || prefix[0] == '_' {
		return invalid(prefix, "begins with a character that NATS reserves")
	}
	return nil
}

// ValidateQueue reports whether name may name a queue group.
//
//	queue = token *( "." token )
func ValidateQueue(name string) error {
	if fault := function.SubjectFault(name); fault != "" {
		return invalid(name, fault)
	}
	return nil
}

// All is the pattern of the one subscription that serves every function.
//
//	<prefix> ".>"
func All(prefix string) string { return prefix + ".>" }

// Function is the subject that calls a function; each element of rest is appended
// as given, and the caller answers for its being a token.
//
//	<prefix> "." <name> *( "." token )
func Function(prefix, name string, rest ...string) string {
	return strings.Join(append([]string{prefix, name}, rest...), ".")
}

// Parse takes a message's subject apart. rest is "" where nothing follows the
// name. It does not allocate for a valid subject.
//
//	<prefix> "." <name> [ "." <rest> ]
//	name = as function.ValidateName has it
//	rest = token *( "." token )
//
// The error wraps ErrInvalid where the subject is not of this form (another
// prefix, an empty token, a wildcard, white space), and function.ErrInvalidName
// where only the name could be no function's.
func Parse(prefix, subject string) (name, rest string, err error) {
	tail, ok := strings.CutPrefix(subject, prefix)
	if !ok || tail == "" || tail[0] != '.' {
		return "", "", invalid(subject, "does not begin with "+prefix+".")
	}
	tail = tail[1:]
	if fault := function.SubjectFault(tail); fault != "" {
		return "", "", invalid(subject, fault)
	}
	name, rest, _ = strings.Cut(tail, ".")
	if !nameOK(name) {
		if err := function.ValidateName(name); err != nil {
			return "", "", err
		}
	}
	return name, rest, nil
}

// ValidateReply reports whether a reply may be published to subject.
//
//	reply = token *( "." token )       at most MaxReply bytes
func ValidateReply(subject string) error {
	if len(subject) > MaxReply {
		return invalid(subject, fmt.Sprintf("is longer than %d bytes", MaxReply))
	}
	if fault := function.SubjectFault(subject); fault != "" {
		return invalid(subject, fault)
	}
	return nil
}

// nameOK is function.ValidateName without its regular expression, which would be
// the dearest part of taking a message in. The fuzz test holds them together.
func nameOK(name string) bool {
	if name == "" || len(name) > function.MaxNameLength || name[0] == '-' {
		return false
	}
	for i := range len(name) {
		c := name[i]
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '-' {
			return false
		}
	}
	return true
}

// invalid quotes at most 64 bytes of the subject: it may be a hostile one.
func invalid(subject, fault string) error {
	shown := subject
	if len(shown) > 64 {
		shown = shown[:64] + "..."
	}
	return fmt.Errorf("%w: %q %s", ErrInvalid, shown, fault)
}
