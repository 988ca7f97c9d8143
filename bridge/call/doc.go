// Package call is what is said when one function calls a method of another one's key: the
// subject, the request and its answers, as messages of NATS.
//
//	msg := call.Message("isolane", asked, header)    // what a caller sends
//	inv, fault := call.Read("order", msg, now)       // what the holder of the key makes of it
//	reply := call.Reply(inv, res, maxPayload)        // its answer
//	answer, sign, err := call.ReadReply(reply)       // what the caller makes of that
//
// Nothing in here waits or runs: bridge/hostnats calls, bridge/stream takes calls. All of it is
// pure and safe for concurrent use; messages belong to who made them.
package call
