package remoting

import (
	"errors"
	"fmt"
)

var (
	// ErrClosed says that the session, or the Remote, is closed; nothing was sent.
	ErrClosed = errors.New("remoting: closed")
	// ErrUnreachable says that there is no connection to the peer; the message was surely not
	// sent.
	ErrUnreachable = errors.New("remoting: the peer cannot be reached")
	// ErrQueueFull says that Config.Queue messages wait for the peer already; the message was
	// not sent.
	ErrQueueFull = errors.New("remoting: too many messages wait for the peer")
	// ErrUncertain says that the connection broke while the message was being sent; it may have
	// arrived.
	ErrUncertain = errors.New("remoting: the connection broke while sending")
	// ErrExpired says that the certificate of TLS is past its time.
	ErrExpired = errors.New("it has expired")
)

// TooLargeError says that the message is over Config.MaxMessage; it was not sent.
type TooLargeError struct {
	Size, Limit int // bytes
}

// Error implements error.
func (e *TooLargeError) Error() string {
	return fmt.Sprintf("remoting: message of %d bytes, over the limit of %d", e.Size, e.Limit)
}
