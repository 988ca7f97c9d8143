package main

import (
	"net/url"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/natskit"
)

// accountsServer runs a server from the file that docs/operations.md tells to take.
func accountsServer(t *testing.T) string {
	t.Helper()
	for _, user := range []string{"node", "client", "deployer", "admin", "monitor", "system"} {
		t.Setenv("NATS_"+strings.ToUpper(user)+"_PASSWORD", "secret-of-"+user)
	}
	options, err := server.ProcessConfigFile("../../deploy/nats/accounts.conf")
	require.NoError(t, err)
	options.JetStream = true
	return natskit.Raw(t, options).ClientURL()
}

// asUser is how a command line is told who it is.
func asUser(server, user string) []string {
	return []string{"ISOLANE_NATS_URL=" + server, "ISOLANE_NATS_USER=" + user, "ISOLANE_NATS_PASSWORD=secret-of-" + user, "ISOLANE_NATS_INBOX=_INBOX." + user}
}

// account is a connection whose refusals can be asked for.
type account struct {
	*nats.Conn
	t       *testing.T
	refused chan error
}

func connectAs(t *testing.T, server, name string) *account {
	t.Helper()
	at, err := url.Parse(server)
	require.NoError(t, err)
	at.User = url.UserPassword(name, "secret-of-"+name)
	u := &account{t: t, refused: make(chan error, 100)}
	u.Conn = natskit.Connect(t, at.String(), nats.CustomInboxPrefix("_INBOX."+name),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) { u.refused <- err }))
	return u
}

// mayNot checks that the server refuses to have these published and subscribed to.
func (u *account) mayNot(publish, subscribe []string) {
	u.t.Helper()
	for _, subject := range publish {
		require.NoError(u.t, u.Publish(subject, nil))
		u.expectRefusal(subject)
	}
	for _, subject := range subscribe {
		sub, err := u.SubscribeSync(subject)
		require.NoError(u.t, err)
		u.expectRefusal(subject)
		_ = sub.Unsubscribe()
	}
}

func (u *account) expectRefusal(subject string) {
	u.t.Helper()
	require.NoError(u.t, u.Flush())
	select {
	case err := <-u.refused:
		require.ErrorIs(u.t, err, nats.ErrPermissionViolation)
		require.Contains(u.t, err.Error(), `"`+subject+`"`)
	case <-time.After(patience):
		require.FailNow(u.t, "not refused", subject)
	}
}

// fine checks that nothing was refused so far.
func (u *account) fine() {
	u.t.Helper()
	require.NoError(u.t, u.Flush())
	require.Empty(u.t, u.refused)
}

// TestAccounts: each user of deploy/nats/accounts.conf can do what it is for, and no more.
func TestAccounts(t *testing.T) {
	server := accountsServer(t)
	run := func(user string, args ...string) (string, int) {
		t.Helper()
		out, errOut, status := cliWith(t, "", asUser(server, user), args...)
		return out + errOut, status
	}
	can := func(user string, args ...string) string {
		t.Helper()
		out, status := run(user, args...)
		require.Zero(t, status, "%s: %v: %s", user, args, out)
		return out
	}
	cannot := func(user string, args ...string) {
		t.Helper()
		out, status := run(user, args...)
		require.NotZero(t, status, "%s: %v: %s", user, args, out)
	}
	admin := connectAs(t, server, "admin")
	js := natskit.JetStream(t, admin.Conn)
	_, err := js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "EVENTS", Subjects: []string{"events.in.>"}})
	require.NoError(t, err)
	_, err = js.CreateKeyValue(t.Context(), jetstream.KeyValueConfig{Bucket: "seen"})
	require.NoError(t, err)

	greet := filepath.Join(folder(t, "greet.ts", saying("one")), "greet.ts")
	can("deployer", "deploy", greet) // makes the bucket
	for _, setting := range asUser(server, "node") {
		name, value, _ := strings.Cut(setting, "=")
		t.Setenv(name, value)
	}
	t.Setenv("ISOLANE_DEPLOY_SWEEP", "0")
	node := start(t, "--name", "n1", "--runtimes", "1", "--gossip", "127.0.0.1:0", "--remote", "127.0.0.1:0", "--functions", folder(t,
		"note.ts", `export default async (m: any, ctx: any) => {
		  console.log("noted", m.text());
		  await ctx.kv("seen").put("last", m.text());
		  await ctx.nats.publish("events.out", m.text());
		  await ctx.nats.publish("events.late", m.text(), { delay: 1 });
		  return (await ctx.nats.request("fn.greet")).text()
		}`,
		"note.yaml", "permissions: { nats: { publish: [events.out, events.late], request: [fn.greet] }, kv: [seen] }\n",
		"tick.ts", `export default () => console.log("tick")`, "tick.yaml", `schedule: { cron: "@every 1s" }`,
		"count.ts", `export default class {
		  async message(msg: any, ctx: any) { await ctx.state.put(((await ctx.state.get()) ?? 0) + 1); console.log("counted") }
		}`, "count.yaml", "stream: EVENTS\nkey: \"events.in.{id}.*\"\n",
		"own.ts", `export default () => "own"`, "own.yaml", "dedicated: true\n",
		"bad.ts", `export default () => { throw new Error("bad") }`, "bad.yaml", "stream: { name: EVENTS, subject: events.in.bad, deliveries: 1 }\n",
	)).awaitReady()

	client, monitor := connectAs(t, server, "client"), connectAs(t, server, "monitor")
	lines, err := monitor.SubscribeSync("logs.>")
	require.NoError(t, err)
	require.NoError(t, monitor.Flush())
	says(t, client.Conn, "greet", "one")
	says(t, client.Conn, "note", "one") // through NATS, the bucket and another function
	entry, err := natskit.JetStream(t, admin.Conn).KeyValue(t.Context(), "seen")
	require.NoError(t, err)
	_, err = entry.Get(t.Context(), "last")
	require.NoError(t, err)
	says(t, client.Conn, "own", "own") // whose lease stands in a bucket of the nodes
	require.NoError(t, client.Publish("events.in.bad", []byte("from the stream")))
	require.NoError(t, client.Publish("events.in.7.added", nil))
	heard := map[string]bool{}
	for len(heard) < 3 { // the schedule, the keyed function and the one that was called print
		line, err := lines.NextMsg(patience)
		require.NoError(t, err, "%v: %s", heard, node.log.String())
		heard[line.Subject] = true
	}
	eventually(t, patience, func() error {
		out := can("admin", "dlq", "ls")
		if !strings.Contains(out, "bad") {
			return errNotServed
		}
		return nil
	})
	can("admin", "dlq", "redrive", "--all", "--function", "bad")

	// A new version, and back.
	second := filepath.Join(folder(t, "greet.ts", saying("two")), "greet.ts")
	can("deployer", "deploy", second, "--wait")
	says(t, client.Conn, "greet", "two")
	can("deployer", "functions", "rollback", "greet", "--wait")
	says(t, client.Conn, "greet", "one")

	can("admin", "runtimes", "scale", "2", "--node", "n1")
	can("admin", "runtimes", "scale", "--total", "1")
	can("admin", "runtimes", "scale", "--none")
	for _, look := range [][]string{{"members"}, {"runtimes", "ls"}, {"triggers", "ls"}, {"functions", "ls"}, {"functions", "logs", "greet"}, {"top", "--json"}} {
		can("monitor", look...)
	}
	for _, user := range []string{"client", "deployer", "monitor"} {
		cannot(user, "runtimes", "scale", "2", "--node", "n1", "--timeout", "300ms")
		cannot(user, "drain", "n1", "--timeout", "300ms")
		cannot(user, "dlq", "drop", "--all", "--timeout", "300ms")
	}
	for _, user := range []string{"client", "monitor", "node"} {
		cannot(user, "deploy", second, "--timeout", "500ms")
	}
	require.NotContains(t, node.log.String(), "NATS refused")
	for _, u := range []*account{admin, client, monitor} {
		u.fine()
	}

	deploys := []string{"$KV.isolane-functions.functions.greet", "$O.isolane-functions.C.x"}
	steers := []string{"isolane.node.n1.drain", "isolane.node.n1.scale", "isolane.keys", "isolane.node.n1.profile"}
	inside := []string{"isolane.delayed.x", "isolane.schedule.x", "dlq.x", "logs.greet"}
	jetStream := []string{"$JS.API.STREAM.DELETE.EVENTS", "$JS.API.STREAM.CREATE.MINE"}
	spying := []string{">", "fn.>", "_INBOX.>", "_INBOX.other.>", "isolane.*", "$JS.>"}
	join := func(lists ...[]string) (all []string) {
		for _, l := range lists {
			all = append(all, l...)
		}
		return all
	}
	client.mayNot(join(deploys, steers, inside, jetStream, []string{"_INBOX.node.x", "$SRV.STATS", "isolane.members"}), append(spying, "logs.>"))
	monitor.mayNot(join(deploys, steers, inside, jetStream, []string{"fn.greet", "events.in.x"}), spying)
	connectAs(t, server, "deployer").mayNot(join(steers, inside, jetStream, []string{"fn.greet", "$KV.isolane.total"}), append(spying, "logs.>"))
	admin.mayNot(join(deploys, inside), spying)
	connectAs(t, server, "node").mayNot(append(deploys, "$JS.API.STREAM.DELETE.EVENTS", "$JS.API.STREAM.PURGE.KV_isolane-functions", "other.subject"),
		[]string{">", "fn.>", "_INBOX.client.>", "logs.>"})
	_, err = nats.Connect(server)
	require.ErrorIs(t, err, nats.ErrAuthorization)
}
