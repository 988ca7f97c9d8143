package main

import (
	"errors"
	"fmt"
	"io"
	"os"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "benchtable:", err)
		os.Exit(1)
	}
}

var errUsage = errors.New("usage: benchtable [FILE]; standard input where no file is named")

func run(args []string, in io.Reader, out io.Writer) error {
	switch len(args) {
	case 0:
	case 1:
		file, err := os.Open(args[0])
		if err != nil {
			return err
		}
		defer file.Close() //nolint:errcheck // it was only read
		in = file
	default:
		return errUsage
	}
	pairs, err := parse(in)
	if err != nil {
		return err
	}
	if len(pairs) == 0 {
		_, err = fmt.Fprintln(out, "no benchmark in the output reports x-bare")
		return err
	}
	return write(out, pairs)
}
