package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge/deadletter"
)

// soakVariable is how long TestStreamSoak sends, as a duration; make soak-stream sets it.
const soakVariable = "ISOLANE_SOAK_STREAM"

// soakFiles are a function that fails now and then, and a neighbour that kills isolates.
var soakFiles = []string{
	"work.ts", `export default async (m: any, ctx: any) => {
	  const id = Number(m.subject.split(".")[1]);
	  await new Promise((r) => setTimeout(r, 5));
	  if (id % 101 === 0) throw new Error("never");
	  if (id % 17 === 0 && ctx.invocation.attempt === 1) throw new Error("not at first");
	  if (id % 499 === 0 && ctx.invocation.attempt === 1) for (;;);
	  return m.text();
	}`,
	"work.yaml", `
limits: { cpu: 200ms }
stream: { name: ORDERS, subject: "orders.{id}", ackWait: 3s, deliveries: 12, backoff: [50ms, 200ms], reply: "results.{id}" }
`,
}

// soak is what TestStreamSoak has going.
type soak struct {
	t     *testing.T
	nats  *natsProcess
	nodes [2]*process
	files string
	js    jetstream.JetStream
	sent  int
	chaos []string
}

// TestStreamSoak sends messages to a stream while the nodes are killed and the NATS
// server is restarted and killed: each message has its result or is a dead letter in the
// end, whatever happened to it in between.
func TestStreamSoak(t *testing.T) {
	length := 15 * time.Second
	if text := os.Getenv(soakVariable); text != "" {
		var err error
		length, err = time.ParseDuration(text)
		require.NoError(t, err)
	}
	s := &soak{t: t, nats: startNATS(t), files: folder(t, soakFiles...)}
	conn, err := nats.Connect(s.nats.url, nats.MaxReconnects(-1), nats.ReconnectWait(50*time.Millisecond))
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	s.js, err = jetstream.New(conn)
	require.NoError(t, err)
	_, err = s.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "ORDERS", Subjects: []string{"orders.*"}})
	require.NoError(t, err)
	// It takes what comes twice, so that duplicates are seen.
	_, err = s.js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "RESULTS", Subjects: []string{"results.*"}, Duplicates: 100 * time.Millisecond})
	require.NoError(t, err)
	for i := range s.nodes {
		s.startNode(i)
	}
	end := time.Now().Add(length)
	sending := make(chan error, 1)
	go func() { sending <- s.send(end) }()
	for turn := 0; time.Now().Before(end); turn++ {
		s.disturb(turn)
	}
	require.NoError(t, <-sending)
	s.account()
}

func (s *soak) startNode(i int) {
	s.nodes[i] = start(s.t, "--functions", s.files, "--nats", s.nats.url, "--name", fmt.Sprintf("n%d", i)).awaitReady()
}

// send publishes until end, each message again until the stream has confirmed it.
func (s *soak) send(end time.Time) error {
	ticker := time.NewTicker(4 * time.Millisecond)
	defer ticker.Stop()
	for id := 1; time.Now().Before(end); id++ {
		for {
			ctx, cancel := context.WithTimeout(s.t.Context(), 2*time.Second)
			_, err := s.js.Publish(ctx, fmt.Sprintf("orders.%d", id), fmt.Append(nil, id), jetstream.WithMsgID(fmt.Sprint(id)))
			cancel()
			if err == nil {
				break
			}
			if s.t.Context().Err() != nil || time.Now().After(end.Add(patience)) {
				return fmt.Errorf("publish %d: %w", id, err)
			}
		}
		s.sent = id
		<-ticker.C
	}
	return nil
}

// disturb lets it run for a while, and then does harm.
func (s *soak) disturb(turn int) {
	calm := time.NewTimer(2 * time.Second)
	defer calm.Stop()
	<-calm.C
	switch turn % 5 {
	case 0, 2:
		i := turn % 2
		s.note("kill -9 of n%d", i)
		s.nodes[i].signal(syscall.SIGKILL)
		s.nodes[i].await()
		s.startNode(i)
	case 1:
		s.note("restart of NATS")
		s.nats.stop()
		s.nats.start()
	case 3:
		s.note("SIGTERM of n1")
		s.nodes[1].signal(syscall.SIGTERM)
		s.nodes[1].await()
		s.startNode(1)
	case 4:
		s.note("kill -9 of NATS")
		s.nats.kill()
		s.nats.start()
	}
}

func (s *soak) note(format string, args ...any) {
	s.chaos = append(s.chaos, fmt.Sprintf(format, args...))
}

// account waits until all is settled, and counts.
func (s *soak) account() {
	t := s.t
	deadline := 2 * patience
	eventually(t, deadline, func() error {
		c, err := s.js.Consumer(t.Context(), "ORDERS", "isolane_work")
		if err != nil {
			return err
		}
		if i := c.CachedInfo(); i.NumPending > 0 || i.NumAckPending > 0 {
			return fmt.Errorf("%d wait, %d are not settled", i.NumPending, i.NumAckPending)
		}
		return nil
	})
	results := map[string]int{}
	duplicates := 0
	stream, err := s.js.Stream(t.Context(), "RESULTS")
	require.NoError(t, err)
	for seq := uint64(1); ; seq++ {
		msg, err := stream.GetMsg(t.Context(), seq)
		if errors.Is(err, jetstream.ErrMsgNotFound) {
			break
		}
		require.NoError(t, err)
		id := strings.TrimPrefix(msg.Subject, "results.")
		require.Equal(t, id, string(msg.Data))
		if results[id]++; results[id] > 1 {
			duplicates++
		}
	}
	letters := map[string]int{}
	for l, err := range deadletter.New(s.js, deadletter.DefaultConfig()).All(t.Context(), deadletter.Filter{}) {
		if errors.Is(err, deadletter.ErrNoBox) {
			break
		}
		require.NoError(t, err)
		letters[string(l.Payload)]++
	}
	lost := 0
	for id := 1; id <= s.sent; id++ {
		text := fmt.Sprint(id)
		if results[text] == 0 && letters[text] == 0 {
			lost++
			t.Logf("lost: %d", id)
		}
		if id%101 == 0 {
			require.NotZero(t, letters[text], "%d throws each time", id)
			require.Equal(t, 1, letters[text], "%d is a dead letter once", id)
		}
	}
	t.Logf("%d messages in; %d with a result, %d of them more than once in %d duplicates; %d dead letters; %d lost; meanwhile: %s",
		s.sent, len(results), countOver(results, 1), duplicates, len(letters), lost, strings.Join(s.chaos, ", "))
	require.Zero(t, lost)
	require.GreaterOrEqual(t, s.sent, 100)
}

func countOver(counts map[string]int, n int) (over int) {
	for _, c := range counts {
		if c > n {
			over++
		}
	}
	return over
}
