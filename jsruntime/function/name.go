package function

import (
	"fmt"
	"regexp"
)

// MaxNameLength is the longest name a function may have, in bytes.
const MaxNameLength = 63

var namePattern = regexp.MustCompile(`^[a-z0-9][a-z0-9-]{0,62}$`)

// ValidateName reports whether name may name a function: lower-case letters,
// digits and hyphens, beginning with a letter or digit, at most MaxNameLength
// bytes. Such a name is always one NATS subject token. The error wraps
// ErrInvalidName.
func ValidateName(name string) error {
	if namePattern.MatchString(name) {
		return nil
	}
	return fmt.Errorf("%w: %q: use lower-case letters, digits and hyphens, beginning with a letter or digit, at most %d",
		ErrInvalidName, name, MaxNameLength)
}
