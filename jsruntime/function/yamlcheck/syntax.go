package yamlcheck

import (
	"bytes"
	"errors"
	"io"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// parse reads data as one YAML document and returns its root, nil for an empty
// one. ok is false where it is no YAML; the fault has been added then.
func (d *Document) parse(data []byte) (root *yaml.Node, ok bool) {
	if len(data) > MaxSize {
		d.add(1, 1, "", "the file is larger than "+strconv.Itoa(MaxSize>>20)+" MiB")
		return nil, false
	}
	if !d.plainText(data) {
		return nil, false
	}
	dec := yaml.NewDecoder(bytes.NewReader(data))
	var first, second yaml.Node
	switch err := dec.Decode(&first); {
	case errors.Is(err, io.EOF):
		return nil, true
	case err != nil:
		d.syntax(data, err)
		return nil, false
	}
	switch err := dec.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		d.syntax(data, err)
		return nil, false
	default:
		d.at(&second, "", "a second document: one file holds one")
		return nil, false
	}
	if first.Kind != yaml.DocumentNode || len(first.Content) == 0 {
		return nil, true
	}
	return first.Content[0], true
}

// plainText refuses what the YAML parser refuses without saying where: bytes that
// are not UTF-8, and control characters.
func (d *Document) plainText(data []byte) bool {
	line, column := 1, 1
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		switch {
		case r == utf8.RuneError && size <= 1:
			d.add(line, column, "", "the file is not UTF-8 text")
			return false
		case r < ' ' && r != '\n' && r != '\r' && r != '\t', r == 0x7f:
			d.add(line, column, "", "control character "+strconv.QuoteRune(r)+": write it as an escape in a quoted string")
			return false
		}
		i += size
		column++
		if r == '\n' {
			line, column = line+1, 1
		}
	}
	return true
}

var (
	syntaxLine    = regexp.MustCompile(`^(?:yaml: )?(?:line (\d+): )?(.*)$`)
	unknownAnchor = regexp.MustCompile(`^unknown anchor '(.*)' referenced$`)
)

// syntax adds the fault of a document that is no YAML. The parser's error is not
// typed: this is the one place that reads its text. Where the text does not look
// as expected, it becomes the message as it is, at the first line.
func (d *Document) syntax(data []byte, err error) {
	line, text := 1, err.Error()
	if m := syntaxLine.FindStringSubmatch(firstLine(text)); m != nil {
		if n, convErr := strconv.Atoi(m[1]); convErr == nil {
			line = n
			// The parser, unlike its scanner, counts lines from 0 in its errors.
			if strings.HasPrefix(m[2], "did not find expected") {
				line++
			}
		}
		text = m[2]
	}
	column := 1
	if m := unknownAnchor.FindStringSubmatch(text); m != nil {
		if i := bytes.Index(data, []byte("*"+m[1])); i >= 0 {
			line = 1 + bytes.Count(data[:i], []byte("\n"))
			column = 1 + utf8.RuneCount(data[bytes.LastIndexByte(data[:i], '\n')+1:i])
		}
	}
	if lines := 1 + bytes.Count(data, []byte("\n")); line > lines {
		line = lines
	}
	d.add(line, column, "", "not YAML: "+text)
}

func firstLine(s string) string {
	first, _, _ := strings.Cut(s, "\n")
	return first
}
