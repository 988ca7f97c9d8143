package lease

import (
	"crypto/rand"
	"encoding/json"
)

// record is what stands in the store; the first two fields are for people. Only
// whether the nonce is one's own is ever read back, so a record that cannot be read
// (another version's, garbage) is one that somebody else holds.
type record struct {
	Version int    `json:"version"`
	Holder  string `json:"holder"`
	// Nonce tells one Acquire from every other, over restarts of one holder too.
	Nonce string `json:"nonce"`
	// Beat is the number of the write, so that no two records are the same bytes.
	Beat uint64 `json:"beat"`
}

// identity is one Acquire's record, and the lease's that comes of it. It is used by one
// goroutine at a time.
type identity struct{ record }

func newIdentity(holder string) *identity {
	return &identity{record{Version: 1, Holder: holder, Nonce: rand.Text()}}
}

// next returns the bytes of the next write.
func (i *identity) next() []byte {
	i.Beat++
	value, err := json.Marshal(i.record)
	if err != nil {
		panic("lease: a record of strings and numbers cannot be encoded: " + err.Error())
	}
	return value
}

// wrote says whether value is one of this identity's writes.
func (i *identity) wrote(value []byte) bool {
	var other record
	return json.Unmarshal(value, &other) == nil && other.Nonce == i.Nonce
}

// holderOf is the holder that value names, for the log; empty if it cannot be read.
func holderOf(value []byte) string {
	var r record
	if json.Unmarshal(value, &r) != nil {
		return ""
	}
	return r.Holder
}
