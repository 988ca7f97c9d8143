package chaos

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/internal/openloop"
)

const (
	// callTimeout is what a call's deadline is: what the node answers by.
	callTimeout = 5 * time.Second
	// listenFor is how long the caller listens: longer, so that an answer that says
	// timeout is told from none.
	listenFor = 7 * time.Second
	// maxOpen bounds the calls that wait for an answer; one more is not sent.
	maxOpen = 20_000
)

// What came of a call where no node said it.
const (
	okay       = "ok"
	noReply    = "no reply"
	noListener = "no node listens"
)

// record is one call as its caller saw it.
type record struct {
	id, fn string
	sent   time.Time
	// outcome is the first answer's, or why there is none; ended is when.
	outcome string
	ended   time.Time
	// why is what a failed one's answer says.
	why string
	// answers counts all of them, those after listenFor too; late: the first was one.
	answers int
	late    bool
	// wrong is the answer to another call, or what it was.
	wrong string
}

// caller sends calls and records what comes of each.
type caller struct {
	conn  *nats.Conn
	inbox string
	sub   *nats.Subscription

	mu      sync.Mutex
	records []*record          // guarded by mu
	byID    map[string]*record // guarded by mu
	strange []string           // guarded by mu; answers to calls that were never sent
	wakes   chan struct{}      // guarded by mu; closed at the next answer
}

// connectCaller connects, and stays connected however often the server goes.
func connectCaller(url string) (*caller, error) {
	conn, err := nats.Connect(url, nats.Name("chaos"), nats.MaxReconnects(-1), nats.ReconnectWait(100*time.Millisecond),
		nats.ReconnectJitter(0, 0), nats.PingInterval(2*time.Second), nats.RetryOnFailedConnect(true))
	if err != nil {
		return nil, err
	}
	c := &caller{conn: conn, inbox: conn.NewInbox(), byID: map[string]*record{}, wakes: make(chan struct{})}
	if c.sub, err = conn.Subscribe(c.inbox+".*", c.hear); err != nil {
		conn.Close()
		return nil, err
	}
	return c, conn.Flush()
}

// hear takes an answer.
func (c *caller) hear(msg *nats.Msg) {
	id := msg.Subject[strings.LastIndexByte(msg.Subject, '.')+1:]
	now := time.Now()
	outcome, wrong := read(msg, id)
	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.byID[id]
	if r == nil {
		c.strange = append(c.strange, fmt.Sprintf("%s: %.100s", id, msg.Data))
		return
	}
	r.answers++
	switch {
	case r.answers > 1:
	case now.Sub(r.sent) > listenFor:
		r.late = true
	default:
		r.outcome, r.ended, r.why = outcome, now, msg.Header.Get("Nats-Service-Error")
	}
	if wrong != "" {
		r.wrong = wrong
	}
	close(c.wakes)
	c.wakes = make(chan struct{})
}

// read says what an answer is: its outcome, and what is wrong with it.
func read(msg *nats.Msg, id string) (outcome, wrong string) {
	if msg.Header.Get("Status") == "503" && len(msg.Data) == 0 {
		return noListener, ""
	}
	if outcome := msg.Header.Get("Isolane-Outcome"); outcome != "" && outcome != okay {
		return outcome, ""
	}
	var body struct{ ID string }
	if err := json.Unmarshal(msg.Data, &body); err != nil || body.ID != id {
		return okay, fmt.Sprintf("%.100s", msg.Data)
	}
	return okay, ""
}

// send sends one call, and returns its record.
func (c *caller) send(fn string) (*record, error) {
	c.mu.Lock()
	n := len(c.records)
	r := &record{id: "c" + strconv.Itoa(n), fn: fn, sent: time.Now()}
	c.records = append(c.records, r)
	c.byID[r.id] = r
	c.mu.Unlock()
	payload := fmt.Appendf(nil, `{"id":%q,"ms":%d}`, r.id, 5+n%20)
	return r, c.conn.PublishMsg(&nats.Msg{
		Subject: "fn." + fn, Reply: c.inbox + "." + r.id, Data: payload,
		Header: nats.Header{"Isolane-Invocation": {r.id}, "Isolane-Timeout": {callTimeout.String()}},
	})
}

// load sends rate calls a second until ctx is done: of ten, five are echo's, three
// again's and two solo's.
func (c *caller) load(ctx context.Context, rate int) {
	mix := [...]string{echo, again, echo, solo, echo, again, echo, solo, echo, again}
	openloop.Pace(ctx, rate, time.Hour, func(n int) {
		if c.open() < maxOpen {
			_, _ = c.send(mix[n%len(mix)]) // what cannot be sent has no answer
		}
	})
}

// open is how many calls wait for an answer.
func (c *caller) open() int {
	now := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	n := 0
	for i := len(c.records) - 1; i >= 0 && now.Sub(c.records[i].sent) < listenFor; i-- {
		if c.records[i].answers == 0 {
			n++
		}
	}
	return n
}

// call sends one, and waits for its outcome.
func (c *caller) call(ctx context.Context, fn string) string {
	ctx, cancel := context.WithTimeout(ctx, listenFor)
	defer cancel()
	r, err := c.send(fn)
	if err != nil {
		return err.Error()
	}
	for {
		c.mu.Lock()
		outcome, wakes := r.outcome, c.wakes
		c.mu.Unlock()
		if outcome != "" {
			return outcome
		}
		select {
		case <-wakes:
		case <-ctx.Done():
			return noReply
		}
	}
}

// settle waits until no call waits for an answer.
func (c *caller) settle(ctx context.Context) error {
	return until(ctx, func(context.Context) error {
		if n := c.open(); n > 0 {
			return fmt.Errorf("%d calls wait for an answer", n)
		}
		return nil
	})
}

// all returns the records, and the answers that belong to none.
func (c *caller) all() (records []record, strange []string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, r := range c.records {
		each := *r
		if each.outcome == "" {
			each.outcome, each.ended = noReply, each.sent.Add(listenFor)
		}
		records = append(records, each)
	}
	return records, append([]string(nil), c.strange...)
}

func (c *caller) close() { c.conn.Close() }
