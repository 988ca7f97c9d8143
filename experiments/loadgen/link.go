package loadgen

import (
	"encoding/json"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge"
)

// link is one connection's part of a step: what it sends, and what came of it.
type link struct {
	conn  *nats.Conn
	cfg   Config
	inbox string // replies come on this, and the sequence number behind it
	sub   *nats.Subscription
	mix   *mix
	open  *pending
	rec   *recorder
	count *tally
	begin time.Time
	seq   uint64
	// sending is how much of what is measured an open loop spent on sending.
	sending time.Duration
	// again, of a closed loop, sends the next request when one has ended.
	again func()
}

// tally is shared by all connections of a step.
type tally struct {
	outstanding        atomic.Int64
	sent, ended, okays atomic.Uint64
}

// openLink subscribes to the replies.
func openLink(conn *nats.Conn, cfg Config, step Step, seed uint64, count *tally, begin time.Time) (*link, error) {
	l := &link{
		conn: conn, cfg: cfg, inbox: conn.NewInbox() + ".", mix: newMix(cfg.Targets, seed),
		open: newPending(), rec: newRecorder(step, cfg.Slice), count: count, begin: begin,
	}
	sub, err := conn.Subscribe(l.inbox+"*", l.reply)
	if err != nil {
		return nil, fmt.Errorf("subscribe to replies: %w", err)
	}
	if err := sub.SetPendingLimits(-1, -1); err != nil { // as many as are outstanding, which is bounded
		return nil, fmt.Errorf("subscribe to replies: %w", err)
	}
	l.sub = sub
	return l, nil
}

// now is the time since the beginning of what is measured.
func (l *link) now() time.Duration { return time.Since(l.begin) }

// send sends the request that was due at that time, or takes down why not. One goroutine
// of a link sends.
func (l *link) send(due time.Duration) {
	l.seq++
	s := sent{seq: l.seq, target: l.mix.next(), due: due, at: l.now()}
	if s.at < due { // the clock of a timer is a little ahead at times
		s.at = due
	}
	if l.count.outstanding.Add(1) > int64(l.cfg.MaxOutstanding) {
		l.count.outstanding.Add(-1)
		l.rec.end(s, EndNotSent, s.at)
		return
	}
	l.open.add(s)
	l.count.sent.Add(1)
	target := &l.cfg.Targets[s.target]
	err := l.conn.PublishRequest(target.Subject, l.inbox+strconv.FormatUint(s.seq, 36), target.Payload)
	if err != nil {
		if s, ok := l.open.take(s.seq); ok {
			l.end(s, EndRefused)
		}
	}
}

// reply takes a reply off the subscription.
func (l *link) reply(msg *nats.Msg) {
	seq, err := strconv.ParseUint(msg.Subject[len(l.inbox):], 36, 64)
	if err != nil {
		return // nobody's
	}
	s, ok := l.open.take(seq)
	if !ok {
		l.rec.late()
		return
	}
	end := l.cfg.Targets[s.target].judge(how(l.cfg.Via, msg), msg.Data)
	l.rec.explain(end, msg.Header.Get(bridge.HeaderError))
	l.end(s, end)
}

// end takes down the end of a request that was taken out.
func (l *link) end(s sent, how string) {
	l.rec.end(s, how, l.now())
	l.count.outstanding.Add(-1)
	l.count.ended.Add(1)
	if how == EndOK {
		l.count.okays.Add(1)
	}
	if l.again != nil {
		l.again()
	}
	l.open.done()
}

// expire ends what waited for longer than the timeout.
func (l *link) expire() {
	for _, s := range l.open.expire(l.now() - l.cfg.Timeout) {
		l.end(s, EndNoReply)
	}
}

// how says what a reply means.
func how(via Via, msg *nats.Msg) string {
	if len(msg.Data) == 0 && msg.Header.Get("Status") == "503" {
		return EndNoNode
	}
	if via == ViaStream {
		return stored(msg.Data)
	}
	if outcome := msg.Header.Get(bridge.HeaderOutcome); outcome != "" {
		return outcome
	}
	if code := msg.Header.Get(bridge.HeaderErrorCode); code != "" {
		return "error-" + code
	}
	return EndOK
}

// stored reads the server's word on a message for a stream: JSON with the sequence, or an
// error (NATS ADR-2, PubAck).
func stored(data []byte) string {
	var ack struct {
		Seq   uint64 `json:"seq"`
		Error *struct {
			Code int `json:"code"`
		} `json:"error"`
	}
	switch err := json.Unmarshal(data, &ack); {
	case err != nil || ack.Error == nil && ack.Seq == 0:
		return EndRefused
	case ack.Error != nil:
		return "error-" + strconv.Itoa(ack.Error.Code)
	default:
		return EndOK
	}
}
