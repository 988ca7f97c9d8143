package gossip

import (
	"bytes"
	"fmt"

	"github.com/hashicorp/memberlist"
)

// CheckKey says whether key can encrypt: 16, 24 or 32 bytes (AES-128, -192, -256). The
// error never shows the key.
func CheckKey(key []byte) error {
	switch len(key) {
	case 16, 24, 32:
		return nil
	}
	return fmt.Errorf("a key has 16, 24 or 32 bytes; this one has %d (was it base64 that should have been decoded?)", len(key))
}

func newKeyring(keys [][]byte) (*memberlist.Keyring, error) {
	if len(keys) == 0 {
		return nil, nil //nolint:nilnil // no keys is no ring, which is what memberlist takes
	}
	own := make([][]byte, len(keys))
	for i, k := range keys {
		own[i] = bytes.Clone(k)
	}
	ring, err := memberlist.NewKeyring(own, own[0])
	if err != nil {
		return nil, fmt.Errorf("gossip: key ring: %w", err)
	}
	return ring, nil
}

// Keys are copies of the keys on the ring, the primary first; none: not encrypted.
func (g *Gossip) Keys() [][]byte {
	g.keyMu.Lock()
	defer g.keyMu.Unlock()
	if g.keyring == nil {
		return nil
	}
	ring := g.keyring.GetKeys()
	keys := make([][]byte, len(ring))
	for i, k := range ring {
		keys[i] = bytes.Clone(k)
	}
	return keys
}

// AddKey lets the node decrypt with key too. To rotate: AddKey at every member, then
// UseKey at every member, then RemoveKey of the old one. Adding a key that is there
// changes nothing.
func (g *Gossip) AddKey(key []byte) error {
	return g.changeKeys(key, func() error { return g.keyring.AddKey(bytes.Clone(key)) })
}

// UseKey encrypts with key from now on; ErrUnknownKey where it was not added.
func (g *Gossip) UseKey(key []byte) error {
	return g.changeKeys(key, func() error {
		if !g.hasKey(key) {
			return ErrUnknownKey
		}
		return g.keyring.UseKey(key)
	})
}

// RemoveKey takes key off the ring; ErrPrimaryKey where the node encrypts with it.
func (g *Gossip) RemoveKey(key []byte) error {
	return g.changeKeys(key, func() error {
		ring := g.keyring.GetKeys()
		switch {
		case !g.hasKey(key):
			return ErrUnknownKey
		case bytes.Equal(ring[0], key):
			return ErrPrimaryKey
		}
		// memberlist removes in place, in an array that others read without a lock at that
		// moment; in place nothing is written when the key is the last. Using each key
		// behind it once makes it so. A packet sent in between may be encrypted with one
		// of those, which every member should have; if not, it is lost and gossip repeats it.
		behind := false
		for _, k := range ring {
			if behind {
				if err := g.keyring.UseKey(k); err != nil {
					return err
				}
			}
			behind = behind || bytes.Equal(k, key)
		}
		if err := g.keyring.RemoveKey(key); err != nil {
			return err
		}
		return g.keyring.UseKey(ring[0])
	})
}

func (g *Gossip) changeKeys(key []byte, change func() error) error {
	g.keyMu.Lock()
	defer g.keyMu.Unlock()
	if g.keyring == nil {
		return ErrNotEncrypted
	}
	if err := CheckKey(key); err != nil {
		return fmt.Errorf("gossip: %w", err)
	}
	return change()
}

func (g *Gossip) hasKey(key []byte) bool {
	for _, k := range g.keyring.GetKeys() {
		if bytes.Equal(k, key) {
			return true
		}
	}
	return false
}
