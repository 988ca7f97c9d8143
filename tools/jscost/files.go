package main

import (
	"encoding/json"
	"errors"
	"os"
	"runtime/pprof"
)

// appendLine appends value as a line of JSON; it does nothing where no file is named.
func appendLine(file string, value any) (err error) {
	if file == "" {
		return nil
	}
	f, err := os.OpenFile(file, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return json.NewEncoder(f).Encode(value)
}

// writeHeap writes a profile of Go's heap; it does nothing where no file is named.
func writeHeap(file string) (err error) {
	if file == "" {
		return nil
	}
	f, err := os.Create(file)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	return pprof.WriteHeapProfile(f)
}
