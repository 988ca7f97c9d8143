package delayed

import "errors"

var (
	// ErrInvalidConfig is wrapped by Config.Validate and New.
	ErrInvalidConfig = errors.New("delayed: invalid configuration")
	// ErrNoSchedules says that the stream, or the server, keeps no message for later.
	ErrNoSchedules = errors.New("delayed: the stream has no message schedules")
	// ErrTooFar says that a message is to wait for longer than MaxDelay.
	ErrTooFar = errors.New("delayed: that is too far ahead")
)
