package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

var (
	// ErrFormat is wrapped by the errors of a file that is no raw data of an experiment.
	ErrFormat = errors.New("not the raw data of an experiment")
	// ErrOther is wrapped by Open's error where the file is of another run.
	ErrOther = errors.New("there is the data of another run")
)

// maxFile bounds what is read.
const maxFile = 512 << 20

// File takes measurements.
type File struct {
	file *os.File
}

// Open opens the file to go on with the run of header, or makes it. done is what is there
// already, without what had failed. The error wraps ErrOther where the file is of another
// run, and says what differs.
func Open(path string, header Header) (f *File, there *Header, done []Measurement, err error) {
	header.Kind, header.Format = "run", Format
	old, done, err := ReadFile(path)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, nil, nil, err
	}
	if err == nil {
		if err := check(path, *old, header); err != nil {
			return nil, nil, nil, err
		}
		done = slices.DeleteFunc(done, func(m Measurement) bool { return m.Error != "" })
		header = *old
	}
	f, err = create(path, header, done)
	return f, &header, done, err
}

// Check says whether Open would go on with the run of header: nil also where there is no file.
// The error wraps ErrOther where the file is of another run.
func Check(path string, header Header) error {
	old, _, err := ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return check(path, *old, header)
}

func check(path string, old, header Header) error {
	if faults := differences(old, header); len(faults) > 0 {
		return fmt.Errorf("%w in %s (%s): name another folder with --out, or repeat what that run was told", ErrOther, path, strings.Join(faults, "; "))
	}
	return nil
}

// differences says in what two runs are not the same.
func differences(old, now Header) []string {
	var said []string
	add := func(what string, a, b any) {
		if a != b {
			said = append(said, fmt.Sprintf("its %s is %v, this one's %v", what, a, b))
		}
	}
	add("experiment", old.Experiment, now.Experiment)
	add("scale", old.Scale, now.Scale)
	add("seed", old.Seed, now.Seed)
	add("version of isolane", old.Versions["isolane"], now.Versions["isolane"])
	add("processor", old.Machine.CPU, now.Machine.CPU)
	add("number of processors", old.Machine.Processors, now.Machine.Processors)
	add("list of points", strings.Join(old.Points, " "), strings.Join(now.Points, " "))
	return said
}

// create writes the file anew with what is kept, beside its name and then in its place, and
// leaves it open for more.
func create(path string, header Header, kept []Measurement) (*File, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o750); err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	file, err := os.OpenFile(path+".part", os.O_RDWR|os.O_CREATE|os.O_TRUNC, 0o600) //nolint:gosec // the user names it
	if err != nil {
		return nil, fmt.Errorf("record: %w", err)
	}
	f := &File{file: file}
	err = f.line(header)
	for i := range kept {
		err = errors.Join(err, f.line(kept[i]))
	}
	if err = errors.Join(err, os.Rename(path+".part", path)); err != nil {
		return nil, errors.Join(fmt.Errorf("record: %w", err), file.Close())
	}
	return f, nil
}

// Write adds a measurement; when it returns the system has it.
func (f *File) Write(m Measurement) error {
	m.Kind = "measurement"
	return f.line(m)
}

func (f *File) line(value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("record: %w", err)
	}
	if _, err := f.file.Write(append(text, '\n')); err != nil {
		return fmt.Errorf("record: %w", err)
	}
	return nil
}

// Close closes the file.
func (f *File) Close() error { return f.file.Close() }

// ReadFile reads a whole file; see Read.
func ReadFile(path string) (*Header, []Measurement, error) {
	file, err := os.Open(path) //nolint:gosec // the user names it
	if err != nil {
		return nil, nil, fmt.Errorf("record: %w", err)
	}
	defer file.Close() //nolint:errcheck // read only
	header, list, err := Read(file)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", path, err)
	}
	return header, list, nil
}

// Read reads a run. The error wraps ErrFormat; a last line that was cut off is none.
func Read(from io.Reader) (*Header, []Measurement, error) {
	text, err := io.ReadAll(io.LimitReader(from, maxFile))
	if err != nil {
		return nil, nil, fmt.Errorf("record: %w", err)
	}
	// Split leaves what stands behind the last line end: nothing, or a line cut off.
	lines := bytes.Split(text, []byte("\n"))
	lines = lines[:len(lines)-1]
	if len(lines) == 0 {
		return nil, nil, fmt.Errorf("%w: it has no line", ErrFormat)
	}
	var header Header
	if err := json.Unmarshal(lines[0], &header); err != nil {
		return nil, nil, fmt.Errorf("%w: line 1: %w", ErrFormat, err)
	}
	if header.Kind != "run" || header.Format != Format {
		return nil, nil, fmt.Errorf("%w: line 1 says %q of %q, this version reads %q of \"run\"", ErrFormat, header.Format, header.Kind, Format)
	}
	var list []Measurement
	for i, line := range lines[1:] {
		var m Measurement
		if err := json.Unmarshal(line, &m); err != nil {
			return nil, nil, fmt.Errorf("%w: line %d: %w", ErrFormat, i+2, err)
		}
		if m.Kind != "measurement" || m.Point == "" || m.Repetition < 1 {
			return nil, nil, fmt.Errorf("%w: line %d is no measurement of a point", ErrFormat, i+2)
		}
		list = append(list, m)
	}
	return &header, list, nil
}
