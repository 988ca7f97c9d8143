package funclog

import (
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/bridge/subject"
)

// Config says what a Publisher does.
type Config struct {
	// Node is the node's name.
	Node string
	// Prefix stands before a function's name in the subject. Default "logs"; "" publishes
	// nothing, and keeps lines all the same.
	Prefix string
	// Queue is how many lines may wait to be published. Default 4096.
	Queue int
	// Keep is how many lines of each function are kept. Default 200; 0 keeps none.
	Keep int
	// KeepBytes bounds what is kept of all functions together. Default 4 MiB.
	KeepBytes int
	// Redact takes secrets out of a text; nil leaves it.
	Redact func(string) string
}

// DefaultPrefix stands before a function's name where nothing else is said.
const DefaultPrefix = "logs"

// DefaultConfig is that of a node that was told nothing.
func DefaultConfig(node string) Config {
	return Config{Node: node, Prefix: DefaultPrefix, Queue: 4096, Keep: 200, KeepBytes: 4 << 20}
}

// tellEvery is how often it is told that lines were dropped, where no other line tells it.
const tellEvery = 5 * time.Second

// Publisher passes lines on. Make one with Start.
type Publisher struct {
	cfg   Config
	conn  *nats.Conn
	queue chan Line
	end   chan struct{} // closed by Close
	ended sync.WaitGroup
	once  sync.Once

	mu      sync.Mutex
	seq     uint64            // guarded by mu
	recent  *recent           // guarded by mu
	dropped map[string]uint64 // by function, since it was last told; guarded by mu
	lost    uint64            // of all, ever; guarded by mu
}

// Start begins to publish on conn, which stays the caller's and must outlast it.
func Start(conn *nats.Conn, cfg Config) *Publisher {
	if cfg.Redact == nil {
		cfg.Redact = func(text string) string { return text }
	}
	p := &Publisher{
		cfg: cfg, conn: conn, queue: make(chan Line, max(1, cfg.Queue)), end: make(chan struct{}),
		recent: newRecent(cfg.Keep, cfg.KeepBytes), dropped: map[string]uint64{},
	}
	p.ended.Go(p.run)
	return p
}

// Add passes a line on, or drops it where too many wait. It never blocks. Node, Seq and
// Dropped are set here.
func (p *Publisher) Add(l Line) {
	select {
	case p.queue <- l:
	default:
		p.drop(l.Function, 1)
	}
}

func (p *Publisher) drop(function string, n uint64) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.dropped[function] += n
	p.lost += n
}

// Recent returns the newest lines of a function, or of all where name is "", n at most,
// the oldest first.
func (p *Publisher) Recent(name string, n int) []Line {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.recent.last(name, n)
}

// Dropped counts the lines that were not published.
func (p *Publisher) Dropped() uint64 {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.lost
}

// Close publishes what waits, and ends. Lines that are added afterwards may be dropped. It
// is idempotent.
func (p *Publisher) Close() {
	p.once.Do(func() { close(p.end) })
	p.ended.Wait()
}

func (p *Publisher) run() {
	ticker := time.NewTicker(tellEvery)
	defer ticker.Stop()
	for {
		select {
		case l := <-p.queue:
			p.pass(l)
		case <-ticker.C:
			p.tell()
		case <-p.end:
			for {
				select {
				case l := <-p.queue:
					p.pass(l)
				default:
					p.tell()
					return
				}
			}
		}
	}
}

// tell says of each function how much was dropped and not told of.
func (p *Publisher) tell() {
	p.mu.Lock()
	names := make([]string, 0, len(p.dropped))
	for name := range p.dropped {
		names = append(names, name)
	}
	p.mu.Unlock()
	for _, name := range names {
		p.pass(Line{Time: time.Now(), Level: "warn", Function: name, Runtime: -1, Text: "lines were dropped: more was printed than the node could pass on"})
	}
}

// pass keeps a line and publishes it.
func (p *Publisher) pass(l Line) {
	l.Text, l.Node = p.cfg.Redact(l.Text), p.cfg.Node
	p.mu.Lock()
	p.seq++
	l.Seq, l.Dropped = p.seq, p.dropped[l.Function]
	delete(p.dropped, l.Function)
	p.recent.add(l)
	p.mu.Unlock()
	if p.cfg.Prefix == "" {
		return
	}
	if err := p.publish(l); err != nil {
		p.drop(l.Function, 1+l.Dropped)
	}
}

// publish does not wait for a connection: lines would take the room of replies in the
// buffer for what is sent later.
func (p *Publisher) publish(l Line) error {
	if !p.conn.IsConnected() {
		return nats.ErrConnectionClosed
	}
	data, err := json.Marshal(l)
	if err != nil {
		return fmt.Errorf("funclog: encode: %w", err)
	}
	return p.conn.Publish(subject.Function(p.cfg.Prefix, l.Function), data)
}
