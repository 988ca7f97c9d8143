package hostnats

import (
	"strconv"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"
)

// answers takes what comes for the calls that are open: one subscription for all, made for the
// first. The zero value is ready; safe for concurrent use.
type answers struct {
	mu    sync.Mutex
	sub   *nats.Subscription          // guarded by mu; nil until the first
	inbox string                      // guarded by mu
	last  uint64                      // guarded by mu
	calls map[string]chan<- *nats.Msg // by the last word of the inbox; guarded by mu
	shut  bool                        // guarded by mu
}

// kept is how many words of one call are kept until it looks: what is more is dropped, as the
// signs are that come each second.
const kept = 4

// open makes an inbox for a call; forget must follow.
func (a *answers) open(conn *nats.Conn) (inbox string, came <-chan *nats.Msg, forget func(), err error) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.shut {
		return "", nil, nil, nats.ErrConnectionClosed
	}
	if a.sub == nil {
		inbox := conn.NewInbox()
		sub, err := conn.Subscribe(inbox+".*", a.take)
		if err != nil {
			return "", nil, nil, err
		}
		// Each message is of a call that waits: none is to be dropped.
		if err := sub.SetPendingLimits(-1, -1); err != nil {
			_ = sub.Unsubscribe()
			return "", nil, nil, err
		}
		a.sub, a.inbox, a.calls = sub, inbox, map[string]chan<- *nats.Msg{}
	}
	a.last++
	token := strconv.FormatUint(a.last, 10)
	ch := make(chan *nats.Msg, kept)
	a.calls[token] = ch
	return a.inbox + "." + token, ch, func() {
		a.mu.Lock()
		defer a.mu.Unlock()
		delete(a.calls, token)
	}, nil
}

// take runs in the goroutine of the subscription.
func (a *answers) take(msg *nats.Msg) {
	token := msg.Subject[strings.LastIndexByte(msg.Subject, '.')+1:]
	a.mu.Lock()
	ch := a.calls[token]
	a.mu.Unlock()
	select {
	case ch <- msg: // never of a nil channel
	default:
	}
}

// close ends the subscription.
func (a *answers) close() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.shut = true
	if a.sub != nil {
		_ = a.sub.Unsubscribe() // the connection may be closed already
	}
}

// waiting says which keys the calls of each invocation wait for. The zero value is ready; safe
// for concurrent use.
type waiting struct {
	mu sync.Mutex
	by map[string]map[string]int // guarded by mu
}

// begin notes that a call of the invocation waits for who, until end is called.
func (w *waiting) begin(invocation, who string) (end func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.by == nil {
		w.by = map[string]map[string]int{}
	}
	if w.by[invocation] == nil {
		w.by[invocation] = map[string]int{}
	}
	w.by[invocation][who]++
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		if w.by[invocation][who]--; w.by[invocation][who] == 0 {
			delete(w.by[invocation], who)
		}
		if len(w.by[invocation]) == 0 {
			delete(w.by, invocation)
		}
	}
}

// WaitsFor returns the identities (bridge.Identity) whose answers an invocation on this node
// waits for now.
func (h *Host) WaitsFor(invocation string) []string {
	h.waiting.mu.Lock()
	defer h.waiting.mu.Unlock()
	var all []string
	for who := range h.waiting.by[invocation] {
		all = append(all, who)
	}
	return all
}
