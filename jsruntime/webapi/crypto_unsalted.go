package webapi

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"encoding/binary"

	"filippo.io/bigmod"
)

// RSA-PSS without a salt (RFC 8017, 8.1), for which crypto/rsa has no word: a length of 0 says
// something else to it. What remains without a salt has one encoding for each digest, and is then
// a number to the power of the key. That is done by bigmod, which is the code of crypto/rsa as a
// module of its own, and takes the same time whatever the key is.

// signUnsalted does not use the key's primes, and so no fault in that could tell one.
func signUnsalted(k *rsa.PrivateKey, h crypto.Hash, digest []byte) ([]byte, error) {
	encoded, err := encodeUnsalted(k.N.BitLen(), h, digest)
	if err != nil {
		return nil, err
	}
	modulus, message, err := numbers(&k.PublicKey, encoded)
	if err != nil {
		return nil, err
	}
	exponent := k.D.FillBytes(make([]byte, max(modulus.Size(), (k.D.BitLen()+7)/8)))
	signature := bigmod.NewNat().Exp(message, exponent, modulus)
	if bigmod.NewNat().ExpShortVarTime(signature, uint(k.E), modulus).Equal(message) != 1 {
		return nil, operationError("crypto: the parts of the RSA key do not belong together")
	}
	return signature.Bytes(modulus), nil
}

// verifyUnsalted has crypto/rsa verify key and signature, and then looks that there is no salt.
func verifyUnsalted(k *rsa.PublicKey, h crypto.Hash, digest, signature []byte) bool {
	if rsa.VerifyPSS(k, h, digest, signature, &rsa.PSSOptions{SaltLength: rsa.PSSSaltLengthAuto}) != nil {
		return false
	}
	want, err := encodeUnsalted(k.N.BitLen(), h, digest)
	if err != nil {
		return false
	}
	modulus, number, err := numbers(k, signature)
	if err != nil {
		return false
	}
	return bytes.Equal(want, bigmod.NewNat().ExpShortVarTime(number, uint(k.E), modulus).Bytes(modulus))
}

// numbers are those of a key and of what is to be computed with it.
func numbers(k *rsa.PublicKey, text []byte) (*bigmod.Modulus, *bigmod.Nat, error) {
	if k.N.Bit(0) == 0 || k.E < 2 {
		return nil, nil, operationError("crypto: this is no key of RSA")
	}
	modulus, err := bigmod.NewModulus(k.N.Bytes())
	if err != nil {
		return nil, nil, err
	}
	number, err := bigmod.NewNat().SetBytes(text, modulus)
	return modulus, number, err
}

// encodeUnsalted is EMSA-PSS-ENCODE (RFC 8017, 9.1.1) with no salt, as long as a modulus of bits.
func encodeUnsalted(bits int, h crypto.Hash, digest []byte) ([]byte, error) {
	bits-- // of what is encoded
	size := (bits + 7) / 8
	if size < h.Size()+2 {
		return nil, operationError("crypto: the RSA key is too short for a signature with this hash")
	}
	sum := h.New()
	sum.Write(make([]byte, 8))
	sum.Write(digest)
	seed := sum.Sum(nil)
	whole := make([]byte, bits/8+1) // as long as the modulus
	encoded := whole[len(whole)-size:]
	masked := encoded[:size-len(seed)-1]
	mask(masked, h, seed)
	masked[len(masked)-1] ^= 1
	masked[0] &= 0xff >> (8*size - bits)
	copy(encoded[len(masked):], seed)
	encoded[size-1] = 0xbc
	return whole, nil
}

// mask fills out by MGF1 (RFC 8017, B.2.1).
func mask(out []byte, h crypto.Hash, seed []byte) {
	for counter := uint32(0); len(out) > 0; counter++ {
		sum := h.New()
		sum.Write(seed)
		sum.Write(binary.BigEndian.AppendUint32(nil, counter))
		out = out[copy(out, sum.Sum(nil)):]
	}
}
