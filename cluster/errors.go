package cluster

import (
	"errors"
	"fmt"
	"time"

	"github.com/isolane/isolane/cluster/remoting"
)

var (
	// ErrNotDelivered says that the call surely never ran; it may be made again, here or
	// elsewhere. What is wrapped beside it says why: the member is not known, draining
	// or of another wire version, its breaker is open, there is no connection, too many
	// calls are pending.
	ErrNotDelivered = errors.New("cluster: not delivered")
	// ErrNoAnswer says that the call was sent and may have run. Either nobody accepted it within
	// Config.AcceptTimeout, or the member died, began anew, or broke the connection.
	ErrNoAnswer = errors.New("cluster: no answer")
	// ErrStopped says that this member has stopped; wrapped together with ErrNotDelivered where
	// a call is refused for that.
	ErrStopped = errors.New("cluster: stopped")
	// ErrNoStore says that grains need Deps.Store to be fenced, or Config.Unfenced.
	ErrNoStore = errors.New("cluster: grains need a store that fences them, or Config.Unfenced")
	// ErrConfig is wrapped by every fault of a Config that Validate reports.
	ErrConfig = errors.New("cluster: invalid configuration")
)

// RefusedError says that the member did not take the call on; it surely never ran.
type RefusedError struct {
	Message    string
	RetryAfter time.Duration // 0: not known
	// Elsewhere: another member may take it at once, since the grain belongs to it, or
	// this one is leaving.
	Elsewhere bool
}

// Error implements error.
func (e *RefusedError) Error() string {
	if e.RetryAfter > 0 {
		return fmt.Sprintf("cluster: refused: %s (retry after %s)", e.Message, e.RetryAfter)
	}
	return "cluster: refused: " + e.Message
}

// RemoteError says that the call ran, and ended with an error there.
type RemoteError struct{ Message string }

// Error implements error.
func (e *RemoteError) Error() string { return "cluster: " + e.Message }

// TooLargeError says that the body is over RemoteConfig.MaxMessage; the call was not sent.
type TooLargeError = remoting.TooLargeError

// NotTaken says whether a call that ended with err was refused by the member, or did not
// reach it: it never ran, and another member may run it.
func NotTaken(err error) bool {
	_, refused := errors.AsType[*RefusedError](err)
	return refused || errors.Is(err, ErrNotDelivered)
}

func notDelivered(format string, args ...any) error {
	return fmt.Errorf("%w: "+format, append([]any{ErrNotDelivered}, args...)...)
}
