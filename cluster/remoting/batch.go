package remoting

import (
	"context"
	"slices"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/asynkron/protoactor-go/remote"
	"google.golang.org/protobuf/proto"

	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

// maxBatch is how many parcels go out in one message.
const maxBatch = 256

// envelopeName is the one type that crosses.
var envelopeName = string((*isolanev1.Envelope)(nil).ProtoReflect().Descriptor().FullName())

// write sends what is in the queue, as much at once as there is, until the endpoint's
// context ends. It returns why.
func (e *endpoint) write(stream remote.Remoting_ReceiveClient) error {
	limit := e.session.remote.cfg.MaxMessage
	var held *parcel // did not fit into the last batch
	for {
		var batch []parcel
		var size int
		if held != nil {
			batch, size, held = []parcel{*held}, len(held.body), nil
		} else {
			select {
			case p := <-e.queue:
				batch, size = []parcel{p}, len(p.body)
			case <-e.ctx.Done():
				return context.Cause(e.ctx)
			}
		}
	fill:
		for len(batch) < maxBatch {
			select {
			case p := <-e.queue:
				if size+len(p.body) > limit {
					held = &p
					break fill
				}
				batch, size = append(batch, p), size+len(p.body)
			default:
				break fill
			}
		}
		batch = slices.DeleteFunc(batch, func(p parcel) bool { return !p.taken() })
		if len(batch) == 0 {
			continue
		}
		if err := stream.Send(pack(batch)); err != nil {
			for _, p := range batch {
				p.fail(ErrUncertain)
			}
			if held != nil {
				held.fail(ErrUnreachable)
			}
			if cause := context.Cause(e.ctx); cause != nil {
				err = cause
			}
			return err
		}
	}
}

// pack builds Proto.Actor's batch, which names each type and actor once.
func pack(parcels []parcel) *remote.RemoteMessage {
	batch := &remote.MessageBatch{TypeNames: []string{envelopeName}, Envelopes: make([]*remote.MessageEnvelope, 0, len(parcels))}
	targets, senders := map[string]int32{}, map[string]int32{}
	index := func(seen map[string]int32, list *[]*actor.PID, pid *actor.PID) int32 {
		key := pid.Address + "/" + pid.Id
		i, ok := seen[key]
		if !ok {
			i = int32(len(*list)) //nolint:gosec // at most maxBatch
			seen[key] = i
			*list = append(*list, &actor.PID{Address: pid.Address, Id: pid.Id})
		}
		return i
	}
	for _, p := range parcels {
		m := &remote.MessageEnvelope{MessageData: p.body, Target: index(targets, &batch.Targets, p.target), TargetRequestId: p.target.RequestId}
		if p.sender != nil {
			m.Sender = index(senders, &batch.Senders, p.sender) + 1 // 0 is nobody
			m.SenderRequestId = p.sender.RequestId
		}
		if len(p.header) > 0 {
			m.MessageHeader = &remote.MessageHeader{HeaderData: p.header}
		}
		batch.Envelopes = append(batch.Envelopes, m)
	}
	return &remote.RemoteMessage{MessageType: &remote.RemoteMessage_MessageBatch{MessageBatch: batch}}
}

// unpack calls deliver with each envelope of a batch, and unknown with the name of each
// type that does not cross. An error means that the batch breaks the protocol.
func unpack(batch *remote.MessageBatch, deliver func(target, sender *actor.PID, header map[string]string, e *isolanev1.Envelope), unknown func(name string)) error {
	for _, m := range batch.GetEnvelopes() {
		name, ok := at(batch.GetTypeNames(), m.GetTypeId())
		if !ok {
			return errBatch
		}
		if name != envelopeName || m.GetSerializerId() != 0 {
			unknown(name)
			continue
		}
		target, ok := at(batch.GetTargets(), m.GetTarget())
		if !ok || target == nil {
			return errBatch
		}
		var sender *actor.PID
		if m.GetSender() != 0 {
			from, ok := at(batch.GetSenders(), m.GetSender()-1)
			if !ok || from == nil {
				return errBatch
			}
			sender = &actor.PID{Address: from.Address, Id: from.Id, RequestId: m.GetSenderRequestId()}
		}
		envelope := new(isolanev1.Envelope)
		if err := proto.Unmarshal(m.GetMessageData(), envelope); err != nil {
			return errBatch
		}
		deliver(&actor.PID{Id: target.Id, RequestId: m.GetTargetRequestId()}, sender, m.GetMessageHeader().GetHeaderData(), envelope)
	}
	return nil
}

func at[T any](list []T, i int32) (T, bool) {
	var zero T
	if i < 0 || int(i) >= len(list) {
		return zero, false
	}
	return list[i], true
}
