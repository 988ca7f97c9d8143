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
	// Durations are those of accepted calls since then; nil where there were none.
	Durations *Durations `json:"durations,omitempty"`
	// Source is folder or nats, and Revision that of the deploy; 0 for the folder.
	Source   string `json:"source"`
	Revision uint64 `json:"revision"`
	// Versions are those that are called: one, or two while the calls are split.
	Versions []Version `json:"versions"`
}

// Version is one version that a node serves.
type Version struct {
	Version string `json:"version"`
	// Percent is its part of the calls, Outcomes counts the answers of those that ran on it
	// since the node serves it.
	Percent  float64           `json:"percent"`
	Outcomes map[string]uint64 `json:"outcomes"`
}

// Broken is a function that cannot be served as it is.
type Broken struct {
	Name string `json:"name"`
	// Source is folder or nats; Version, where it is known, and Revision are those of the
	// deploy.
	Source   string `json:"source"`
	Version  string `json:"version,omitempty"`
	Revision uint64 `json:"revision"`
	// Error says why, with file and line where they are known. It may have lines.
	Error string `json:"error"`
}
