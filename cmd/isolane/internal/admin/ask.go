package admin

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/nats-io/nats.go"
)

var (
	// ErrNoNode says that no node answers: none is connected to this server, or
	// none of the name that was asked for.
	ErrNoNode = errors.New("no node answers")
	// ErrAnswer says that an answer was not understood: a node of another version.
	ErrAnswer = errors.New("a node's answer is not understood")
)

// quiet is how long Ask waits after an answer for the next one. How many nodes
// there are is not known, and an answer is a local matter of microseconds.
const quiet = 250 * time.Millisecond

// Ask returns the reports of the nodes, sorted by name: of node, or of all where
// it is "". It waits for the first until ctx is done, and then for more until
// none comes for a quarter of a second. The error wraps ErrNoNode, or ErrAnswer
// (the other reports are returned with it).
func Ask(ctx context.Context, conn *nats.Conn, node string) ([]Report, error) {
	subject := all()
	if node != "" {
		subject = one(node)
	}
	inbox := conn.NewInbox()
	sub, err := conn.SubscribeSync(inbox)
	if err != nil {
		return nil, fmt.Errorf("admin: subscribe: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := conn.PublishRequest(subject, inbox, nil); err != nil {
		return nil, fmt.Errorf("admin: ask: %w", err)
	}
	reports, err := gather(ctx, sub, node != "")
	slices.SortFunc(reports, func(a, b Report) int { return cmp.Compare(a.Node, b.Node) })
	return reports, err
}

// gather collects answers; one is enough where single is set.
func gather(ctx context.Context, sub *nats.Subscription, single bool) ([]Report, error) {
	var reports []Report
	var faults []error
	for wait := ctx; ; {
		msg, err := sub.NextMsgWithContext(wait)
		switch {
		case errors.Is(err, nats.ErrNoResponders):
			return nil, ErrNoNode
		case err != nil && len(reports)+len(faults) > 0:
			return reports, errors.Join(faults...)
		case errors.Is(err, context.DeadlineExceeded):
			return nil, fmt.Errorf("%w in time", ErrNoNode)
		case err != nil:
			return nil, fmt.Errorf("admin: wait for answers: %w", err)
		}
		var report Report
		if err := json.Unmarshal(msg.Data, &report); err != nil {
			faults = append(faults, fmt.Errorf("%w: %w", ErrAnswer, err))
		} else {
			reports = append(reports, report)
		}
		if single {
			return reports, errors.Join(faults...)
		}
		next, cancel := context.WithTimeout(ctx, quiet)
		defer cancel()
		wait = next
	}
}
