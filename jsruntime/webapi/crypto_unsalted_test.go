package webapi

import (
	"bytes"
	"crypto"
	"crypto/rand"
	"crypto/rsa"
	"math/big"
	"testing"

	"github.com/stretchr/testify/require"
)

// TestUnsalted signs with keys of all remainders of their length, and compares with crypto/rsa,
// which verifies a signature with a salt of any length.
func TestUnsalted(t *testing.T) {
	for bits := 1024; bits < 1033; bits++ {
		k, err := rsa.GenerateKey(rand.Reader, bits)
		require.NoError(t, err)
		for name, h := range map[string]crypto.Hash{"SHA-1": crypto.SHA1, "SHA-256": crypto.SHA256, "SHA-512": crypto.SHA512} {
			digest, err := digest(name, []byte("message"))
			require.NoError(t, err)
			signature, err := signUnsalted(k, h, digest)
			require.NoError(t, err)
			require.Len(t, signature, k.Size())
			require.NoError(t, rsa.VerifyPSS(&k.PublicKey, h, digest, signature, nil), "%d bits, %s", bits, name)
			require.Error(t, rsa.VerifyPSS(&k.PublicKey, h, digest, signature, &rsa.PSSOptions{SaltLength: 1}))
			require.True(t, verifyUnsalted(&k.PublicKey, h, digest, signature))
			again, err := signUnsalted(k, h, digest)
			require.NoError(t, err)
			require.Equal(t, signature, again)

			salted, err := rsa.SignPSS(rand.Reader, k, h, digest, &rsa.PSSOptions{SaltLength: 1})
			require.NoError(t, err)
			require.False(t, verifyUnsalted(&k.PublicKey, h, digest, salted), "a salt of one byte is one")
			for i := range signature {
				changed := bytes.Clone(signature)
				changed[i] ^= 1
				require.False(t, verifyUnsalted(&k.PublicKey, h, digest, changed))
			}
			require.False(t, verifyUnsalted(&k.PublicKey, h, digest, append([]byte{0}, signature...)))
		}
	}
}

// TestUnsaltedKeysThatAreNone: keys that were never looked at end in an error, not in a panic.
func TestUnsaltedKeysThatAreNone(t *testing.T) {
	k, err := rsa.GenerateKey(rand.Reader, 1024)
	require.NoError(t, err)
	sum, err := digest("SHA-256", nil)
	require.NoError(t, err)
	even := new(big.Int).Add(k.N, big.NewInt(1))
	signature, err := signUnsalted(k, crypto.SHA256, sum)
	require.NoError(t, err)
	for name, public := range map[string]rsa.PublicKey{
		"even": {N: even, E: k.E}, "exponent 1": {N: k.N, E: 1}, "exponent 0": {N: k.N}, "short": {N: big.NewInt(15), E: 3},
	} {
		require.False(t, verifyUnsalted(&public, crypto.SHA256, sum, signature), name)
		_, err := signUnsalted(&rsa.PrivateKey{PublicKey: public, D: k.D}, crypto.SHA256, sum)
		require.Error(t, err, name)
	}
	_, err = signUnsalted(&rsa.PrivateKey{PublicKey: k.PublicKey, D: big.NewInt(3)}, crypto.SHA256, sum)
	require.ErrorContains(t, err, "do not belong together")
	sum, err = digest("SHA-512", nil)
	require.NoError(t, err)
	_, err = signUnsalted(&rsa.PrivateKey{PublicKey: rsa.PublicKey{N: new(big.Int).SetBit(big.NewInt(1), 520, 1), E: 3}, D: k.D}, crypto.SHA512, sum)
	require.ErrorContains(t, err, "too short")
}

func BenchmarkUnsalted(b *testing.B) {
	sum, err := digest("SHA-256", nil)
	require.NoError(b, err)
	k, err := rsa.GenerateKey(rand.Reader, 2048)
	require.NoError(b, err)
	for name, sign := range map[string]func() ([]byte, error){
		"unsalted": func() ([]byte, error) { return signUnsalted(k, crypto.SHA256, sum) },
		"salted": func() ([]byte, error) {
			return rsa.SignPSS(rand.Reader, k, crypto.SHA256, sum, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthEqualsHash})
		},
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				_, err := sign()
				require.NoError(b, err)
			}
		})
	}
}
