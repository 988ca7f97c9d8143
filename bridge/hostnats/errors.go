package hostnats

import (
	"context"
	"errors"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/delayed"
	"github.com/isolane/isolane/jsruntime/hostcap"
)

// verdict says what an error of nats.go or jetstream is for a function, and in words
// what to do.
func verdict(err error) (hostcap.Kind, string) {
	switch {
	case errors.Is(err, delayed.ErrNoSchedules):
		return hostcap.Unavailable, strings.TrimPrefix(err.Error(), "delayed: ")
	case errors.Is(err, delayed.ErrTooFar):
		return hostcap.Invalid, strings.TrimPrefix(err.Error(), "delayed: ")
	case errors.Is(err, nats.ErrNoResponders):
		return hostcap.NoResponders, "nobody listens on the subject"
	case errors.Is(err, jetstream.ErrNoStreamResponse):
		return hostcap.NoStream, "no stream captures the subject: publish without ack, or have a stream made for it"
	case errors.Is(err, jetstream.ErrKeyExists), errors.Is(err, jetstream.ErrKeyRevisionMismatch):
		return hostcap.Conflict, "the key has another revision: get it again, and decide anew"
	case errors.Is(err, jetstream.ErrBucketNotFound), errors.Is(err, jetstream.ErrStreamNotFound):
		return hostcap.NotFound, "there is no such bucket: functions make none, create it first (nats kv add)"
	case errors.Is(err, jetstream.ErrInvalidKey):
		return hostcap.Invalid, "that is no key"
	case errors.Is(err, nats.ErrMaxPayload), errors.Is(err, jetstream.ErrMaxBytesExceeded), errors.Is(err, jetstream.ErrStreamMessageExceedsMaximum):
		return hostcap.TooLarge, "the message with its headers is larger than the server or the stream takes"
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		return hostcap.Unavailable, "the NATS server has no JetStream for this user"
	case errors.Is(err, nats.ErrDisconnected), errors.Is(err, nats.ErrConnectionClosed), errors.Is(err, nats.ErrConnectionDraining), errors.Is(err, nats.ErrReconnectBufExceeded):
		return hostcap.Disconnected, "the connection to NATS was lost: the server may or may not have it"
	case errors.Is(err, context.Canceled):
		return hostcap.Disconnected, "the node is shutting down: the server may or may not have it"
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, nats.ErrTimeout):
		return hostcap.Timeout, "the server did not answer in time"
	}
	if api, ok := errors.AsType[*jetstream.APIError](err); ok {
		if bridge.NoRoom(err) {
			return hostcap.Refused, "the stream has no room: " + api.Description
		}
		return apiVerdict(api)
	}
	return hostcap.Other, err.Error()
}

// apiVerdict is verdict for what the server itself refused.
func apiVerdict(api *jetstream.APIError) (hostcap.Kind, string) {
	switch api.ErrorCode { //nolint:exhaustive // the others are told as they are
	case jetstream.JSErrCodeStreamWrongLastSequence, jetstream.JSErrCodeStreamWrongLastSequenceConstant:
		return hostcap.Conflict, "the key has another revision: get it again, and decide anew"
	default:
		return hostcap.Refused, "the server refused it: " + api.Description
	}
}
