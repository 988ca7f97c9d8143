package main

import (
	"context"
	"os"
)

func main() {
	// The first SIGTERM or SIGINT ends ctx, and the command ends in its own order;
	// the second ends the process at once.
	ctx, stop := untilSignal(context.Background())
	std := streams{in: os.Stdin, out: os.Stdout, err: os.Stderr, environ: os.Environ()}
	status := execute(ctx, std, os.Args[1:])
	stop()
	os.Exit(status)
}
