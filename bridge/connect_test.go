package bridge

import (
	"context"
	"errors"
	"io/fs"
	"log/slog"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/jwt/v2"
	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nkeys"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/logkit"
)

// usable checks a connection by a round trip.
func usable(tb testing.TB, cfg ConnectConfig) {
	tb.Helper()
	conn, err := Connect(tb.Context(), cfg, nil)
	require.NoError(tb, err)
	defer conn.Close()
	require.NoError(tb, conn.Flush())
	require.True(tb, conn.IsConnected())
}

// refusedAtOnce checks that Connect gives up without a second attempt.
func refusedAtOnce(tb testing.TB, cfg ConnectConfig, cause error, advice string) {
	tb.Helper()
	ctx, cancel := context.WithTimeout(tb.Context(), 20*time.Second)
	defer cancel()
	logs := new(logkit.Buffer)
	_, err := Connect(ctx, cfg, logs.Logger())
	require.ErrorIs(tb, err, ErrConnect)
	if cause != nil {
		require.ErrorIs(tb, err, cause)
	}
	require.ErrorContains(tb, err, advice)
	require.NoError(tb, ctx.Err(), "it waited for the context")
	require.NotContains(tb, logs.String(), "will try again")
	require.NotContains(tb, err.Error()+logs.String(), "secret")
}

func writeFile(tb testing.TB, name string, content []byte) string {
	tb.Helper()
	path := filepath.Join(tb.TempDir(), name)
	require.NoError(tb, os.WriteFile(path, content, 0o600))
	return path
}

func TestConnectAsSomebody(t *testing.T) {
	user, err := nkeys.CreateUser()
	require.NoError(t, err)
	public, err := user.PublicKey()
	require.NoError(t, err)
	seed, err := user.Seed()
	require.NoError(t, err)

	t.Run("user and password", func(t *testing.T) {
		ns := rawServer(t, &server.Options{Username: "u", Password: "secret"})
		cfg := connConfig(ns.ClientURL())
		cfg.User, cfg.Password = "u", "secret"
		usable(t, cfg)
		inURL := connConfig(strings.Replace(ns.ClientURL(), "nats://", "nats://u:secret@", 1))
		usable(t, inURL)
		cfg.Password = "secret but wrong"
		refusedAtOnce(t, cfg, nats.ErrAuthorization, "check the user")
		refusedAtOnce(t, connConfig(strings.Replace(ns.ClientURL(), "nats://", "nats://u:secret2@", 1)), nats.ErrAuthorization, "nats://127.0.0.1")
	})
	t.Run("token", func(t *testing.T) {
		cfg := connConfig(rawServer(t, &server.Options{Authorization: "secret"}).ClientURL())
		cfg.Token = "secret"
		usable(t, cfg)
		cfg.Token = ""
		refusedAtOnce(t, cfg, nats.ErrAuthorization, "check the user")
	})
	t.Run("nkey", func(t *testing.T) {
		cfg := connConfig(rawServer(t, &server.Options{Nkeys: []*server.NkeyUser{{Nkey: public}}}).ClientURL())
		cfg.NkeyFile = writeFile(t, "user.nk", seed)
		usable(t, cfg)
		cfg.NkeyFile = filepath.Join(t.TempDir(), "absent")
		refusedAtOnce(t, cfg, fs.ErrNotExist, "read the nkey seed")
		cfg.NkeyFile = writeFile(t, "junk.nk", []byte("junk"))
		refusedAtOnce(t, cfg, nil, "read the nkey seed")
	})
	t.Run("credentials file", func(t *testing.T) {
		options, issue := operatorMode(t)
		cfg := connConfig(rawServer(t, options).ClientURL())
		cfg.CredsFile = writeFile(t, "user.creds", issue(user, 0))
		usable(t, cfg)
		cfg.CredsFile = filepath.Join(t.TempDir(), "absent")
		refusedAtOnce(t, cfg, fs.ErrNotExist, "absent")
	})
}

// operatorMode is a server that trusts one operator with one account, and issues the
// credentials of a user of it, which are good for a while; 0 is for ever.
func operatorMode(tb testing.TB) (options *server.Options, issue func(user nkeys.KeyPair, good time.Duration) []byte) {
	tb.Helper()
	operator, err := nkeys.CreateOperator()
	require.NoError(tb, err)
	account, err := nkeys.CreateAccount()
	require.NoError(tb, err)
	operatorKey, err := operator.PublicKey()
	require.NoError(tb, err)
	accountKey, err := account.PublicKey()
	require.NoError(tb, err)
	operatorJWT, err := jwt.NewOperatorClaims(operatorKey).Encode(operator)
	require.NoError(tb, err)
	claims, err := jwt.DecodeOperatorClaims(operatorJWT)
	require.NoError(tb, err)
	accountJWT, err := jwt.NewAccountClaims(accountKey).Encode(operator)
	require.NoError(tb, err)
	issue = func(user nkeys.KeyPair, good time.Duration) []byte {
		public, err := user.PublicKey()
		require.NoError(tb, err)
		seed, err := user.Seed()
		require.NoError(tb, err)
		claims := jwt.NewUserClaims(public)
		if good > 0 {
			claims.Expires = time.Now().Add(good).Unix()
		}
		userJWT, err := claims.Encode(account)
		require.NoError(tb, err)
		creds, err := jwt.FormatUserConfig(userJWT, seed)
		require.NoError(tb, err)
		return creds
	}
	resolver := new(server.MemAccResolver)
	require.NoError(tb, resolver.Store(accountKey, accountJWT))
	return &server.Options{TrustedOperators: []*jwt.OperatorClaims{claims}, AccountResolver: resolver}, issue
}

func TestConnectByTLS(t *testing.T) {
	pki := newPKI(t)
	ns := rawServer(t, &server.Options{TLS: true, TLSVerify: true, TLSConfig: pki.serverTLS, TLSTimeout: 5})
	cfg := connConfig(ns.ClientURL())
	cfg.CAFile, cfg.CertFile, cfg.KeyFile = pki.caFile, pki.certFile, pki.keyFile
	usable(t, cfg)

	stranger := cfg
	stranger.CAFile = newPKI(t).caFile
	refusedAtOnce(t, stranger, nil, "give the CA that signed the server's certificate")
	absent := cfg
	absent.CAFile = filepath.Join(t.TempDir(), "absent.pem")
	refusedAtOnce(t, absent, fs.ErrNotExist, "absent.pem")
	plain := connConfig(runServer(t, serverConfig(t)).ClientURL())
	plain.CAFile = pki.caFile
	refusedAtOnce(t, plain, nats.ErrSecureConnWanted, "")
}

func TestConnectInProcess(t *testing.T) {
	s := runServer(t, serverConfig(t))
	cfg := DefaultConnectConfig()
	cfg.URLs, cfg.InProcess = nil, s
	usable(t, cfg)
}

func TestConnectWaitsForAServer(t *testing.T) {
	cfg := serverConfig(t)
	s, err := StartServer(t.Context(), cfg)
	require.NoError(t, err)
	require.NoError(t, s.Shutdown(t.Context()))

	logs := new(logkit.Buffer)
	connecting := connConfig(s.ClientURL())
	connecting.RetryWait, connecting.RetryMax = 5*time.Millisecond, 20*time.Millisecond
	type result struct {
		conn *nats.Conn
		err  error
	}
	results := make(chan result, 1)
	go func() {
		conn, err := Connect(t.Context(), connecting, logs.Logger())
		results <- result{conn, err}
	}()
	waitFor(t, "two attempts", func() (bool, any) {
		return containsAll(logs.String(), "attempt=1", "attempt=2", "is a NATS server running there?", s.ClientURL()), logs.String()
	})
	again(t, cfg, s.ClientURL())
	r := <-results
	require.NoError(t, r.err)
	require.NoError(t, r.conn.Flush())
	r.conn.Close()
}

func TestConnectEndsWithItsContext(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, says nothing
	require.NoError(t, err)
	defer func() { require.NoError(t, silent.Close()) }()
	closed, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, closed.Close())
	for name, addr := range map[string]net.Addr{"silent server": silent.Addr(), "no server": closed.Addr()} {
		t.Run(name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 60*time.Millisecond)
			defer cancel()
			cfg := connConfig("nats://" + addr.String())
			cfg.AttemptTimeout, cfg.RetryWait = 300*time.Millisecond, 10*time.Millisecond
			begun := time.Now()
			_, err := Connect(ctx, cfg, nil)
			require.ErrorIs(t, err, ErrConnect)
			require.ErrorIs(t, err, context.DeadlineExceeded)
			require.Less(t, time.Since(begun), 5*time.Second)
			require.Contains(t, err.Error(), addr.String())
		})
	}
}

func TestConnectConfigValidate(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*ConnectConfig)
		want   []string
	}{
		"default":           {func(*ConnectConfig) {}, nil},
		"host and port":     {func(c *ConnectConfig) { c.URLs = []string{"localhost:4222", "tls://[::1]:1"} }, nil},
		"no server":         {func(c *ConnectConfig) { c.URLs = nil }, []string{"URLs is empty"}},
		"other scheme":      {func(c *ConnectConfig) { c.URLs = []string{"http://u:secret@h"} }, []string{"scheme must be", "http://h:"}},
		"no host":           {func(c *ConnectConfig) { c.URLs = []string{"nats://:4222"} }, []string{"names no host"}},
		"port out of range": {func(c *ConnectConfig) { c.URLs = []string{"nats://h:70000"} }, []string{"is no port"}},
		"junk":              {func(c *ConnectConfig) { c.URLs = []string{"nats://u:secret@h:x"} }, []string{"cannot be read"}},
		"two identities": {
			func(c *ConnectConfig) { c.Token, c.NkeyFile = "secret", "f" },
			[]string{"Token, NkeyFile exclude one another"},
		},
		"inbox":          {func(c *ConnectConfig) { c.InboxPrefix = "_INBOX.node" }, nil},
		"inbox.":         {func(c *ConnectConfig) { c.InboxPrefix = "_INBOX." }, []string{"InboxPrefix"}},
		"password alone": {func(c *ConnectConfig) { c.Password = "secret" }, []string{"a Password without User"}},
		"cert alone":     {func(c *ConnectConfig) { c.CertFile = "f" }, []string{"CertFile and KeyFile go together"}},
		"everything at once": {
			func(c *ConnectConfig) { *c = ConnectConfig{RetryWait: 1, ReconnectJitter: -1} },
			[]string{"URLs", "AttemptTimeout", "ReconnectWait", "PingInterval", "FlushTimeout", "RetryMax", "ReconnectJitter", "ReconnectBuffer"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := DefaultConnectConfig()
			tc.change(&cfg)
			err := cfg.Validate()
			if tc.want == nil {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrInvalidConfig)
			for _, want := range tc.want {
				require.ErrorContains(t, err, want)
			}
			require.NotContains(t, err.Error(), "secret")
			_, err = Connect(t.Context(), cfg, nil)
			require.True(t, errors.Is(err, ErrConnect) && errors.Is(err, ErrInvalidConfig))
		})
	}
}

func TestBackoff(t *testing.T) {
	const ms = time.Millisecond
	for name, tc := range map[string]struct {
		attempt int
		chance  float64
		want    time.Duration
	}{
		"first":            {0, 0, 100 * ms},
		"doubles":          {3, 0, 800 * ms},
		"half by chance":   {3, 1, 400 * ms},
		"up to the limit":  {6, 0, 5000 * ms},
		"just under it":    {5, 0, 3200 * ms},
		"shift overflows":  {62, 0, 5000 * ms},
		"a year of trying": {1 << 30, 0.5, 3750 * ms},
	} {
		t.Run(name, func(t *testing.T) {
			require.Equal(t, tc.want, backoff(tc.attempt, 100*ms, 5000*ms, tc.chance))
		})
	}
}

func TestURLsAreShownWithoutSecrets(t *testing.T) {
	for raw, want := range map[string]string{
		"nats://ada:secret@host:4222":              "nats://host:4222",
		"nats://secret@host:4222":                  "nats://host:4222",
		"secret@host":                              "nats://host",
		"ada:sec@ret@host:1":                       "nats://host:1",
		"wss://u:secret@host/secret?secret#secret": "wss://host",
		"tls://[::1]:4222":                         "tls://[::1]:4222",
		"nats://ada:secret%zz@host":                "a URL that cannot be read",
	} {
		require.Equal(t, want, ShownURL(raw))
	}
	cfg := DefaultConnectConfig()
	cfg.URLs = []string{"nats://secret@127.0.0.1:1", "nats://ada:secret@127.0.0.1:1"}
	cfg.RetryWait, cfg.RetryMax = time.Millisecond, time.Millisecond
	logs := new(logkit.Buffer)
	ctx, cancel := context.WithCancel(t.Context())
	logger := slog.New(cancelling{logs.Logger().Handler(), cancel})
	_, err := Connect(ctx, cfg, logger)
	require.ErrorIs(t, err, ErrConnect)
	logs.Await(t, "nats://127.0.0.1:1,nats://127.0.0.1:1")
	require.NotContains(t, err.Error()+logs.String(), "secret")
	require.NotContains(t, err.Error()+logs.String(), "ada")
	for _, bad := range []string{"http://secret@host", "nats://secret@", "nats://secret@host:0"} {
		cfg.URLs = []string{bad}
		require.ErrorIs(t, cfg.Validate(), ErrInvalidConfig)
		require.NotContains(t, cfg.Validate().Error(), "secret")
	}
}

// cancelling ends a context with the first line.
type cancelling struct {
	slog.Handler
	cancel context.CancelFunc
}

func (c cancelling) Handle(ctx context.Context, r slog.Record) error {
	defer c.cancel()
	return c.Handler.Handle(ctx, r)
}
