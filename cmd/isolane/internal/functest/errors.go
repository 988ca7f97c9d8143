package functest

import "errors"

// ErrNoTests is wrapped by Find's error for a path below which no test stands.
var ErrNoTests = errors.New("no tests")
