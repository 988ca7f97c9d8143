//go:build !linux || rogchap

package v8

import "errors"

// useSnapshot is not there: each context runs the host's script.
func useSnapshot(string, ...string) error { return errors.ErrUnsupported }
