package doctor

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

// Doctor has what the checks need.
type Doctor struct {
	System System
	// Timeout bounds what is asked of NATS.
	Timeout time.Duration
	// Running says that the node runs: its ports are to be taken.
	Running bool
}

// Examine makes every check, in their order. loaded is the configuration and err what
// loading it said; what is wrong in it has its default for the other checks. It blocks for
// Timeout at most.
func (d *Doctor) Examine(ctx context.Context, loaded *config.Loaded, err error) []Finding {
	c := loaded.Config
	findings := settings(loaded, err)
	findings = append(findings, folder(c))
	findings = append(findings, d.nats(ctx, c)...)
	findings = append(findings, d.files(), d.memory(c), d.cpu(c))
	findings = append(findings, d.disk(c)...)
	return append(findings, d.ports(ctx, c)...)
}

// settings tells of faults and warnings of the configuration.
func settings(loaded *config.Loaded, err error) []Finding {
	const check = "configuration"
	if err != nil {
		return []Finding{{Check: check, Status: Fail, Found: err.Error(), Advice: "mend what is named; \"isolane config\" shows where each value is from"}}
	}
	var findings []Finding
	for _, w := range loaded.Warnings {
		findings = append(findings, Finding{Check: check, Status: Warn, Found: w, Advice: "look whether it is meant; \"isolane config\" shows where each value is from"})
	}
	if len(findings) == 0 {
		from := loaded.File
		if from == "" {
			from = "no file"
		}
		findings = append(findings, ok(check, "in order, %s", from))
	}
	return findings
}

// folder looks at the folder of functions.
func folder(c config.Config) Finding {
	const check = "functions"
	if c.Functions == "" {
		return ok(check, "no folder: those that are deployed are served")
	}
	info, err := os.Stat(c.Functions)
	switch {
	case err == nil && info.IsDir():
		return ok(check, "the folder %s", c.Functions)
	case errors.Is(err, os.ErrNotExist):
		return Finding{Check: check, Status: Warn, Found: c.Functions + " is not there", Advice: "\"isolane init NAME --dir " + c.Functions + "\" makes it; without it those that are deployed are served"}
	case err != nil:
		return Finding{Check: check, Status: Fail, Found: err.Error(), Advice: "let the node read it, or name another with --functions"}
	}
	return Finding{Check: check, Status: Fail, Found: fmt.Sprintf("%s is no folder", c.Functions), Advice: "name the folder of functions with --functions"}
}
