//go:build packedicu && !rogchap

package icudata

import (
	"bytes"
	"compress/gzip"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUnpack(t *testing.T) {
	var file bytes.Buffer
	w := gzip.NewWriter(&file)
	_, err := w.Write([]byte("data"))
	require.NoError(t, err)
	require.NoError(t, w.Close())
	data, err := unpack(file.Bytes())
	require.NoError(t, err)
	require.Equal(t, "data", string(data))
	whole := file.Bytes()
	damaged := bytes.Clone(whole)
	damaged[len(damaged)-8] ^= 1 // the sum
	for name, file := range map[string][]byte{
		"empty": nil, "cut": whole[:len(whole)-1], "short": whole[:3], "no gzip": []byte("none of it"), "damaged": damaged,
	} {
		_, err := unpack(file)
		require.Error(t, err, name)
	}
}
