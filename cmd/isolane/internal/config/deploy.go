package config

import (
	"regexp"
	"strings"
	"time"

	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/bridge/subject"
)

// DefaultFolder is the folder of functions where no other is named. It need not be there,
// where functions can be deployed.
const DefaultFolder = "functions"

// Deploy says where functions are deployed to.
type Deploy struct {
	// Bucket is the name of the key-value bucket and of the object store; "" serves the
	// folder alone.
	Bucket string `yaml:"bucket"`
	// Replicas of both in a NATS cluster, where the node makes them.
	Replicas int `yaml:"replicas"`
	// Sweep is how often one of the nodes deletes what deploys that were killed have left
	// behind; 0 leaves that to the next deploy.
	Sweep time.Duration `yaml:"sweep"`
}

func defaultDeploy() Deploy {
	return Deploy{Bucket: funcstore.DefaultBucket, Replicas: 1, Sweep: 24 * time.Hour}
}

var bucketName = regexp.MustCompile(`^[A-Za-z0-9_-]{1,64}$`)

func (c *checker) deploy(cfg Config) {
	if d := cfg.Deploy; d.Bucket != "" {
		if !bucketName.MatchString(d.Bucket) {
			c.fault([]string{"deploy.bucket"}, "%q: use letters, digits, - and _, at most 64", d.Bucket)
		}
		c.within("deploy.replicas", d.Replicas, 1, 5)
		if d.Sweep != 0 && d.Sweep < time.Minute {
			c.fault([]string{"deploy.sweep"}, "is %s: use 1m at least, or 0 for never", d.Sweep)
		}
	}
	if cfg.Functions == "" && cfg.Deploy.Bucket == "" {
		c.fault([]string{"functions", "deploy.bucket"}, "name no folder and no bucket: there would be nothing to serve")
	}
}

// logSubject demands a prefix of its own: what functions print must call none.
func (c *checker) logSubject(cfg Config) {
	prefix := cfg.Log.Subject
	if prefix == "" {
		return
	}
	c.wrap("log.subject", subject.ValidatePrefix(prefix))
	for _, taken := range []struct{ key, prefix string }{{"nats.prefix", cfg.NATS.Prefix}, {"", "isolane"}} {
		if strings.HasPrefix(prefix+".", taken.prefix+".") || strings.HasPrefix(taken.prefix+".", prefix+".") {
			keys := []string{"log.subject"}
			if taken.key != "" {
				keys = append(keys, taken.key)
			}
			c.fault(keys, "%q and %q begin alike, and what functions print must not be taken for calls: choose another", prefix, taken.prefix)
		}
	}
}
