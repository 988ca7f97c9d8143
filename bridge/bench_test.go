package bridge

import (
	"fmt"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/function"
)

// cpuSeconds is the processor time of this process, user and system.
func cpuSeconds(b *testing.B) float64 {
	b.Helper()
	var u syscall.Rusage
	require.NoError(b, syscall.Getrusage(syscall.RUSAGE_SELF, &u))
	return time.Duration(u.Utime.Nano() + u.Stime.Nano()).Seconds()
}

// viaMailbox makes the messages of a bridge pass an actor's mailbox: the road
// not taken, measured beside the one that is.
func viaMailbox(tb testing.TB, r *rig) *actor.PID {
	tb.Helper()
	return r.system.Root.Spawn(actor.PropsFromFunc(func(ctx actor.Context) {
		if msg, ok := ctx.Message().(*nats.Msg); ok {
			r.bridge.receive(msg)
		}
	}))
}

// plainResponder is what a Go programmer would write without Isolane.
func plainResponder(tb testing.TB, s *Server) {
	tb.Helper()
	conn := connectTo(tb, s.ClientURL())
	_, err := conn.QueueSubscribe("fn.>", "isolane", func(m *nats.Msg) {
		if err := m.Respond(m.Data); err != nil {
			tb.Error(err)
		}
	})
	require.NoError(tb, err)
	require.NoError(tb, conn.Flush())
}

func bridgeResponder(tb testing.TB, s *Server) {
	tb.Helper()
	newRigOn(tb, s, dispatch(echo), nil)
}

// mailboxResponder subscribes beside the bridge, whose own prefix is silent.
func mailboxResponder(tb testing.TB, s *Server) {
	tb.Helper()
	r := newRigOn(tb, s, dispatch(echo), func(c *Config, _ *Deps) { c.Prefix = "elsewhere" })
	r.bridge.cfg.Prefix = "fn"
	pid := viaMailbox(tb, r)
	conn := r.bridge.deps.Conn
	_, err := conn.QueueSubscribe("fn.>", "isolane", func(m *nats.Msg) { r.system.Root.Send(pid, m) })
	require.NoError(tb, err)
	require.NoError(tb, conn.Flush())
}

func pipeResponder(tb testing.TB, s *Server) {
	tb.Helper()
	newRigOn(tb, s, dispatch(echo), func(_ *Config, d *Deps) {
		cfg := DefaultConnectConfig()
		cfg.InProcess = s
		conn, err := Connect(tb.Context(), cfg, nil)
		require.NoError(tb, err)
		tb.Cleanup(conn.Close)
		d.Conn = conn
	})
}

// BenchmarkEcho compares a whole echo, client and server in the same process:
//
//	plain    a nats.go responder that publishes what it got
//	bridge   the bridge with a dispatcher that answers before Submit returns
//	mailbox  the same, with a hop through an actor's mailbox for each message
//	pipe     bridge, its connection made in process instead of by TCP
func BenchmarkEcho(b *testing.B) {
	for _, callers := range []int{1, 16, 128} {
		for _, responder := range []struct {
			name  string
			start func(tb testing.TB, s *Server)
		}{
			{"plain", plainResponder},
			{"bridge", bridgeResponder},
			{"mailbox", mailboxResponder},
			{"pipe", pipeResponder},
		} {
			b.Run(fmt.Sprintf("callers=%d/%s", callers, responder.name), func(b *testing.B) {
				s := runServer(b, serverConfig(b))
				responder.start(b, s)
				echoLoad(b, connectTo(b, s.ClientURL()), callers)
			})
		}
	}
}

// echoLoad makes b.N requests of 128 bytes from callers goroutines.
func echoLoad(b *testing.B, conn *nats.Conn, callers int) {
	b.Helper()
	payload := make([]byte, 128)
	var left atomic.Int64
	left.Store(int64(b.N))
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	before := cpuSeconds(b)
	for range callers {
		wg.Go(func() {
			for left.Add(-1) >= 0 {
				if _, err := conn.Request("fn.echo", payload, 10*time.Second); err != nil {
					b.Error(err)
					return
				}
			}
		})
	}
	wg.Wait()
	b.StopTimer()
	b.ReportMetric((cpuSeconds(b)-before)/float64(b.N)*1000, "cpu-s/1000calls")
}

// BenchmarkTake is the bridge's own part of one message, without NATS: read it,
// admit it, submit it, and end it. There is no reply subject, so nothing is sent.
func BenchmarkTake(b *testing.B) {
	message := func() *nats.Msg { return &nats.Msg{Subject: "fn.echo", Data: make([]byte, 128)} }
	withHeaders := func() *nats.Msg {
		m := message()
		m.Header = nats.Header{HeaderInvocation: {"id-1"}, HeaderTimeout: {"5s"}}
		return m
	}
	for name, make := range map[string]func() *nats.Msg{"bare": message, "headers": withHeaders} {
		b.Run("callback/"+name, func(b *testing.B) {
			r := newRig(b, dispatch(echo), nil)
			msg := make()
			b.ReportAllocs()
			b.ResetTimer()
			before := cpuSeconds(b)
			for b.Loop() {
				r.bridge.receive(msg)
			}
			b.ReportMetric((cpuSeconds(b)-before)/float64(b.N)*1000, "cpu-s/1000calls")
		})
		b.Run("mailbox/"+name, func(b *testing.B) {
			const window = 1024 // the mailbox has no bound of its own
			caughtUp := newWindow(window)
			r := newRig(b, dispatch(func(inv *function.Invocation, done func(*function.Result)) {
				echo(inv, done)
				caughtUp.ended()
			}), nil)
			pid := viaMailbox(b, r)
			msg := make()
			b.ReportAllocs()
			b.ResetTimer()
			before := cpuSeconds(b)
			for b.Loop() {
				r.system.Root.Send(pid, msg)
				caughtUp.sent()
			}
			b.ReportMetric((cpuSeconds(b)-before)/float64(b.N)*1000, "cpu-s/1000calls")
		})
	}
}

// window lets a sender be ahead of a receiver by so many messages.
type window struct {
	size, out, in int
	full          chan struct{}
}

func newWindow(size int) *window { return &window{size: size, full: make(chan struct{}, 1)} }

func (w *window) sent() {
	if w.out++; w.out%w.size == 0 {
		<-w.full
	}
}

func (w *window) ended() {
	if w.in++; w.in%w.size == 0 {
		w.full <- struct{}{}
	}
}
