package chaos

import (
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestARelayHandsOnLater(t *testing.T) {
	const delay = 50 * time.Millisecond
	stream, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, stream.Close()) }()
	packets, err := net.ListenPacket("udp", stream.Addr().String())
	require.NoError(t, err)
	defer func() { require.NoError(t, packets.Close()) }()
	r, err := startRelay(t.Context(), "127.0.0.1", stream.Addr().String(), delay, true)
	require.NoError(t, err)
	defer r.close()

	began := time.Now()
	out, err := net.Dial("tcp", r.address())
	require.NoError(t, err)
	defer func() { _ = out.Close() }()
	in, err := stream.Accept()
	require.NoError(t, err)
	body := strings.Repeat("x", 3*piece)
	go func() {
		_, _ = io.WriteString(out, body)
		_, _ = io.WriteString(out, "!")
	}()
	got := make([]byte, len(body)+1)
	_, err = io.ReadFull(in, got)
	require.NoError(t, err)
	require.Equal(t, body+"!", string(got))
	require.GreaterOrEqual(t, time.Since(began), delay)
	_, err = io.WriteString(in, "and back")
	require.NoError(t, err)
	require.NoError(t, in.Close())
	rest, err := io.ReadAll(out)
	require.NoError(t, err)
	require.Equal(t, "and back", string(rest), "what was written before the end arrives")

	began = time.Now()
	datagram, err := net.Dial("udp", r.address())
	require.NoError(t, err)
	defer func() { _ = datagram.Close() }()
	_, err = datagram.Write([]byte("hello"))
	require.NoError(t, err)
	n, _, err := packets.ReadFrom(got)
	require.NoError(t, err)
	require.Equal(t, "hello", string(got[:n]))
	require.GreaterOrEqual(t, time.Since(began), delay)
}

func TestTheLedgerCountsANoteOnce(t *testing.T) {
	l, err := openLedger(t.Context(), "127.0.0.1")
	require.NoError(t, err)
	defer l.close()
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	for _, note := range []string{`{"id":"a","run":"1"}`, `{"id":"a","run":"1"}`, `{"id":"a","run":"2"}`, `{"id":"a"}`, `nonsense`, strings.Repeat("x", maxNote+1)} {
		res, err := client.Post(l.url, "application/json", strings.NewReader(note))
		require.NoError(t, err)
		require.NoError(t, res.Body.Close())
		require.Equal(t, strings.Contains(note, "run"), res.StatusCode == http.StatusOK, note)
	}
	require.Len(t, l.all(), 2)
}
