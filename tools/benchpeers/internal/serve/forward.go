package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
)

// Workerd runs workerd, which speaks HTTP alone, and forwards to it what comes on prefix.*.
// It says "ready PID", with workerd's process id.
func Workerd(ctx context.Context, url, prefix, program, config string, out io.Writer) (err error) {
	ctx, end := context.WithCancel(ctx)
	defer end()
	cmd := exec.CommandContext(ctx, program, "serve", config, "--experimental", "--control-fd=1") //nolint:gosec // what this program is told to run
	cmd.Stderr, cmd.WaitDelay = os.Stderr, patience
	control, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return fmt.Errorf("start workerd: %w", err)
	}
	defer func() {
		end()
		var ended *exec.ExitError
		if e := cmd.Wait(); e != nil && !errors.As(e, &ended) { // it was killed
			err = errors.Join(err, e)
		}
	}()
	port, err := listening(control)
	if err != nil {
		return err
	}
	web := client()
	defer web.CloseIdleConnections()
	origin := "http://127.0.0.1:" + strconv.Itoa(port) + "/"
	return responder{url: url, prefix: prefix}.serve(ctx, out, cmd.Process.Pid, func(ctx context.Context, name string, payload []byte) ([]byte, error) {
		return post(ctx, web, origin+name, payload)
	})
}

// post sends payload and returns what comes back; all but status 200 is an error.
func post(ctx context.Context, web *http.Client, url string, payload []byte) ([]byte, error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(payload))
	if err != nil {
		return nil, err
	}
	response, err := web.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close() //nolint:errcheck // read to its end
	body, err := io.ReadAll(response.Body)
	if err == nil && response.StatusCode != http.StatusOK {
		err = fmt.Errorf("workerd says %s: %.200s", response.Status, body)
	}
	return body, err
}

// listening reads workerd's control messages until it says where it listens.
func listening(control io.Reader) (port int, err error) {
	lines := bufio.NewScanner(control)
	for lines.Scan() {
		var said struct {
			Event string `json:"event"`
			Port  int    `json:"port"`
		}
		if err := json.Unmarshal(lines.Bytes(), &said); err != nil {
			return 0, fmt.Errorf("workerd says %.200q: %w", lines.Bytes(), err)
		}
		if said.Event == "listen" {
			return said.Port, nil
		}
	}
	return 0, errors.Join(errors.New("workerd ended before it listened"), lines.Err())
}
