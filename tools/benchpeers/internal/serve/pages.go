package serve

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"

	"github.com/isolane/isolane/experiments/workload"
)

// Pages serves the pages that functions fetch, on a port of its own; it says "ready ORIGIN".
func Pages(ctx context.Context, out io.Writer) error {
	var listen net.ListenConfig
	l, err := listen.Listen(ctx, "tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	s := &http.Server{Handler: workload.Pages(), ReadHeaderTimeout: patience}
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(l) }()
	err = ready(out, "http://"+l.Addr().String())
	if err == nil {
		select {
		case <-ctx.Done():
		case err = <-ended:
			return err
		}
	}
	err = errors.Join(err, s.Close())
	if end := <-ended; !errors.Is(end, http.ErrServerClosed) {
		err = errors.Join(err, end)
	}
	return err
}
