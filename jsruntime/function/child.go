package function

import (
	"crypto/sha256"
	"encoding/hex"
	"strconv"
)

// Sending is how an invocation began another one, as it stands in the other one's id.
type Sending string

// The kinds of Sending. Who asks by SentRequest or SentCall waits for the answer.
const (
	SentPublish Sending = "p"
	SentRequest Sending = "r"
	SentCall    Sending = "c"
)

// MaxID is the longest id of an invocation that a caller may give, in bytes.
const MaxID = 64

// ChildID is the id of the invocation that what parent sent may begin elsewhere, the ordinal-th of
// its kind, from 1: the parent's with a word more, or a digest of that where it would be longer than
// MaxID. It is the same in each attempt, and another one for each parent, kind and ordinal.
func ChildID(parent string, kind Sending, ordinal int) string {
	id := parent + "." + string(kind) + strconv.Itoa(ordinal)
	if len(id) <= MaxID {
		return id
	}
	sum := sha256.Sum256([]byte(id))
	return hex.EncodeToString(sum[:16])
}
