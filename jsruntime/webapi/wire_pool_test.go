package webapi_test

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/jsruntime/webapi"
)

// script is a server that answers each request on a connection with the next text of a
// list, and closes the connection after the last. "" closes at once. It counts.
type script struct {
	port            string
	conns, requests atomic.Int32
	closed          chan struct{} // a value for each connection that it closed
}

func serveScript(t *testing.T, answers ...string) *script {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	s := &script{closed: make(chan struct{}, 64)}
	var serving sync.WaitGroup
	ctx, cancel := context.WithCancel(context.Background())
	serving.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}
			s.conns.Add(1)
			serving.Go(func() {
				defer context.AfterFunc(ctx, func() { _ = conn.Close() })()
				s.converse(conn, answers)
				_ = conn.Close()
				s.closed <- struct{}{}
			})
		}
	})
	t.Cleanup(func() {
		cancel()
		_ = listener.Close()
		serving.Wait()
	})
	_, s.port, err = net.SplitHostPort(listener.Addr().String())
	require.NoError(t, err)
	return s
}

func (s *script) converse(conn net.Conn, answers []string) {
	reader := bufio.NewReader(conn)
	for _, answer := range answers {
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		s.requests.Add(1)
		_, _ = io.Copy(io.Discard, request.Body)
		if _, err := io.WriteString(conn, answer); answer == "" || err != nil {
			return
		}
	}
}

func ok(body string) string {
	return fmt.Sprintf("HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
}

func (s *script) get(t *testing.T, api *webapi.API, method string) (*answer, error) {
	t.Helper()
	return ask(t.Context(), t, api, map[string]any{"url": "http://127.0.0.1:" + s.port + "/", "method": method}, nil)
}

func TestAConnectionIsUsedAgain(t *testing.T) {
	s := serveScript(t, ok("one"), ok("two"), "HTTP/1.1 100 Continue\r\n\r\n"+ok("three"), "HTTP/1.1 204 No Content\r\n\r\n",
		"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nfour\r\n0\r\n\r\n", ok(strings.Repeat("5", 100_000)), ok("six"))
	api := granted(newHTTP(t), s.port, "127.0.0.1:PORT")
	for _, want := range []string{"one", "two", "three", "", "four", strings.Repeat("5", 100_000), "six"} {
		a, err := s.get(t, api, "GET")
		require.NoError(t, err)
		require.Equal(t, want, string(a.body))
	}
	require.EqualValues(t, 1, s.conns.Load())
}

// A connection that the server closed while it was unused costs no request, of whatever
// method.
func TestAClosedConnectionIsNotUsed(t *testing.T) {
	s := serveScript(t, ok("one"))
	api := granted(newHTTP(t), s.port, "127.0.0.1:PORT")
	for _, method := range []string{"GET", "POST", "PUT", "GET"} {
		a, err := s.get(t, api, method)
		require.NoError(t, err)
		require.Equal(t, "one", string(a.body))
		<-s.closed
	}
	require.EqualValues(t, 4, s.conns.Load())
}

// One that the server closes instead of an answer is tried once more where that does no
// harm, and only where the connection had been used.
func TestAnUnansweredRequestIsRepeatedOnce(t *testing.T) {
	for method, requests := range map[string]int32{"GET": 3, "POST": 2} {
		s := serveScript(t, ok("one"), "")
		api := granted(newHTTP(t), s.port, "127.0.0.1:PORT")
		_, err := s.get(t, api, method)
		require.NoError(t, err)
		_, err = s.get(t, api, method)
		if method == "GET" {
			require.NoError(t, err)
		} else {
			requireError(t, err, "TypeError")
		}
		require.Equal(t, requests, s.requests.Load(), method)
	}
	s := serveScript(t, "")
	_, err := s.get(t, granted(newHTTP(t), s.port, "127.0.0.1:PORT"), "GET")
	requireError(t, err, "TypeError", "without an answer")
	require.EqualValues(t, 1, s.requests.Load())
}

// What a server says that nobody asked for is no answer to the next request.
func TestAnUnaskedAnswerIsDropped(t *testing.T) {
	s := serveScript(t, ok("one")+ok("evil"), ok("two"))
	api := granted(newHTTP(t), s.port, "127.0.0.1:PORT")
	for range 4 {
		a, err := s.get(t, api, "GET")
		require.NoError(t, err)
		require.Equal(t, "one", string(a.body))
	}
	require.EqualValues(t, 4, s.conns.Load())
}

func TestASmallBodyComesWithTheAnswer(t *testing.T) {
	for name, tc := range map[string]struct{ sent, kind string }{
		"text":      {"caf\u00e9 \ufeff", "t"},
		"bytes":     {"\xff\xfe", "b"},
		"with NUL":  {"a\x00b", "b"},
		"much text": {strings.Repeat("\u00e9", 2000), "t"},
	} {
		t.Run(name, func(t *testing.T) {
			s := serveScript(t, ok(tc.sent))
			a, err := s.get(t, granted(newHTTP(t), s.port, "127.0.0.1:PORT"), "GET")
			require.NoError(t, err)
			require.Equal(t, tc.kind, a.Body)
			require.Equal(t, tc.sent, string(a.body))
		})
	}
}

// Bodies that are cut short, and headers without an end.
func TestABrokenResponseIsAnError(t *testing.T) {
	for name, text := range map[string]string{
		"short body":   "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nabc",
		"short chunk":  "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nabc",
		"two lengths":  "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
		"no response":  "hello\r\n\r\n",
		"only interim": strings.Repeat("HTTP/1.1 103 Early Hints\r\n\r\n", 9),
		"long headers": "HTTP/1.1 200 OK\r\n" + strings.Repeat("X-A: "+strings.Repeat("b", 1000)+"\r\n", 300) + "\r\n",
		"bad gzip":     "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc",
	} {
		t.Run(name, func(t *testing.T) {
			s := serveScript(t, text)
			_, err := s.get(t, granted(newHTTP(t), s.port, "127.0.0.1:PORT"), "GET")
			requireError(t, err, "TypeError")
		})
	}
}
