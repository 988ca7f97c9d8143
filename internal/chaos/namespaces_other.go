//go:build !linux

package chaos

import (
	"context"
	"errors"
)

var errNoNamespaces = errors.New("there are no network namespaces on this system")

// CanIsolate is an error here.
func CanIsolate() error { return errNoNamespaces }

// InNamespaces is an error here.
func InNamespaces(context.Context, []string) (int, error) { return 0, errNoNamespaces }

// OpenNamespaces is an error here.
func OpenNamespaces(context.Context, string) (Ground, error) { return nil, errNoNamespaces }
