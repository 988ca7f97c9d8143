package jsruntime

import (
	"bytes"
	"encoding/json"
	"fmt"
	"unicode/utf8"

	"github.com/isolane/isolane/jsruntime/function"
)

// batchMessage is a message of a batch as core.js reads it. No key is ever left out: core.js
// would find what a function put on Object.prototype.
type batchMessage struct {
	ID      string `json:"id"`
	Attempt int    `json:"attempt"`
	Subject string `json:"subject"`
	// Headers is a JSON list of pairs, or "": most functions look at none.
	Headers string `json:"headers"`
	// Text is the payload; nil where it is fetched when the function asks for it.
	Text *string `json:"text"`
	// Empty says that there is no payload.
	Empty bool `json:"empty"`
}

// batchText is the messages of a batch as JSON.
func batchText(batch []function.Message) (string, error) {
	all := make([]batchMessage, len(batch))
	for i, m := range batch {
		all[i] = batchMessage{ID: m.ID, Attempt: m.Attempt, Subject: m.Subject, Empty: len(m.Payload) == 0}
		headers, err := headerText(m.Header)
		if err != nil {
			return "", err
		}
		all[i].Headers = headers
		if len(m.Payload) > 0 && len(m.Payload) <= maxTextPayload && utf8.Valid(m.Payload) {
			text := string(m.Payload)
			all[i].Text = &text
		}
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(all); err != nil {
		return "", fmt.Errorf("jsruntime: messages of a batch: %w", err)
	}
	return out.String(), nil
}
