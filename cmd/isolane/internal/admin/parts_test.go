package admin

import (
	"context"
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/bridge"
)

// Two nodes of 5,000 functions each, whose answers are larger than the server's max payload:
// both come whole.
func TestAnswersOverTheMaxPayload(t *testing.T) {
	cfg := bridge.DefaultServerConfig()
	cfg.Port, cfg.DataDir, cfg.MaxPayload = -1, t.TempDir(), 1<<18
	server, err := bridge.StartServer(t.Context(), cfg)
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, server.Shutdown(context.Background())) })
	conn, err := nats.Connect(server.ClientURL())
	require.NoError(t, err)
	t.Cleanup(conn.Close)
	report := Report{}
	for i := range 5000 {
		report.Functions = append(report.Functions, Function{Name: fmt.Sprintf("function-%d", i), Version: "0123456789ab", Source: "a folder with a name that is not short at all, as they are"})
	}
	for _, name := range []string{"a", "b"} {
		r, err := Answer(conn, Node{Name: name, Functions: func() Report {
			mine := report
			mine.Node = name
			return mine
		}})
		require.NoError(t, err)
		t.Cleanup(func() { require.NoError(t, r.Close()) })
	}
	body, err := json.Marshal(report)
	require.NoError(t, err)
	require.Greater(t, len(body), int(conn.MaxPayload()), "the test is about answers that do not fit")
	require.NoError(t, conn.Flush())
	for _, node := range []string{"", "b"} {
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		answers, err := Ask[Report](ctx, conn, Functions, node, nil)
		cancel()
		require.NoError(t, err)
		want := []string{"a", "b"}
		if node != "" {
			want = []string{node}
		}
		require.Len(t, answers, len(want))
		for i, a := range answers {
			require.Equal(t, want[i], a.Node)
			require.Equal(t, report.Functions, a.Functions)
		}
	}
}

// Where even the parts would be too many, the node says so.
func TestAnswerOverAllLimits(t *testing.T) {
	msg := nats.NewMsg("x")
	msg.Header.Set(headerTooLarge, "raise the server's max_payload")
	_, err := parts{}.add(msg)
	require.ErrorContains(t, err, "raise the server's max_payload")
}

func TestPartsThatMakeNoSense(t *testing.T) {
	for _, of := range [][]string{{"x"}, {""}, {"0/2"}, {"3/2"}, {"1/0"}, {"1/99999"}, {"1/2", "1/2"}, {"1/2", "2/3"}} {
		p, err := parts{}, error(nil)
		for _, part := range of {
			msg := nats.NewMsg("x")
			msg.Header.Set(headerAnswer, "id")
			msg.Header.Set(headerPart, part)
			var whole []byte
			whole, err = p.add(msg)
			require.Nil(t, whole)
		}
		require.ErrorIs(t, err, errParts, "%v", of)
	}
}

func FuzzParts(f *testing.F) {
	f.Add("id", "1/2", "2/2")
	f.Fuzz(func(t *testing.T, id, one, two string) {
		p := parts{}
		for _, part := range []string{one, two} {
			whole, err := p.add(&nats.Msg{Data: []byte("x"), Header: nats.Header{headerAnswer: {id}, headerPart: {part}}})
			if err != nil && whole != nil {
				t.Fatal("an answer and an error")
			}
		}
	})
}
