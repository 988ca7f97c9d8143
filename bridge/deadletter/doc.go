// Package deadletter keeps the messages that a function will not be given again, in a
// JetStream stream of their own, with all that is needed to see why and to send them
// once more.
//
// A Letter is one such message: the payload and the headers as they were, how it
// ended, where it came from. Letter.Message makes it a NATS message, Read reads one.
// Box is the stream:
//
//	box, err := deadletter.Open(ctx, js, deadletter.DefaultConfig()) // made where there is none
//	err = box.Put(ctx, letter)      // returns when the server has stored it
//	for letter, err := range box.All(ctx, deadletter.Filter{Function: "pay"}) { ... }
//	err = box.Redrive(ctx, letter)  // to where it came from, then out of the box
//	err = box.Drop(ctx, letter.Number)
//
// A letter is put in before its message is given up, and taken out after it is back in
// its stream: what dies in between leaves a duplicate, never a loss. Message ids keep
// the duplicate out where the server still knows of the first (Config.Duplicates).
//
// A Box is safe for concurrent use and needs no closing.
package deadletter
