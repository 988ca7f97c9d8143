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

// Answers are the types that nodes answer with.
type Answers interface {
	Report | View | Runtimes | Health | Begun | Scaled | Keys | Lines | Triggers | Profiled | Recent
}

// Ask returns what the nodes answer to a topic, in the order of their names: node, or
// all where it is "". request is sent along as JSON, unless it is nil. It waits for the
// first answer until ctx is done, and then for more until none comes for a quarter of a
// second. The error wraps ErrNoNode, or ErrAnswer (the other answers are returned with
// it).
func Ask[T Answers](ctx context.Context, conn *nats.Conn, topic Topic, node string, request any) ([]T, error) {
	subject := all(topic)
	if node != "" {
		subject = one(node, topic)
	}
	var payload []byte
	if request != nil {
		var err error
		if payload, err = json.Marshal(request); err != nil {
			return nil, fmt.Errorf("admin: ask: %w", err)
		}
	}
	inbox := conn.NewInbox()
	sub, err := conn.SubscribeSync(inbox)
	if err != nil {
		return nil, fmt.Errorf("admin: subscribe: %w", err)
	}
	defer func() { _ = sub.Unsubscribe() }()
	if err := conn.PublishRequest(subject, inbox, payload); err != nil {
		return nil, fmt.Errorf("admin: ask: %w", err)
	}
	answers, err := gather[T](ctx, sub, node != "")
	slices.SortFunc(answers, func(a, b T) int { return cmp.Compare(nodeOf(a), nodeOf(b)) })
	return answers, err
}

// nodeOf is who answered.
func nodeOf[T Answers](answer T) string {
	switch a := any(answer).(type) {
	case Report:
		return a.Node
	case View:
		return a.Node
	case Runtimes:
		return a.Node
	case Health:
		return a.Node
	case Begun:
		return a.Node
	case Scaled:
		return a.Node
	case Keys:
		return a.Node
	case Lines:
		return a.Node
	case Triggers:
		return a.Node
	case Profiled:
		return a.Node
	case Recent:
		return a.Node
	}
	return ""
}

// gather collects answers; one is enough where single is set.
func gather[T Answers](ctx context.Context, sub *nats.Subscription, single bool) ([]T, error) {
	var answers []T
	var faults []error
	together := parts{}
	for wait := ctx; ; {
		msg, err := sub.NextMsgWithContext(wait)
		switch {
		case errors.Is(err, nats.ErrNoResponders):
			return nil, ErrNoNode
		case err != nil && len(answers)+len(faults) > 0:
			return answers, errors.Join(faults...)
		case errors.Is(err, context.DeadlineExceeded):
			return nil, fmt.Errorf("%w in time", ErrNoNode)
		case err != nil:
			return nil, fmt.Errorf("admin: wait for answers: %w", err)
		}
		body, err := together.add(msg)
		if body == nil && err == nil {
			continue // the rest of it is to come
		}
		var answer T
		if err == nil {
			err = json.Unmarshal(body, &answer)
		}
		if err != nil {
			faults = append(faults, fmt.Errorf("%w: %w", ErrAnswer, err))
		} else {
			answers = append(answers, answer)
		}
		if single {
			return answers, errors.Join(faults...)
		}
		next, cancel := context.WithTimeout(ctx, quiet)
		defer cancel()
		wait = next
	}
}
