package bridge

import (
	"context"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"
)

func TestStartIsReady(t *testing.T) {
	s := runServer(t, serverConfig(t))
	for range 20 {
		r := newRigOn(t, s, dispatch(echo), nil)
		// Nobody else serves: a subscription that the server does not know yet
		// would show as "no responders".
		require.Equal(t, "x", string(r.call(t, "fn.a", []byte("x")).Data))
		require.NoError(t, r.bridge.Close())
	}
}

func TestStartRefusesFaultyConfigurations(t *testing.T) {
	s := runServer(t, serverConfig(t))
	good := Deps{System: newSystem(t), Conn: connectTo(t, s.ClientURL()), Dispatcher: dispatch(echo)}
	small := DefaultConfig()
	small.BufferBytes, small.MaxPendingBytes = 1000, 1000
	for name, tc := range map[string]struct {
		cfg  Config
		deps Deps
		want []string
	}{
		"zero values":                           {cfg: Config{}, deps: Deps{}, want: []string{"empty token", "MaxPending ", "MaxPendingBytes", "RetryAfter", "BufferMessages", "BufferBytes", "ReportInterval", "Deps.System", "Deps.Conn", "Deps.Dispatcher"}},
		"bad prefix":                            {cfg: func() Config { c := DefaultConfig(); c.Prefix = "fn.>"; return c }(), deps: good, want: []string{"wildcard"}},
		"smaller than the server's max payload": {cfg: small, deps: good, want: []string{"MaxPendingBytes is 1000", "BufferBytes is 1000"}},
	} {
		t.Run(name, func(t *testing.T) {
			_, err := Start(t.Context(), tc.cfg, tc.deps)
			require.ErrorIs(t, err, ErrInvalidConfig)
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
		})
	}
	require.Zero(t, good.Conn.NumSubscriptions())
}

func TestStartEndsWithItsContext(t *testing.T) {
	s := runServer(t, serverConfig(t))
	conn := connectTo(t, s.ClientURL())
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Start(ctx, DefaultConfig(), Deps{System: newSystem(t), Conn: conn, Dispatcher: dispatch(echo)})
	require.ErrorIs(t, err, ErrSubscribe)
	require.ErrorIs(t, err, context.Canceled)
	waitFor(t, "the subscription's end", func() (bool, any) { return conn.NumSubscriptions() == 0, conn.NumSubscriptions() })
}

func TestStartOnAClosedConnection(t *testing.T) {
	s := runServer(t, serverConfig(t))
	conn := connectTo(t, s.ClientURL())
	conn.Close()
	_, err := Start(t.Context(), DefaultConfig(), Deps{System: newSystem(t), Conn: conn, Dispatcher: dispatch(echo)})
	require.ErrorIs(t, err, ErrSubscribe)
	require.ErrorIs(t, err, nats.ErrConnectionClosed)
}
