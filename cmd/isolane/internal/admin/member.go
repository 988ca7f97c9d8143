package admin

import "time"

// View is the membership as one node sees it.
type View struct {
	Node string `json:"node"`
	// Members are sorted by name; those that left or died not long ago are among them.
	Members []Member `json:"members"`
}

// Member is one member of the cluster, as the node that answers knows it.
type Member struct {
	Name string `json:"name"`
	// Address is where its gossip is reached, Remote where its calls are; "" for a node
	// that is alone.
	Address string `json:"address"`
	Remote  string `json:"remote"`
	Version string `json:"version"`
	// State is alive, suspect, left or dead; Since is since when, by the clock of who
	// answers.
	State string    `json:"state"`
	Since time.Time `json:"since"`
	// Draining: it takes no new work. Client: it never takes any.
	Draining bool `json:"draining"`
	Client   bool `json:"client"`
	// Weight is its part of the runtimes, Wanted its share of the wished total.
	Weight uint32 `json:"weight"`
	Wanted int    `json:"wanted"`
	// What follows is its own report, LoadAge old; all 0 and LoadAge -1 where none came.
	Runtimes     int     `json:"runtimes"`
	Room         int     `json:"room"`
	Inflight     int     `json:"inflight"`
	Queue        int     `json:"queue"`
	QueueDelayMS float64 `json:"queue_delay_ms"`
	// CPU is in cores, Memory in bytes resident.
	CPU       float64 `json:"cpu"`
	Memory    uint64  `json:"memory_bytes"`
	LoadAgeMS int64   `json:"load_age_ms"`
	// Breaker is closed, half-open or open: whether calls to it are made; "" for the node
	// itself and those that are never called.
	Breaker string `json:"breaker"`
}

// Begun says that a drain has begun, or why not.
type Begun struct {
	Node  string `json:"node"`
	Error string `json:"error,omitempty"`
}

// ScaleTo is how many shared runtimes a node is to have.
type ScaleTo struct {
	// N is the number; with Auto it is left to the node's load.
	N    int  `json:"n"`
	Auto bool `json:"auto"`
}

// Scaled says that a node changes its runtimes, or why not.
type Scaled struct {
	Node string `json:"node"`
	// From is how many it was to have before, To how many it is to have now.
	From  int    `json:"from"`
	To    int    `json:"to"`
	Auto  bool   `json:"auto"`
	Error string `json:"error,omitempty"`
}

// Health says whether a node serves.
type Health struct {
	Node string `json:"node"`
	// Ready is that nothing stands in NotReady.
	Ready    bool     `json:"ready"`
	NotReady []string `json:"not_ready"`
	// Members are those that are alive, the node included.
	Members int `json:"members"`
}

// Runtimes are the isolates of one node.
type Runtimes struct {
	Node string `json:"node"`
	// Follows says that the node is a member of a cluster that can have a wished total.
	Follows bool `json:"follows"`
	// Total is the wished total of the cluster, -1 where none is wished; Wanted is the
	// node's share of it.
	Total  int `json:"total"`
	Wanted int `json:"wanted"`
	// Auto says that the node's load decides how many are wanted.
	Auto  bool `json:"auto"`
	Queue int  `json:"queue"`
	// QueueDelayMS is how long calls wait to start.
	QueueDelayMS float64 `json:"queue_delay_ms"`
	// Spilled counts what was handed to a peer with room, Served what peers handed here,
	// Lost what a peer had when it died, and was answered crashed for that.
	Spilled  uint64    `json:"spilled"`
	Served   uint64    `json:"served"`
	Lost     uint64    `json:"lost"`
	Runtimes []Runtime `json:"runtimes"`
}

// Runtime is one isolate.
type Runtime struct {
	ID int `json:"id"`
	// Function is the only one that it serves; "" for a shared one.
	Function string `json:"function"`
	State    string `json:"state"`
	Inflight int    `json:"inflight"`
	// Generation counts its isolates, Restarts those that were lost, LastLoss says why
	// the last one was.
	Generation uint64 `json:"generation"`
	Restarts   int    `json:"restarts"`
	LastLoss   string `json:"last_loss"`
	// LostAt is when that was; the zero time where none was.
	LostAt time.Time `json:"lost_at,omitzero"`
}

// KeyChange is what to do to a key ring; without Action nothing.
type KeyChange struct {
	// Action is "", add, use or rm.
	Action string `json:"action"`
	// Key is the key itself. It travels in the request.
	Key []byte `json:"key"`
}

// Keys is the key ring of one node's gossip.
type Keys struct {
	Node string `json:"node"`
	// Fingerprints of the keys, the one that encrypts first; none: not encrypted.
	Fingerprints []string `json:"fingerprints"`
	Error        string   `json:"error,omitempty"`
}
