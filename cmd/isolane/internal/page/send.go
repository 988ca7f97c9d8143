package page

import (
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nuid"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/funclog"
	"github.com/isolane/isolane/cmd/isolane/internal/call"
)

const (
	// maxMessage bounds the message of the form, in bytes, and maxReply what is shown of the
	// reply.
	maxMessage = 1 << 20
	maxReply   = 64 << 10
	// linesPatience is how long the lines of a call that has ended are waited for: they come
	// by a queue of their own.
	linesPatience = 200 * time.Millisecond
)

// sentView is what came of a message from the form.
type sentView struct {
	Error    string // there was no reply
	Function string
	Reply    *call.Reply
	Body     string
	Cut      bool // the body is not shown whole, or is not text
	Lines    []funclog.Line
}

// send calls a function as any client may, and shows reply and console output.
func (p *Page) send(w http.ResponseWriter, r *http.Request) {
	r.Body = http.MaxBytesReader(w, r.Body, maxMessage+maxReply)
	v := sentView{Function: r.PathValue("name")}
	if err := r.ParseForm(); err != nil {
		v.Error = "the message is over 1 MiB, or the form cannot be read: use isolane invoke"
		show(r.Context(), w, http.StatusOK, sentPart(v))
		return
	}
	id := nuid.Next()
	reply, err := p.src.Send(r.Context(), call.Request{
		Function: v.Function, Rest: strings.TrimSpace(r.PostForm.Get("rest")), Payload: []byte(r.PostForm.Get("message")),
		Header: nats.Header{bridge.HeaderInvocation: {id}},
	})
	if err != nil {
		v.Error = err.Error()
		show(r.Context(), w, http.StatusOK, sentPart(v))
		return
	}
	v.Reply = reply
	v.Body, v.Cut = text(reply.Body)
	v.Lines = p.printed(r, v.Function, id)
	show(r.Context(), w, http.StatusOK, sentPart(v))
}

// text is what is shown of a body.
func text(body []byte) (shown string, cut bool) {
	if cut = len(body) > maxReply; cut {
		body = body[:maxReply]
	}
	if !utf8.Valid(body) {
		return strings.ToValidUTF8(string(body), "\uFFFD"), true
	}
	return string(body), cut
}

// printed are the lines of one call: this node's, or else those of whichever node ran it.
func (p *Page) printed(r *http.Request, function, id string) []funclog.Line {
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	end := time.After(linesPatience)
	of := func(lines []funclog.Line) (mine []funclog.Line) {
		for _, l := range lines {
			if l.Invocation == id {
				mine = append(mine, l)
			}
		}
		return mine
	}
	var mine []funclog.Line
	for {
		before := len(mine)
		mine = of(p.src.Lines(function, linesShown))
		if len(mine) > 0 && len(mine) == before {
			return mine // no more came meanwhile
		}
		select {
		case <-tick.C:
		case <-end:
			if len(mine) == 0 {
				mine = of(p.src.AllLines(r.Context(), function, linesShown))
			}
			return mine
		case <-r.Context().Done():
			return mine
		}
	}
}
