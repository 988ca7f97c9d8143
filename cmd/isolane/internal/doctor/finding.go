package doctor

import "fmt"

// Status is how a check ended.
type Status string

// The statuses. With Warn a node runs, and may disappoint; with Fail it does not run, or not
// as configured.
const (
	OK   Status = "ok"
	Warn Status = "warn"
	Fail Status = "fail"
)

// Finding is what a check found.
type Finding struct {
	Check  string `json:"check"`
	Status Status `json:"status"`
	// Found is what there is.
	Found string `json:"found"`
	// Advice is what to do; "" with OK.
	Advice string `json:"advice,omitempty"`
}

func ok(check, format string, args ...any) Finding {
	return Finding{Check: check, Status: OK, Found: fmt.Sprintf(format, args...)}
}

// Worst is the worst status of findings; OK of none.
func Worst(findings []Finding) Status {
	worst := OK
	for _, f := range findings {
		if f.Status == Fail || f.Status == Warn && worst == OK {
			worst = f.Status
		}
	}
	return worst
}
