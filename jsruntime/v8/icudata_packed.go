//go:build packedicu && !rogchap

package v8

// Linked for its effect: ICU's data, unpacked when it is first used.
import _ "github.com/isolane/isolane/jsruntime/v8/icudata"
