package jsruntime

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"
	"time"
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

// take takes in what the function said of a message: what it said first counts.
func (i *invocation) take(record Record) {
	n, place := i.inv.Messages(), int(record.Op)
	if i.done == nil || !i.inv.Kept || place < 0 || place >= n {
		return
	}
	if i.verdicts == nil {
		i.verdicts = make([]function.Verdict, n)
	}
	v := &i.verdicts[place]
	if v.Action != function.Unsaid {
		return
	}
	switch action := function.Action(record.Flags & 0xff); action { //nolint:gosec // one of four
	case function.SaidAck:
		v.Action = action
	case function.SaidRetry:
		v.Action, v.Delay = action, retryDelay(record.Text)
	case function.SaidReject:
		v.Action, v.Reason = action, record.Text
	case function.Unsaid:
	}
}

// retryDelay reads a delay in milliseconds; "" is none given.
func retryDelay(text string) time.Duration {
	ms, err := strconv.ParseFloat(text, 64)
	if err != nil || ms < 0 {
		return -1
	}
	limit := float64(function.MaxRetryDelay / time.Millisecond)
	return time.Duration(min(ms, limit) * float64(time.Millisecond))
}
