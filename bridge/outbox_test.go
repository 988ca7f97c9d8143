package bridge

import (
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

// post is an outbox whose backlog the test sets, and what it has sent.
type post struct {
	outbox
	waiting atomic.Int64

	mu   sync.Mutex
	sent []*call
}

func newPost() *post {
	p := &post{}
	p.backlog = func() int { return int(p.waiting.Load()) }
	p.send = func(c *call, _ *reply) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.sent = append(p.sent, c)
	}
	return p
}

func (p *post) count() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return len(p.sent)
}

// burst puts n replies, so far apart.
func (p *post) burst(n int, apart time.Duration) {
	for range n {
		time.Sleep(apart) //nolint:forbidigo // the bubble's clock
		p.put(&call{}, reply{})
	}
}

func TestOutbox(t *testing.T) {
	for name, play := range map[string]func(t *testing.T, p *post){
		"nothing else to do": func(t *testing.T, p *post) {
			t.Helper()
			p.burst(40, time.Microsecond)
			require.Equal(t, 40, p.count())
		},
		"others are queued, and slow": func(t *testing.T, p *post) {
			t.Helper()
			p.waiting.Store(5)
			p.burst(40, 60*time.Microsecond)
			require.Equal(t, 40, p.count())
		},
		"so many at a time": func(t *testing.T, p *post) {
			t.Helper()
			p.burst(40, time.Microsecond) // it learns that they are fast
			p.waiting.Store(5)
			p.burst(maxHeld-1, time.Microsecond)
			require.Equal(t, 40, p.count())
			p.burst(1, time.Microsecond)
			require.Equal(t, 40+maxHeld, p.count())
		},
		"the last goes out with the others": func(t *testing.T, p *post) {
			t.Helper()
			p.burst(40, time.Microsecond)
			p.waiting.Store(5)
			p.burst(3, time.Microsecond)
			p.waiting.Store(0)
			p.burst(1, time.Microsecond)
			require.Equal(t, 44, p.count())
		},
		"not for long while others come": func(t *testing.T, p *post) {
			t.Helper()
			p.burst(40, time.Microsecond)
			p.waiting.Store(5)
			p.burst(6, 20*time.Microsecond)
			require.Equal(t, 46, p.count())
		},
		"nor while none comes": func(t *testing.T, p *post) {
			t.Helper()
			p.burst(40, time.Microsecond)
			p.waiting.Store(5)
			for range 3 {
				before := p.count()
				p.burst(2, time.Microsecond)
				require.Equal(t, before, p.count())
				time.Sleep(holdLongest) //nolint:forbidigo // the bubble's clock
				synctest.Wait()
				require.Equal(t, before+2, p.count())
				p.waiting.Store(0)
				p.burst(40, time.Microsecond)
				p.waiting.Store(5)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPost()
				p.burst(1, time.Second) // the first is the only one for long
				p.sent = nil
				play(t, p)
				p.stop()
			})
		})
	}
}

// TestOutboxWithoutBacklog sends each at once.
func TestOutboxWithoutBacklog(t *testing.T) {
	p := newPost()
	p.backlog = nil
	p.put(&call{}, reply{})
	require.Equal(t, 1, p.count())
	p.stop()
}

// TestOutboxLosesNothing: from many goroutines, with a backlog that comes and goes.
func TestOutboxLosesNothing(t *testing.T) {
	const senders, each = 8, 3000
	p := newPost()
	var wg sync.WaitGroup
	for s := range senders {
		wg.Go(func() {
			for i := range each {
				p.waiting.Store(int64((i + s) % 3))
				p.put(&call{}, reply{})
			}
		})
	}
	wg.Wait()
	p.waiting.Store(0)
	p.put(&call{}, reply{})
	seen := map[*call]bool{}
	for end := time.Now().Add(time.Minute); p.count() < senders*each+1; {
		require.Less(t, time.Now(), end)
	}
	for _, c := range p.sent {
		require.False(t, seen[c], "sent twice")
		seen[c] = true
	}
	p.stop()
}
