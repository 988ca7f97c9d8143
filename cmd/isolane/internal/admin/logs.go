package admin

import "github.com/isolane/isolane/bridge/funclog"

// LinesWanted says which lines are asked for.
type LinesWanted struct {
	// Function is whose; "" for all.
	Function string `json:"function"`
	// Lines is how many, at most.
	Lines int `json:"lines"`
}

// Lines are the newest that functions printed on a node, the oldest first.
type Lines struct {
	Node  string         `json:"node"`
	Lines []funclog.Line `json:"lines"`
	// Dropped counts those that were not published since the node began.
	Dropped uint64 `json:"dropped"`
}
