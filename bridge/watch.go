package bridge

import (
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/nats-io/nats.go"
)

// watcher turns time and the connection's status into messages for the actor. It
// belongs to one incarnation: one goroutine, from startWatcher to stop.
type watcher struct {
	quit chan struct{}
	done chan struct{}
	// send posts to the actor.
	send func(message any)
	// retry is the timer of later; only the actor touches it.
	retry *time.Timer
}

// startWatcher begins to post ticks and status changes to self.
func startWatcher(b *Bridge, self *actor.PID) *watcher {
	w := &watcher{
		quit: make(chan struct{}),
		done: make(chan struct{}),
		send: func(message any) { b.deps.System.Root.Send(self, message) },
	}
	conn := b.deps.Conn
	status := conn.StatusChanged(nats.CONNECTED, nats.RECONNECTING, nats.CLOSED)
	if conn.IsClosed() {
		w.send(&connChanged{status: nats.CLOSED})
	}
	go func() {
		defer close(w.done)
		defer conn.RemoveStatusListener(status)
		w.run(status, b.cfg.ReportInterval)
	}()
	return w
}

func (w *watcher) run(status <-chan nats.Status, interval time.Duration) {
	ticker := time.NewTicker(interval)
	defer ticker.Stop()
	for {
		select {
		case <-w.quit:
			return
		case <-ticker.C:
			w.send(&tick{})
		case s := <-status:
			w.send(&connChanged{status: s})
		}
	}
}

// later posts message after d, unless the watcher has stopped by then.
func (w *watcher) later(d time.Duration, message any) {
	w.retry = time.AfterFunc(d, func() {
		select {
		case <-w.quit:
		default:
			w.send(message)
		}
	})
}

// stop ends the goroutine and waits for it; its mailbox never blocks, so that is
// short. A nil watcher, of an incarnation that failed to start, is let be.
func (w *watcher) stop() {
	if w == nil {
		return
	}
	if w.retry != nil {
		w.retry.Stop()
	}
	close(w.quit)
	<-w.done
}
