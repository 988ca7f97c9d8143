package gossip

import (
	"errors"
	"fmt"
)

var (
	// ErrNameTaken says: another live node has this node's name. The node has stopped; the
	// other goes on.
	ErrNameTaken = errors.New("gossip: another live member has this name; give each node a name of its own")
	// ErrClosed says: the Gossip was closed, has left, or has failed.
	ErrClosed = errors.New("gossip: closed")
	// ErrUnknownMember says: no member of that name is alive.
	ErrUnknownMember = errors.New("gossip: no such member alive")
	// ErrTooLarge says: a message is over Config.MaxMessage.
	ErrTooLarge = errors.New("gossip: message too large")
	// ErrNotEncrypted says: the gossip was started without keys, and cannot be given any live.
	ErrNotEncrypted = errors.New("gossip: started without keys; encryption cannot be switched on live")
	// ErrUnknownKey says: the key is not on the ring.
	ErrUnknownKey = errors.New("gossip: the key is not on the ring; add it first")
	// ErrPrimaryKey says: the primary key cannot be removed.
	ErrPrimaryKey = errors.New("gossip: the key encrypts what is sent; use another key before it is removed")

	errMalformed = errors.New("gossip: malformed bytes")
)

// MetaError says that what a member announces of itself does not fit: the announcement
// has MaxMeta bytes. Nothing was changed.
type MetaError struct{ Size, Limit int }

func (e *MetaError) Error() string {
	return fmt.Sprintf("gossip: the announcement (system id, remote address, kinds, version) takes %d bytes, %d fit: "+
		"use fewer or shorter kinds, or a shorter address", e.Size, e.Limit)
}
