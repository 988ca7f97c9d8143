package remoting

import (
	"github.com/asynkron/protoactor-go/actor"

	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// process is how Proto.Actor sees every actor elsewhere.
type process struct{ session *Session }

var _ actor.Process = process{}

// resolve is the system's address resolver.
func (s *Session) resolve(*actor.PID) (actor.Process, bool) { return process{s}, true }

// SendUserMessage implements actor.Process. What cannot be sent is a dead letter.
func (p process) SendUserMessage(pid *actor.PID, message any) {
	header, content, sender := actor.UnwrapEnvelope(message)
	envelope, ok := content.(*isolanev1.Envelope)
	if !ok {
		p.dead(pid, content, sender)
		return
	}
	out := parcel{target: pid, sender: sender, failed: func(error) { p.dead(pid, content, sender) }}
	if header != nil {
		out.header = header.ToMap()
	}
	if err := p.session.send(out, envelope); err != nil {
		p.dead(pid, content, sender)
	}
}

// SendSystemMessage implements actor.Process. Actors elsewhere are not watched, nor
// stopped: a watcher is told at once that there is nobody.
func (p process) SendSystemMessage(pid *actor.PID, message any) { p.dead(pid, message, nil) }

// Stop implements actor.Process.
func (p process) Stop(pid *actor.PID) { p.dead(pid, &actor.Stop{}, nil) }

func (p process) dead(pid *actor.PID, message any, sender *actor.PID) {
	p.session.system.EventStream.Publish(&actor.DeadLetterEvent{PID: pid, Message: message, Sender: sender})
}
