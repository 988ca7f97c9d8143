package service

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/micro"
	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// wait bounds what must happen at some time.
const wait = time.Minute

func serve(tb testing.TB, opts *server.Options) string {
	tb.Helper()
	opts.Host, opts.Port, opts.NoSigs = "127.0.0.1", -1, true
	ns, err := server.NewServer(opts)
	require.NoError(tb, err)
	ns.Start()
	tb.Cleanup(func() { ns.Shutdown(); ns.WaitForShutdown() })
	require.True(tb, ns.ReadyForConnections(wait))
	return ns.ClientURL()
}

func connect(tb testing.TB, url string, options ...nats.Option) *nats.Conn {
	tb.Helper()
	conn, err := nats.Connect(url, options...)
	require.NoError(tb, err)
	tb.Cleanup(conn.Close)
	return conn
}

// deployed are functions that change under a service.
type deployed struct {
	mu   sync.Mutex
	list []Function
}

func (d *deployed) set(list ...Function) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.list = list
}

func (d *deployed) get() []Function {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.list
}

func start(tb testing.TB, conn *nats.Conn, node string, d *deployed, log *slog.Logger) *Service {
	tb.Helper()
	s, err := Start(tb.Context(), conn, Config{
		Node: node, Version: "0123456789ab", Prefix: "fn", Queue: "q", Started: time.Unix(1_700_000_000, 0),
		Functions: d.get, Logger: log,
	})
	require.NoError(tb, err)
	tb.Cleanup(func() { require.NoError(tb, s.Close()) })
	return s
}

// ask decodes the answer to a control subject strictly into the framework's own type.
func ask[T any](tb testing.TB, nc *nats.Conn, verb micro.Verb, id string) T {
	tb.Helper()
	control, err := micro.ControlSubject(verb, Name, id)
	require.NoError(tb, err)
	msg, err := nc.Request(control, nil, wait)
	require.NoError(tb, err)
	return decode[T](tb, msg.Data)
}

func decode[T any](tb testing.TB, data []byte) T {
	tb.Helper()
	var answer T
	decoder := json.NewDecoder(bytes.NewReader(data))
	decoder.DisallowUnknownFields()
	require.NoError(tb, decoder.Decode(&answer))
	return answer
}

var since = time.Unix(1_700_000_100, 0).UTC()

func example() Function {
	return Function{
		Name: "hello", Version: "v1", Isolation: "warm", Source: "folder", Since: since,
		Outcomes: map[string]uint64{"ok": 7, "timeout": 2, "exception": 1}, Spent: 50 * time.Millisecond,
		LastError: "500:a\nb" + strings.Repeat("x", 1000),
	}
}

func TestAnswers(t *testing.T) {
	url := serve(t, &server.Options{})
	d := &deployed{list: []Function{example(), {Name: "idle", Version: "v2"}}}
	s := start(t, connect(t, url), "n1", d, nil)
	nc := connect(t, url)

	identity := micro.ServiceIdentity{
		Name: "isolane", ID: s.id, Version: "0.0.0+0123456789ab",
		Metadata: map[string]string{"node": "n1", "build": "0123456789ab"},
	}
	require.Equal(t, micro.Ping{ServiceIdentity: identity, Type: micro.PingResponseType}, ask[micro.Ping](t, nc, micro.PingVerb, s.id))
	require.Equal(t, micro.Info{
		ServiceIdentity: identity, Type: micro.InfoResponseType, Description: description,
		Endpoints: []micro.EndpointInfo{
			{Name: "hello", Subject: "fn.hello", QueueGroup: "q", Metadata: map[string]string{"version": "v1", "isolation": "warm", "source": "folder"}},
			{Name: "idle", Subject: "fn.idle", QueueGroup: "q", Metadata: map[string]string{"version": "v2", "isolation": "", "source": ""}},
		},
	}, ask[micro.Info](t, nc, micro.InfoVerb, ""))

	stats := ask[micro.Stats](t, nc, micro.StatsVerb, s.id)
	require.Equal(t, identity, stats.ServiceIdentity)
	require.Equal(t, micro.StatsResponseType, stats.Type)
	require.Equal(t, time.Unix(1_700_000_000, 0).UTC(), stats.Started)
	require.Len(t, stats.Endpoints, 2)
	hello := *stats.Endpoints[0]
	require.Equal(t, details{Version: "v1", Since: since, Outcomes: example().Outcomes}, decode[details](t, hello.Data))
	hello.Data = nil
	require.Equal(t, micro.EndpointStats{
		Name: "hello", Subject: "fn.hello", QueueGroup: "q", NumRequests: 10, NumErrors: 3,
		LastError:      "500:a b" + strings.Repeat("x", maxLastError-len("500:a b")),
		ProcessingTime: 50 * time.Millisecond, AverageProcessingTime: 5 * time.Millisecond,
	}, hello)
	require.Zero(t, stats.Endpoints[1].AverageProcessingTime)

	// Functions come and go.
	d.set(Function{Name: "new"})
	require.Equal(t, "new", ask[micro.Info](t, nc, micro.InfoVerb, s.id).Endpoints[0].Name)
	d.set()
	require.Empty(t, ask[micro.Info](t, nc, micro.InfoVerb, s.id).Endpoints)
	control, err := micro.ControlSubject(micro.StatsVerb, "", "")
	require.NoError(t, err)
	msg, err := nc.Request(control, nil, wait)
	require.NoError(t, err)
	require.Contains(t, string(msg.Data), `"endpoints":[]`, "a list, never null")

	require.NoError(t, s.Close())
	require.NoError(t, s.Close())
	require.NoError(t, s.conn.FlushTimeout(wait))
	_, err = nc.Request(control, nil, wait)
	require.ErrorIs(t, err, nats.ErrNoResponders)
}

// TestEveryNodeAnswers: on each of the three kinds of subject, and only who is asked.
func TestEveryNodeAnswers(t *testing.T) {
	url := serve(t, &server.Options{})
	const nodes = 3
	ids := map[string]string{}
	for i := range nodes {
		name := fmt.Sprint("n", i)
		ids[name] = start(t, connect(t, url), name, &deployed{}, nil).id
	}
	nc := connect(t, url)
	for verb, reply := range map[micro.Verb]string{
		micro.PingVerb: micro.PingResponseType, micro.InfoVerb: micro.InfoResponseType, micro.StatsVerb: micro.StatsResponseType,
	} {
		asked := map[[2]string]int{{"", ""}: nodes, {Name, ""}: nodes}
		for _, id := range ids {
			asked[[2]string{Name, id}] = 1
		}
		for whose, want := range asked {
			inbox, err := nc.SubscribeSync(nats.NewInbox())
			require.NoError(t, err)
			control, err := micro.ControlSubject(verb, whose[0], whose[1])
			require.NoError(t, err)
			require.NoError(t, nc.PublishRequest(control, inbox.Subject, nil))
			seen := map[string]string{}
			for range want {
				msg, err := inbox.NextMsg(wait)
				require.NoError(t, err)
				ping := struct {
					micro.ServiceIdentity
					Type string `json:"type"`
				}{}
				require.NoError(t, json.Unmarshal(msg.Data, &ping))
				require.Equal(t, reply, ping.Type)
				require.True(t, whose[1] == "" || whose[1] == ping.ID)
				seen[ping.Metadata[MetaNode]] = ping.ID
			}
			require.Len(t, seen, want)
			for name, id := range seen {
				require.Equal(t, ids[name], id)
			}
			require.NoError(t, inbox.Unsubscribe())
		}
	}
}

// TestMalformedRequests: nothing that is asked ends the connection, and what is not asked
// properly has no answer.
func TestMalformedRequests(t *testing.T) {
	url := serve(t, &server.Options{MaxControlLine: 8 << 10})
	var logs bytes.Buffer
	conn := connect(t, url, nats.NoReconnect())
	s := start(t, conn, "n1", &deployed{list: []Function{example()}}, slog.New(slog.NewTextHandler(&logs, nil)))
	nc := connect(t, url)
	for _, verb := range []string{"PING", "INFO", "STATS"} {
		require.NoError(t, nc.Publish("$SRV."+verb, []byte("no reply")))
		require.NoError(t, nc.PublishRequest("$SRV."+verb, "$SRV.STATS", nil)) // an answer that is a question: it has no reply
		require.NoError(t, nc.PublishRequest("$SRV."+verb, strings.Repeat("r", 3000), nil))
		for name, body := range map[string][]byte{"not JSON": []byte("{"), "bytes": {0, 255}, "large": make([]byte, nc.MaxPayload())} {
			msg, err := nc.RequestMsg(&nats.Msg{Subject: "$SRV." + verb + ".isolane." + s.id, Data: body, Header: nats.Header{"X": {"y"}}}, wait)
			if name == "large" && err != nil {
				require.ErrorIs(t, err, nats.ErrMaxPayload) // with the header
				msg, err = nc.Request("$SRV."+verb, body, wait)
			}
			require.NoError(t, err, name)
			require.True(t, json.Valid(msg.Data))
		}
	}
	for _, other := range []string{"$SRV.RESET", "$SRV.ping", "$SRV.PING.other", "$SRV.PING.isolane.other", "$SRV.PING.isolane." + s.id + ".x"} {
		_, err := nc.Request(other, nil, wait)
		require.ErrorIs(t, err, nats.ErrNoResponders, other)
	}
	require.True(t, conn.IsConnected())
	require.Empty(t, logs.String())
}

// TestRefused: functions are served by a node whose user may not do this.
func TestRefused(t *testing.T) {
	url := serve(t, &server.Options{Users: []*server.User{{
		Username: "u", Password: "p",
		Permissions: &server.Permissions{Subscribe: &server.SubjectPermission{Allow: []string{"_INBOX.>", "fn.>"}}},
	}}})
	var logs bytes.Buffer
	conn := connect(t, url, nats.UserInfo("u", "p"), nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	start(t, conn, "n1", &deployed{}, slog.New(slog.NewTextHandler(&logs, nil)))
	require.Contains(t, logs.String(), "grant its user to subscribe to $SRV.>")
	require.Equal(t, 1, strings.Count(logs.String(), "\n"))
	require.True(t, conn.IsConnected())
}

func TestStartEnds(t *testing.T) {
	conn := connect(t, serve(t, &server.Options{}))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := Start(ctx, conn, Config{Functions: (&deployed{}).get})
	require.ErrorIs(t, err, context.Canceled)
	require.Zero(t, conn.NumSubscriptions())
	conn.Close()
	_, err = Start(t.Context(), conn, Config{Functions: (&deployed{}).get})
	require.ErrorIs(t, err, nats.ErrConnectionClosed)
}
