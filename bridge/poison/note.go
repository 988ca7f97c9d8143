package poison

import (
	"encoding/json"
	"strconv"
)

// Note is what members remember of a message between its runs. The zero value is that of a
// message of which nothing is to be remembered.
type Note struct {
	// Forgiven is how many of its deliveries do not count.
	Forgiven int `json:"forgiven,omitempty"`
	// Kills are the isolates that it ended, MaxKills at most.
	Kills []Kill `json:"kills,omitempty"`
}

// Encode writes n: a number where there are no kills, as members of earlier versions do, and
// else an object, in which those see nothing that is forgiven.
func (n Note) Encode() ([]byte, error) {
	if len(n.Kills) == 0 {
		return []byte(strconv.Itoa(n.Forgiven)), nil
	}
	return json.Marshal(n)
}

// DecodeNote is the inverse. What was not written by Encode is an empty note.
func DecodeNote(data []byte) Note {
	if forgiven, err := strconv.Atoi(string(data)); err == nil {
		return Note{Forgiven: max(forgiven, 0)}
	}
	var n Note
	if err := json.Unmarshal(data, &n); err != nil {
		return Note{}
	}
	n.Forgiven = max(n.Forgiven, 0)
	n.Kills = n.Kills[:min(len(n.Kills), MaxKills)]
	for i, k := range n.Kills {
		n.Kills[i] = Kill{Isolate: clip(k.Isolate), Cause: clip(k.Cause)}
	}
	return n
}
