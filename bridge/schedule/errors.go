package schedule

import "errors"

var (
	// ErrInvalidConfig is wrapped by Config.Validate and New.
	ErrInvalidConfig = errors.New("schedule: invalid configuration")
	// ErrNoJetStream says that the server has no JetStream, or this account may not use it.
	ErrNoJetStream = errors.New("schedule: the NATS server has no JetStream for this user")
	// errBehind says that another message is the newest of its subject.
	errBehind = errors.New("schedule: another was published before")
)
