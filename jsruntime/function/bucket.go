package function

import (
	"fmt"
	"slices"
	"strings"
)

// maxBucket is the longest name of a bucket, in bytes.
const maxBucket = 128

// ReservedBucket reports whether a key-value bucket is the nodes' own: "isolane", and
// what begins with "isolane-" or "isolane_". No function can open one.
func ReservedBucket(bucket string) bool {
	rest, ok := strings.CutPrefix(bucket, "isolane")
	return ok && (rest == "" || rest[0] == '-' || rest[0] == '_')
}

// AllowsBucket reports whether ctx.kv may open the bucket: permissions.kv names it, and
// it is not the nodes' own.
func (p Permissions) AllowsBucket(bucket string) bool {
	return bucketProblem(bucket) == "" && slices.Contains(p.KV, bucket)
}

// BucketHint returns the line of a manifest that grants the bucket; "" where none can.
func BucketHint(bucket string) string {
	if bucketProblem(bucket) != "" {
		return ""
	}
	return fmt.Sprintf("permissions: { kv: [%q] }", bucket)
}

// bucketProblem says what is wrong with an entry of permissions.kv, or "".
func bucketProblem(bucket string) string {
	switch {
	case !bucketPattern.MatchString(bucket):
		return "a bucket's name is letters, digits, - and _"
	case len(bucket) > maxBucket:
		return fmt.Sprintf("a bucket's name has %d bytes at most", maxBucket)
	case ReservedBucket(bucket):
		return "the bucket is the nodes' own: no function can open it, nor one whose name begins with isolane- or isolane_"
	default:
		return ""
	}
}
