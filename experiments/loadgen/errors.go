package loadgen

import "errors"

var (
	// ErrConfig is wrapped by the errors of a configuration that cannot be run.
	ErrConfig = errors.New("loadgen: invalid configuration")
	// ErrResult is wrapped by the errors of a file that is no result of this package.
	ErrResult = errors.New("loadgen: not a result of isolane bench")
	// ErrConnection says that a connection ended for good while the load ran.
	ErrConnection = errors.New("loadgen: the connection to NATS ended")
)
