package authority

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestWhatItSignsIsTrusted(t *testing.T) {
	dir := t.TempDir()
	a, err := New(dir, "ours")
	require.NoError(t, err)
	other, err := New(dir, "theirs")
	require.NoError(t, err)
	cert, key, err := a.Issue("n1", "127.0.0.1")
	require.NoError(t, err)
	pair, err := tls.LoadX509KeyPair(cert, key)
	require.NoError(t, err)
	for _, usage := range []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth} {
		for file, want := range map[string]bool{a.CA: true, other.CA: false} {
			pem, err := os.ReadFile(file)
			require.NoError(t, err)
			pool := x509.NewCertPool()
			require.True(t, pool.AppendCertsFromPEM(pem))
			_, err = pair.Leaf.Verify(x509.VerifyOptions{Roots: pool, DNSName: "127.0.0.1", KeyUsages: []x509.ExtKeyUsage{usage}})
			require.Equal(t, want, err == nil, "%s: %v", file, err)
		}
	}
	_, _, err = a.Issue("n2", "localhost")
	require.ErrorContains(t, err, "no IP address")
}
