package admin

// Triggers are what one node takes from streams, and publishes for its functions at times.
type Triggers struct {
	Node     string    `json:"node"`
	Triggers []Trigger `json:"triggers"`
	// Schedules are the due times of all functions together.
	Schedules Schedules `json:"schedules"`
}

// Trigger is one consumer on a stream, as this node has it. What is counted is this node's
// part, since the trigger was set.
type Trigger struct {
	// Function is the one that runs; delayed messages are published by the node itself.
	Function string `json:"function"`
	// Kind is stream, schedule or delayed.
	Kind     string `json:"kind"`
	Stream   string `json:"stream"`
	Consumer string `json:"consumer"`
	// Fault is why it is not served now, "" where it is.
	Fault string `json:"fault"`
	// Held is how many messages the node has, of Window that it may have.
	Held        int               `json:"held"`
	Window      int               `json:"window"`
	Deliveries  uint64            `json:"deliveries"`
	Redelivered uint64            `json:"redeliveries"`
	Batches     uint64            `json:"batches"`
	Naks        uint64            `json:"naks"`
	DeadLetters uint64            `json:"dead_letters"`
	Unburied    uint64            `json:"dead_letters_failed"`
	Faults      uint64            `json:"faults"`
	Outcomes    map[string]uint64 `json:"outcomes"`
}

// Schedules is what a node does for the functions' schedules.
type Schedules struct {
	Kept  int    `json:"kept"`
	Fault string `json:"fault"`
	// Published and LeftOut count due times that this node dealt with.
	Published uint64 `json:"published"`
	LeftOut   uint64 `json:"left_out"`
}
