package stream

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats-server/v2/server"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/internal/logkit"
	"github.com/isolane/isolane/internal/natskit"
	"github.com/isolane/isolane/jsruntime/function"
)

// restart ends the server, waits, and starts it again on its port and its data.
func (r *rig) restart(t *testing.T, away time.Duration) {
	t.Helper()
	r.server.Restart(away)
	r.waitFor(t, "the client to be connected", func() (bool, any) { return r.conn.IsConnected(), r.conn.Status() })
}

// The server is restarted between messages, and while some run: what runs is finished
// and acknowledged afterwards, and what comes is served.
func TestServerRestarts(t *testing.T) {
	r := newRig(t)
	var got seen
	hold := make(chan struct{})
	m := r.join(t, member{run: func(inv *function.Invocation, done func(*function.Result)) {
		got.add(inv)
		go func() {
			<-hold
			done(ok(inv))
		}()
	}}, orders(nil))
	r.publish(t, "orders.1.new", "")
	r.waitFor(t, "the first", func() (bool, any) { return len(got.all()) == 1, m.Stats() })
	r.restart(t, time.Second)
	r.waitFor(t, "another that comes", func() (bool, any) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := r.js.Publish(ctx, "orders.2.new", nil, jetstream.WithMsgID("second"))
		return err == nil, err
	})
	r.waitFor(t, "the second", func() (bool, any) { return len(got.all()) >= 2, m.Stats() })
	close(hold)
	r.settled(t, 2)
	require.Len(t, got.all(), 2, "the first was not delivered again")
	stats := m.Stats()[0]
	require.Positive(t, stats.Reconnects+stats.Faults, "%+v", stats) // the server may say that it goes
	require.NoError(t, m.Drain(t.Context()))
}

// awayFor is for how long a server is away: least, or what ISOLANE_AWAY says, as 1m.
func awayFor(t *testing.T, least time.Duration) time.Duration {
	t.Helper()
	text := os.Getenv("ISOLANE_AWAY")
	if text == "" {
		return least
	}
	d, err := time.ParseDuration(text)
	require.NoError(t, err, "ISOLANE_AWAY")
	return d
}

// The server is gone for longer than the ack wait, and than pull requests live.
func TestServerGoneForLong(t *testing.T) {
	r := newRig(t)
	var got seen
	m := r.join(t, answers(func(inv *function.Invocation) *function.Result { got.add(inv); return ok(inv) }),
		orders(func(s *function.Stream) { s.AckWait = time.Second }))
	r.publish(t, "orders.1.new", "")
	r.settled(t, 1)
	r.restart(t, awayFor(t, 5*time.Second))
	r.waitFor(t, "what comes afterwards", func() (bool, any) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := r.js.Publish(ctx, "orders.2.new", nil, jetstream.WithMsgID("second"))
		return err == nil, err
	})
	r.settled(t, 2)
	require.NotContains(t, r.logs.String(), "panic")
	require.Empty(t, m.Stats()[0].Fault)
}

// The stream of dead letters is full: the message is kept, and given up when there is
// room.
func TestDeadLettersThatCannotBeStored(t *testing.T) {
	r := newRig(t)
	_, err := r.js.CreateStream(t.Context(), jetstream.StreamConfig{
		Name: "ISOLANE_DLQ", Subjects: []string{"dlq.>"}, MaxMsgs: 1, Discard: jetstream.DiscardNew,
	})
	require.NoError(t, err)
	m := r.join(t, answers(func(*function.Invocation) *function.Result {
		return function.Failure(function.BadRequest, "no")
	}), orders(nil))
	r.publish(t, "orders.1.new", "first")
	r.publish(t, "orders.2.new", "second")
	r.waitFor(t, "a letter that finds no room", func() (bool, any) { s := m.Stats()[0]; return s.Unburied >= 2, s })
	r.logs.Await(t, "the storage or the stream of dead letters is full")
	c, err := r.js.Consumer(t.Context(), "ORDERS", "isolane_pay")
	require.NoError(t, err)
	require.Equal(t, 1, c.CachedInfo().NumAckPending, "it is kept")

	box := deadletter.New(r.js, deadletter.DefaultConfig())
	first, err := box.Get(t.Context(), 1)
	require.NoError(t, err)
	require.NoError(t, box.Drop(t.Context(), 1))
	r.settled(t, 2)
	for second, err := range box.All(t.Context(), deadletter.Filter{}) {
		require.NoError(t, err)
		require.ElementsMatch(t, []string{"first", "second"}, []string{string(first.Payload), string(second.Payload)})
	}
}

// A message so large that its letter does not fit is kept too, and the log says why.
func TestDeadLetterOverTheLimit(t *testing.T) {
	r := newRig(t)
	m := r.join(t, answers(func(*function.Invocation) *function.Result {
		return function.Failure(function.BadRequest, "no")
	}), orders(nil))
	r.publish(t, "orders.1.new", strings.Repeat("x", int(r.conn.MaxPayload())))
	r.waitFor(t, "a letter that does not fit", func() (bool, any) { s := m.Stats()[0]; return s.Unburied >= 1, s })
	r.logs.Await(t, "raise the server's max_payload by some KiB")
	require.Zero(t, m.Stats()[0].DeadLetters)
}

// A user that may not do what a trigger needs hears which subject to grant.
func TestPermissions(t *testing.T) {
	for name, tc := range map[string]struct {
		deny string
		says string
	}{
		"api":  {deny: "$JS.API.>", says: "may this user publish to $JS.API.>"},
		"pull": {deny: "$JS.API.CONSUMER.MSG.NEXT.>", says: "no word from the server about a pull request for $JS.API.CONSUMER.MSG.NEXT.ORDERS.isolane_pay"},
	} {
		t.Run(name, func(t *testing.T) {
			s := natskit.Raw(t, &server.Options{
				JetStream: true,
				Users: []*server.User{
					{Username: "admin", Password: "a"},
					{Username: "node", Password: "n", Permissions: &server.Permissions{Publish: &server.SubjectPermission{Allow: []string{">"}, Deny: []string{tc.deny}}}},
				},
			})
			connect := func(user, password string) *nats.Conn {
				return natskit.Connect(t, s.ClientURL(), nats.UserInfo(user, password))
			}
			r := &rig{conn: connect("admin", "a"), logs: new(logkit.Buffer)}
			r.js = natskit.JetStream(t, r.conn)
			_, err := r.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.>"}})
			require.NoError(t, err)
			cfg := testConfig()
			cfg.Patience = 500 * time.Millisecond
			m, err := New(cfg, Deps{Conn: connect("node", "n"), Dispatcher: answers(ok), Logger: slog.New(slog.NewTextHandler(r.logs, nil))})
			require.NoError(t, err)
			m.Set([]Trigger{orders(nil)})
			r.waitFor(t, "the fault", func() (bool, any) { f := m.Stats()[0].Fault; return strings.Contains(f, tc.says), f })
			r.waitFor(t, "its line", func() (bool, any) {
				return strings.Contains(r.logs.String(), "the trigger is not served; its messages wait in the stream"), nil
			})
			require.NoError(t, m.Drain(t.Context()))
		})
	}
}

func TestStatusesOfPullRequests(t *testing.T) {
	for text, want := range map[string]pullStatus{
		"":                                      statusNone,
		"100 Idle Heartbeat":                    statusHeartbeat,
		"404 No Messages":                       statusEnded,
		"408 Request Timeout":                   statusEnded,
		"408 Interest Expired":                  statusEnded,
		"409 Message Size Exceeds MaxBytes":     statusEnded,
		"409 Batch Completed":                   statusEnded,
		"409 Consumer Deleted":                  statusFault,
		"409 Leadership Change":                 statusFault,
		"409 Server Shutdown":                   statusFault,
		"409 Exceeded MaxWaiting":               statusFault,
		"409 Exceeded MaxRequestBatch of 1":     statusFault,
		"400 Bad Request":                       statusFault,
		"503 ":                                  statusFault,
		"423 Nats-Wrong-Pin-Id":                 statusFault,
		"999 Something that was not there then": statusFault,
	} {
		status, description, _ := strings.Cut(text, " ")
		msg := nats.NewMsg("_INBOX.x.1")
		if status != "" {
			msg.Header.Set("Status", status)
			msg.Header.Set("Description", description)
		}
		require.Equal(t, want, readStatus(msg), text)
	}
}

// What a pull request is refused with is a fault that is seen, and tried again.
func TestPullThatIsRefused(t *testing.T) {
	r := newRig(t)
	s, err := r.js.Stream(t.Context(), "ORDERS")
	require.NoError(t, err)
	trigger := orders(nil)
	cfg := trigger.consumer("isolane")
	cfg.MaxRequestExpires = time.Second // less than ours
	_, err = s.CreateConsumer(t.Context(), cfg)
	require.NoError(t, err)
	m := r.join(t, answers(ok), trigger)
	r.waitFor(t, "the fault", func() (bool, any) { f := m.Stats()[0].Fault; return f != "", f })
	require.Contains(t, m.Stats()[0].Fault, "MaxRequestExpires")
	cfg.MaxRequestExpires = 0
	_, err = s.UpdateConsumer(t.Context(), cfg)
	require.NoError(t, err)
	r.publish(t, "orders.1.new", "")
	r.settled(t, 1)
}

// Several members under load, of which some are killed and others come: each message is
// run, and what is run twice was with one that died.
func TestMembersThatDie(t *testing.T) {
	r := newRig(t)
	trigger := orders(func(s *function.Stream) { s.AckWait = time.Second })
	var got seen
	slow := member{run: func(inv *function.Invocation, done func(*function.Result)) {
		got.add(inv)
		time.AfterFunc(2*time.Millisecond, func() { done(ok(inv)) })
	}}
	const messages, deaths = 600, 4
	living := []*Triggers{r.join(t, slow, trigger), r.join(t, slow, trigger), r.join(t, slow, trigger)}
	for i := range messages {
		r.publish(t, fmt.Sprintf("orders.%d.new", i), strconv.Itoa(i))
		if i%(messages/deaths) == messages/deaths/2 {
			kill(living[0])
			living = append(living[1:], r.join(t, slow, trigger))
		}
	}
	r.settled(t, messages)
	runs := map[string]int{}
	for _, inv := range got.all() {
		runs[string(inv.Payload)]++
	}
	require.Len(t, runs, messages)
	for id, n := range runs {
		require.LessOrEqual(t, n, deaths+1, id)
	}
	t.Logf("%d messages, %d runs, %d deaths", messages, len(got.all()), deaths)
}
