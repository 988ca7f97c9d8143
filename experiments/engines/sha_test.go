package engines

import (
	"crypto/sha256"
	"encoding/hex"
)

// shaOfKernel is what the kernel computes.
func shaOfKernel() string {
	data := make([]byte, 4096)
	for i := range data {
		data[i] = byte(i)
	}
	sum := sha256.Sum256(data)
	return hex.EncodeToString(sum[:])
}
