package admin

import (
	"encoding/json"
	"errors"
	"fmt"
	"sync"

	"github.com/nats-io/nats.go"
)

// Node is what a node answers with; each function is called from other goroutines. A
// topic whose function is nil is not answered.
type Node struct {
	Name      string
	Functions func() Report
	Members   func() View
	Runtimes  func() Runtimes
	Health    func() Health
	// Drain begins to end the node, and returns at once.
	Drain func() error
	// Scale begins to change how many runtimes the node has, and returns at once.
	Scale func(ScaleTo) Scaled
	Keys  func(KeyChange) Keys
	Logs  func(LinesWanted) Lines
	// Recent is what was seen of a function lately.
	Recent func(RecentWanted) Recent
	// Triggers are those of streams, schedules, and of delayed messages.
	Triggers func() Triggers
	// Profile takes a profile, for as long as that takes, and refuses where one goes on.
	Profile func(ProfileWanted) Profiled
}

// Responder answers for one node.
type Responder struct {
	subs []*nats.Subscription
	// later are the answers that take long; each of them ends by itself.
	later sync.WaitGroup

	mu     sync.Mutex
	closed bool // guarded by mu
}

// inBackground does what takes long, unless Close was here.
func (r *Responder) inBackground(do func()) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.closed {
		r.later.Go(do)
	}
}

// Answer begins to answer for node. It does not wait until the server knows of it: flush
// conn for that. conn stays the caller's.
func Answer(conn *nats.Conn, node Node) (*Responder, error) {
	r := &Responder{}
	for topic, answer := range node.answers() {
		subjects := []string{one(node.Name, topic), all(topic)}
		if topic == Drain || topic == Scale || topic == ProfileOf {
			subjects = subjects[:1]
		}
		for _, subject := range subjects {
			sub, err := conn.Subscribe(subject, func(msg *nats.Msg) {
				if topic == ProfileOf {
					r.inBackground(func() { respond(conn, msg, answer) }) // the next one is refused meanwhile
					return
				}
				respond(conn, msg, answer)
			})
			if err != nil {
				return nil, errors.Join(fmt.Errorf("admin: subscribe to %s: %w", subject, err), r.Close())
			}
			r.subs = append(r.subs, sub)
		}
	}
	return r, nil
}

// unread answers a request that is not understood.
const unread = "the request cannot be read: it comes from another version of isolane"

// answers are the topics that node answers.
func (n Node) answers() map[Topic]func(payload []byte) any {
	m := map[Topic]func([]byte) any{}
	if n.Functions != nil {
		m[Functions] = func([]byte) any { return n.Functions() }
	}
	if n.Members != nil {
		m[Members] = func([]byte) any { return n.Members() }
	}
	if n.Runtimes != nil {
		m[RuntimesOf] = func([]byte) any { return n.Runtimes() }
	}
	if n.Health != nil {
		m[HealthOf] = func([]byte) any { return n.Health() }
	}
	if n.Triggers != nil {
		m[TriggersOf] = func([]byte) any { return n.Triggers() }
	}
	if n.Drain != nil {
		m[Drain] = func([]byte) any {
			if err := n.Drain(); err != nil {
				return Begun{Node: n.Name, Error: err.Error()}
			}
			return Begun{Node: n.Name}
		}
	}
	if n.Logs != nil {
		m[LogsOf] = func(payload []byte) any {
			wanted := LinesWanted{Lines: 50}
			if len(payload) > 0 && json.Unmarshal(payload, &wanted) != nil {
				return Lines{Node: n.Name} // another version asks
			}
			return n.Logs(wanted)
		}
	}
	if n.Recent != nil {
		m[RecentOf] = func(payload []byte) any {
			var wanted RecentWanted
			if json.Unmarshal(payload, &wanted) != nil {
				return Recent{Node: n.Name} // another version asks
			}
			return n.Recent(wanted)
		}
	}
	if n.Scale != nil {
		m[Scale] = func(payload []byte) any {
			var to ScaleTo
			if err := json.Unmarshal(payload, &to); err != nil {
				return Scaled{Node: n.Name, Error: unread}
			}
			return n.Scale(to)
		}
	}
	if n.Profile != nil {
		m[ProfileOf] = func(payload []byte) any {
			var wanted ProfileWanted
			if err := json.Unmarshal(payload, &wanted); err != nil {
				return Profiled{Node: n.Name, Error: unread}
			}
			return n.Profile(wanted)
		}
	}
	if n.Keys != nil {
		m[KeysOf] = func(payload []byte) any {
			var change KeyChange
			if len(payload) > 0 {
				if err := json.Unmarshal(payload, &change); err != nil {
					return Keys{Node: n.Name, Error: unread}
				}
			}
			return n.Keys(change)
		}
	}
	return m
}

// respond ignores what cannot be answered: who asked will see that nobody did.
func respond(conn *nats.Conn, msg *nats.Msg, answer func([]byte) any) {
	if msg.Reply == "" {
		return
	}
	body, err := json.Marshal(answer(msg.Data))
	if err != nil {
		return // plain data: cannot be
	}
	_ = send(conn, msg, body)
}

// Close ends the answers; those that take long have been given, where that can still be, when it
// returns. It is idempotent.
func (r *Responder) Close() error {
	var errs []error
	for _, sub := range r.subs {
		if err := sub.Unsubscribe(); err != nil && !errors.Is(err, nats.ErrBadSubscription) && !errors.Is(err, nats.ErrConnectionClosed) {
			errs = append(errs, fmt.Errorf("admin: unsubscribe from %s: %w", sub.Subject, err))
		}
	}
	r.mu.Lock()
	r.closed = true
	r.mu.Unlock()
	r.later.Wait()
	return errors.Join(errs...)
}
