package serve

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"

	"github.com/nats-io/nats.go"

	"github.com/isolane/isolane/experiments/workload"
)

// maxIdle is how many connections to one host are kept, of whoever fetches in Go: more
// than there are callers.
const maxIdle = 1024

// client is an HTTP client that keeps its connections.
func client() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConns: maxIdle, MaxIdleConnsPerHost: maxIdle}}
}

// Go is the plain Go responder: the functions of experiments/workload and two echoes, on
// prefix.NAME. It says "ready go".
func Go(ctx context.Context, url, prefix string, out io.Writer) error {
	web := client()
	defer web.CloseIdleConnections()
	functions := computing()
	for _, f := range workload.Functions() {
		if !f.Computes {
			functions[f.Name] = page(web)
		}
	}
	r := responder{url: url, prefix: prefix, echoes: []string{"echo", "echo-async"}}
	return r.serve(ctx, out, "go", func(ctx context.Context, name string, payload []byte) ([]byte, error) {
		f := functions[name]
		if f == nil {
			return nil, fmt.Errorf("there is no function %q", name)
		}
		return f(ctx, payload)
	})
}

// responder answers on prefix.NAME.
type responder struct {
	url, prefix string
	// echoes are answered with what they got, at once and in the order of their coming.
	echoes []string
}

// serve says "ready what" and answers until ctx is done: each message is called in a
// goroutine of its own.
func (r responder) serve(ctx context.Context, out io.Writer, what any, call func(ctx context.Context, name string, payload []byte) ([]byte, error)) error {
	conn, err := nats.Connect(r.url, nats.Name(r.prefix))
	if err != nil {
		return fmt.Errorf("connect to NATS: %w", err)
	}
	var calls sync.WaitGroup
	defer calls.Wait()
	defer conn.Close()
	_, err = conn.QueueSubscribe(r.prefix+".*", "peers", func(m *nats.Msg) {
		name := m.Subject[len(r.prefix)+1:]
		// An error of Respond means that the connection is gone, and so are the callers.
		if slices.Contains(r.echoes, name) {
			_ = m.Respond(m.Data)
			return
		}
		calls.Go(func() {
			body, err := call(ctx, name, m.Data)
			if err != nil {
				_ = m.RespondMsg(failed(err))
				return
			}
			_ = m.Respond(body)
		})
	})
	if err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	if err := conn.Flush(); err != nil {
		return fmt.Errorf("subscribe: %w", err)
	}
	if err := ready(out, what); err != nil {
		return err
	}
	<-ctx.Done()
	return nil
}

// failed is the answer to a call that failed.
func failed(err error) *nats.Msg {
	m := &nats.Msg{Header: nats.Header{}}
	m.Header.Set("Nats-Service-Error-Code", "500")
	m.Header.Set("Nats-Service-Error", strings.Join(strings.Fields(err.Error()), " "))
	return m
}
