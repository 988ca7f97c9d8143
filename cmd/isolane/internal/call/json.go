package call

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"time"
	"unicode/utf8"
)

// wire is a Reply for programs.
type wire struct {
	Outcome  string              `json:"outcome"`
	Code     int                 `json:"code"`
	Headers  map[string][]string `json:"headers"`
	Body     string              `json:"body"`
	Encoding string              `json:"encoding,omitempty"`

	Message    string `json:"message,omitempty"`
	Location   string `json:"location,omitempty"`
	Stack      string `json:"stack,omitempty"`
	Invocation string `json:"invocation,omitempty"`
	Status     int    `json:"status,omitempty"`
	RetryAfter int    `json:"retryAfterSeconds,omitempty"`

	Times times `json:"times"`
}

// times are in milliseconds.
type times struct {
	Total float64 `json:"total"`
	Unit  string  `json:"unit"`
}

// JSON returns the reply as one line of JSON. A body that is not UTF-8 is in
// base64, and "encoding" says so.
func (r *Reply) JSON() ([]byte, error) {
	w := wire{
		Outcome: r.Outcome.String(), Code: r.Outcome.Code(), Headers: r.Header, Body: string(r.Body),
		Message: r.Message, Location: r.Location, Stack: r.Stack, Invocation: r.Invocation,
		Status: r.Status, RetryAfter: int(r.RetryAfter / time.Second),
		Times: times{Total: float64(r.Total.Microseconds()) / 1000, Unit: "ms"},
	}
	if w.Headers == nil {
		w.Headers = map[string][]string{}
	}
	if !utf8.Valid(r.Body) {
		w.Body, w.Encoding = base64.StdEncoding.EncodeToString(r.Body), "base64"
	}
	out, err := json.Marshal(w)
	if err != nil {
		return nil, fmt.Errorf("encode the reply: %w", err)
	}
	return out, nil
}
