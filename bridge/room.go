package bridge

import (
	"errors"

	"github.com/nats-io/nats.go/jetstream"
)

// RoomAdvice says what to do where a server or a stream has no room.
const RoomAdvice = "the stream, or JetStream's storage, is full: nats stream report and nats server report jetstream say which; give it more room, or remove what is not needed"

// NoRoom reports whether JetStream refused something since a stream, an account or the server
// itself has no room for it: another try helps only once there is some.
func NoRoom(err error) bool {
	var known jetstream.JetStreamError
	if !errors.As(err, &known) || known.APIError() == nil {
		return false
	}
	const (
		insufficientResources = 10023 // of the server
		memoryExceeded        = 10028 // of the account
		maxMessages           = 10046
		storageExceeded       = 10047 // of the account
		storeFailed           = 10077 // the stream's limits, with the discard policy "new"
	)
	switch known.APIError().ErrorCode { //nolint:exhaustive // those that are about room
	case insufficientResources, memoryExceeded, maxMessages, storageExceeded, storeFailed:
		return true
	default:
		return false
	}
}
