package bridge

import (
	"context"
	"log/slog"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/isolane/isolane/internal/logkit"
	"github.com/isolane/isolane/jsruntime/function"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// dispatch is a scripted Dispatcher.
type dispatch func(inv *function.Invocation, done func(*function.Result))

func (d dispatch) Submit(inv *function.Invocation, done func(*function.Result)) { d(inv, done) }

// echo answers with payload and nothing else, before Submit returns.
func echo(inv *function.Invocation, done func(*function.Result)) {
	done(&function.Result{Outcome: function.OK, Body: inv.Payload})
}

// answer always gives res.
func answer(res *function.Result) dispatch {
	return func(_ *function.Invocation, done func(*function.Result)) { done(res) }
}

// waitFor polls until ok, and shows the last state when it gives up.
func waitFor(tb testing.TB, what string, check func() (ok bool, state any)) {
	tb.Helper()
	ticker := time.NewTicker(5 * time.Millisecond)
	defer ticker.Stop()
	limit := time.After(time.Minute)
	for {
		ok, state := check()
		if ok {
			return
		}
		select {
		case <-ticker.C:
		case <-limit:
			tb.Fatalf("waited in vain for %s; last state: %+v", what, state)
		}
	}
}

func serverConfig(tb testing.TB) ServerConfig {
	tb.Helper()
	cfg := DefaultServerConfig()
	cfg.Port = -1
	cfg.DataDir = tb.TempDir()
	return cfg
}

func runServer(tb testing.TB, cfg ServerConfig) *Server {
	tb.Helper()
	s, err := StartServer(tb.Context(), cfg)
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Shutdown(context.Background())) })
	return s
}

func connConfig(url string) ConnectConfig {
	cfg := DefaultConnectConfig()
	cfg.URLs = []string{url}
	cfg.ReconnectWait, cfg.ReconnectJitter = 20*time.Millisecond, 20*time.Millisecond
	return cfg
}

func connectTo(tb testing.TB, url string) *nats.Conn {
	tb.Helper()
	conn, err := Connect(tb.Context(), connConfig(url), nil)
	require.NoError(tb, err)
	tb.Cleanup(conn.Close)
	return conn
}

func newSystem(tb testing.TB) *actor.ActorSystem {
	tb.Helper()
	system := actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger {
		return slog.New(slog.DiscardHandler)
		// Dead letters are counted for so long, in a goroutine that outlives the system.
	}), actor.WithDeadLetterThrottleInterval(time.Millisecond))
	tb.Cleanup(system.Shutdown)
	return system
}

// rig is a server, a bridge on it, and a client beside it.
type rig struct {
	server *Server
	bridge *Bridge
	client *nats.Conn
	logs   *logkit.Buffer
	system *actor.ActorSystem
}

// newRig starts one; change may be nil.
func newRig(tb testing.TB, d Dispatcher, change func(*Config, *Deps)) *rig {
	tb.Helper()
	return newRigOn(tb, runServer(tb, serverConfig(tb)), d, change)
}

func newRigOn(tb testing.TB, s *Server, d Dispatcher, change func(*Config, *Deps)) *rig {
	tb.Helper()
	r := &rig{server: s, client: connectTo(tb, s.ClientURL()), logs: new(logkit.Buffer), system: newSystem(tb)}
	cfg := DefaultConfig()
	cfg.ReportInterval = 20 * time.Millisecond
	deps := Deps{System: r.system, Conn: connectTo(tb, s.ClientURL()), Dispatcher: d, Logger: r.logs.Logger()}
	if change != nil {
		change(&cfg, &deps)
	}
	var err error
	r.bridge, err = Start(tb.Context(), cfg, deps)
	require.NoError(tb, err)
	tb.Cleanup(func() { _ = r.bridge.Close() })
	return r
}

// request sends and waits for one reply.
func (r *rig) request(tb testing.TB, msg *nats.Msg) *nats.Msg {
	tb.Helper()
	reply, err := r.client.RequestMsg(msg, 10*time.Second)
	require.NoError(tb, err)
	return reply
}

// call is request without headers.
func (r *rig) call(tb testing.TB, subject string, payload []byte) *nats.Msg {
	tb.Helper()
	return r.request(tb, &nats.Msg{Subject: subject, Data: payload})
}

// requireOutcome checks the headers that every failure carries.
func requireOutcome(tb testing.TB, want function.Outcome, reply *nats.Msg) {
	tb.Helper()
	require.Equal(tb, want.String(), reply.Header.Get(HeaderOutcome), "%v", reply.Header)
	require.NotEmpty(tb, reply.Header.Get(HeaderError))
	require.NotEmpty(tb, reply.Header.Get(HeaderInvocation))
	code, err := function.ParseOutcome(reply.Header.Get(HeaderOutcome))
	require.NoError(tb, err)
	require.Equal(tb, reply.Header.Get(HeaderErrorCode), itoa(code.Code()))
}
