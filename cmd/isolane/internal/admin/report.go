package admin

import "time"

// Report is what a node tells about its functions.
type Report struct {
	Node string `json:"node"`
	// Runtimes is the number of isolates.
	Runtimes int `json:"runtimes"`
	// Functions are those that are served, sorted by name.
	Functions []Function `json:"functions"`
	// Broken are those whose files as they are now cannot be served; the version
	// before, where there is one, stands in Functions.
	Broken []Broken `json:"broken"`
}

// Function is one function that a node serves.
type Function struct {
	Name      string    `json:"name"`
	Version   string    `json:"version"`
	Isolation string    `json:"isolation"`
	Since     time.Time `json:"since"`
	// Outcomes counts the answers since the node began.
	Outcomes map[string]uint64 `json:"outcomes"`
}

// Broken is a function that cannot be served as it is.
type Broken struct {
	Name string `json:"name"`
	// Error says why, with file and line where they are known. It may have lines.
	Error string `json:"error"`
}
