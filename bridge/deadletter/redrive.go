package deadletter

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
)

// HeaderOnly names the function that a message sent again is for: the others that
// have a trigger on its stream leave it alone.
const HeaderOnly = "Isolane-Only"

// Redrive sends a letter again, to the subject that it had in its stream, or to the
// subject to where that is not "", and takes it out of the box when the stream has
// confirmed it. Sent to where it was, it is for the letter's function alone.
//
// The error wraps ErrNoWayBack where it came from a key-value bucket or an object
// store: to send it again would write to those. The letter of a key's alarm is one of these;
// see stream.AlarmOf.
func (b *Box) Redrive(ctx context.Context, l *Letter, to string) error {
	msg := &nats.Msg{Subject: to, Header: nats.Header{}, Data: l.Payload}
	for name, values := range l.Header {
		if !special(name) {
			msg.Header[name] = values
		}
	}
	msg.Header.Set(nats.MsgIdHdr, fmt.Sprintf("redrive.%d.%d", l.Number, l.Filed.UnixNano()))
	if to == "" {
		if strings.HasPrefix(l.Subject, "$") {
			return fmt.Errorf("%w: %s: a message there would change the bucket itself: name another subject with --to", ErrNoWayBack, l.Subject)
		}
		msg.Subject = l.Subject
		msg.Header.Set(HeaderOnly, l.Function)
		msg.Header.Set(nats.ExpectedStreamHdr, l.Stream)
	}
	_, err := b.js.PublishMsg(ctx, msg)
	switch {
	case errors.Is(err, nats.ErrNoResponders), errors.Is(err, jetstream.ErrNoStreamResponse):
		return fmt.Errorf("deadletter: send %d again: no stream takes %s: was the stream %s removed? name another subject with --to: %w", l.Number, msg.Subject, l.Stream, err)
	case err != nil:
		return fmt.Errorf("deadletter: send %d again to %s: %w", l.Number, msg.Subject, err)
	}
	return b.Sent(ctx, l)
}

// Sent takes a letter out that was sent again.
func (b *Box) Sent(ctx context.Context, l *Letter) error {
	if err := b.Drop(ctx, l.Number); err != nil && !errors.Is(err, ErrNotFound) {
		return fmt.Errorf("%w; it was sent again all the same, and is in the box still", err)
	}
	return nil
}
