package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
)

// self runs this program with args in a process of its own, and calls take for each
// JSON value that it prints. It waits for its end.
func self[T any](ctx context.Context, args []string, take func(T)) error {
	path, err := os.Executable()
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Stderr = os.Stderr
	lines, err := cmd.StdoutPipe()
	if err != nil {
		return err
	}
	if err := cmd.Start(); err != nil {
		return err
	}
	read := readAll(lines, take)
	if err := errors.Join(read, cmd.Wait()); err != nil {
		return fmt.Errorf("process %v: %w", args, err)
	}
	return nil
}

func readAll[T any](r io.Reader, take func(T)) error {
	decoder := json.NewDecoder(r)
	for {
		var value T
		switch err := decoder.Decode(&value); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			_, _ = io.Copy(io.Discard, r) // so that the process is not held up
			return err
		}
		take(value)
	}
}
