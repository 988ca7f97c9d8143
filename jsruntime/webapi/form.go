package webapi

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"mime"
	"mime/multipart"
	"slices"
	"strings"

	"golang.org/x/net/http/httpguts"
)

// formPart is one entry of a form, as JavaScript reads it: its content is size bytes of
// those beside the answer.
type formPart struct {
	Name     string `json:"name"`
	File     bool   `json:"file"`
	Filename string `json:"filename"`
	Type     string `json:"type"`
	Size     int    `json:"size"`
}

// parseForm reads a body of multipart/form-data.
func parseForm(contentType string, in []byte) (string, []byte, error) {
	_, params, err := mime.ParseMediaType(contentType)
	if err != nil || params["boundary"] == "" {
		return "", nil, &Error{Name: "TypeError", Message: "formData: the Content-Type names no boundary", Err: err}
	}
	reader := multipart.NewReader(bytes.NewReader(in), params["boundary"])
	found := []formPart{}
	out := make([]byte, 0, len(in))
	for {
		p, err := reader.NextRawPart()
		if errors.Is(err, io.EOF) {
			if !bytes.Contains(in, []byte("--"+params["boundary"]+"--")) {
				return "", nil, badForm(errors.New("its end is missing"))
			}
			break
		}
		if err != nil {
			return "", nil, badForm(err)
		}
		_, disposition, err := mime.ParseMediaType(p.Header.Get("Content-Disposition"))
		if err != nil {
			return "", nil, badForm(err)
		}
		name, named := disposition["name"]
		if !named {
			return "", nil, badForm(errors.New("a part has no name"))
		}
		before := len(out)
		content := bytes.NewBuffer(out)
		if _, err := content.ReadFrom(p); err != nil {
			return "", nil, badForm(err)
		}
		out = content.Bytes()
		filename, file := disposition["filename"]
		kind := p.Header.Get("Content-Type")
		if file && kind == "" {
			kind = "text/plain"
		}
		unescape := strings.NewReplacer("%22", `"`, "%0D", "\r", "%0A", "\n")
		found = append(found, formPart{
			Name: unescape.Replace(DecodeUTF8([]byte(name))), File: file,
			Filename: unescape.Replace(DecodeUTF8([]byte(filename))), Type: kind, Size: len(out) - before,
		})
	}
	text, err := json.Marshal(found)
	if err != nil {
		return "", nil, badForm(err)
	}
	return string(text), out, nil
}

func badForm(err error) error {
	return &Error{Name: "TypeError", Message: "formData: the body is no multipart/form-data: " + err.Error(), Err: err}
}

// mimeType writes a MIME type as a Blob has it; "" where it is none (MIME Sniffing, 4.5).
func mimeType(text string) string {
	essence, params, err := mime.ParseMediaType(text)
	if err != nil && !errors.Is(err, mime.ErrInvalidMediaParameter) || !strings.Contains(essence, "/") {
		return ""
	}
	var b strings.Builder
	b.WriteString(essence)
	names := make([]string, 0, len(params))
	for name := range params {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		value := params[name]
		if value == "" || !httpguts.ValidHeaderFieldName(value) {
			value = `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(value) + `"`
		}
		b.WriteString(";" + name + "=" + value)
	}
	return b.String()
}
