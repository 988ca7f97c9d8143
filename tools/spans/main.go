// Spans is a collector for one who looks: it takes OpenTelemetry's spans over OTLP (HTTP,
// protobuf) and prints each trace as a tree, when nothing more of it has come for two seconds.
// It keeps nothing. For more than looking take a real one: deploy/tracing.
//
//	go run ./tools/spans 127.0.0.1:4318
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	collector "go.opentelemetry.io/proto/otlp/collector/trace/v1"
	"google.golang.org/protobuf/proto"
)

// quiet is how long nothing more of a trace comes before it is printed. Nodes send once a second,
// each in its own time.
const quiet = 2 * time.Second

// maxBody bounds one export.
const maxBody = 8 << 20

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := serve(ctx, os.Args[1:], os.Stdout); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "spans:", err)
		os.Exit(1)
	}
}

// serve takes spans until ctx is done, and prints what it has then.
func serve(ctx context.Context, args []string, out io.Writer) error {
	address := "127.0.0.1:4318"
	switch len(args) {
	case 0:
	case 1:
		address = args[0]
	default:
		return errors.New("give one address: spans 127.0.0.1:4318")
	}
	var config net.ListenConfig
	listener, err := config.Listen(ctx, "tcp", address)
	if err != nil {
		return fmt.Errorf("listen: %w", err)
	}
	var mu sync.Mutex
	kept := traces{}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/traces", func(w http.ResponseWriter, r *http.Request) {
		var export collector.ExportTraceServiceRequest
		body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
		if err == nil {
			err = proto.Unmarshal(body, &export)
		}
		if err != nil {
			http.Error(w, "no export of spans in protobuf: "+err.Error(), http.StatusBadRequest)
			return
		}
		mu.Lock()
		kept.add(&export, time.Now())
		mu.Unlock()
		w.Header().Set("Content-Type", "application/x-protobuf")
	})
	server := &http.Server{Handler: mux, ReadTimeout: 10 * time.Second}
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	tick := time.NewTicker(quiet / 4)
	defer tick.Stop()
	for {
		select {
		case <-tick.C:
			mu.Lock()
			text := kept.take(time.Now().Add(-quiet))
			mu.Unlock()
			_, _ = io.WriteString(out, text)
		case <-ctx.Done():
			_ = server.Close()
			if err := <-served; !errors.Is(err, http.ErrServerClosed) {
				return fmt.Errorf("serve: %w", err)
			}
			_, err := io.WriteString(out, kept.take(time.Now()))
			return err
		case err := <-served:
			return fmt.Errorf("serve: %w", err)
		}
	}
}
