package webapi

import (
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/hkdf"
	"crypto/pbkdf2"
	"crypto/x509"
)

// maxPBKDF2 bounds the rounds of one PBKDF2, over all blocks of its output: it cannot be
// stopped on the way.
const maxPBKDF2 = 10_000_000

// derive makes Length bits out of a key.
func derive(req *cryptoRequest) ([]byte, error) {
	switch req.Name {
	case "PBKDF2":
		h, err := hashOf(req.Hash)
		if err != nil {
			return nil, err
		}
		blocks := (req.Length/8 + h.Size() - 1) / h.Size()
		if req.Iterations < 1 || req.Length%8 != 0 {
			return nil, operationError("crypto: PBKDF2 needs an iteration at least, and a length of whole bytes")
		}
		if req.Iterations > maxPBKDF2/max(blocks, 1) {
			return nil, operationError("crypto: PBKDF2 with %d iterations for %d bits is over %d rounds", req.Iterations, req.Length, maxPBKDF2)
		}
		if req.Length == 0 {
			return []byte{}, nil
		}
		return pbkdf2.Key(h.New, string(req.Key), req.Data, req.Iterations, req.Length/8)
	case "HKDF":
		h, err := hashOf(req.Hash)
		if err != nil {
			return nil, err
		}
		if req.Length%8 != 0 {
			return nil, operationError("crypto: HKDF needs a length of whole bytes")
		}
		return hkdf.Key(h.New, req.Key, req.Data, string(req.Info), req.Length/8)
	case "ECDH", "X25519":
		return agree(req)
	default:
		return nil, unsupported("crypto: nothing can be derived with %s", req.Name)
	}
}

// agree makes the secret that two keys have in common: all of it where Length is negative.
func agree(req *cryptoRequest) ([]byte, error) {
	private, err := x509.ParsePKCS8PrivateKey(req.Key)
	if err != nil {
		return nil, err
	}
	public, err := x509.ParsePKIXPublicKey(req.Peer)
	if err != nil {
		return nil, err
	}
	mine, err := agreeing(private)
	if err != nil {
		return nil, err
	}
	var theirs *ecdh.PublicKey
	switch k := public.(type) {
	case *ecdh.PublicKey:
		theirs = k
	case *ecdsa.PublicKey:
		if theirs, err = k.ECDH(); err != nil {
			return nil, err
		}
	}
	if theirs == nil || theirs.Curve() != mine.Curve() {
		return nil, &Error{Name: "InvalidAccessError", Message: "crypto: the public key is of another algorithm or curve"}
	}
	secret, err := mine.ECDH(theirs)
	if err != nil || req.Length < 0 {
		return secret, err
	}
	if req.Length > 8*len(secret) {
		return nil, operationError("crypto: %s gives %d bits, not %d", req.Name, 8*len(secret), req.Length)
	}
	secret = secret[:(req.Length+7)/8]
	trimBits(secret, req.Length)
	return secret, nil
}

func agreeing(private any) (*ecdh.PrivateKey, error) {
	switch k := private.(type) {
	case *ecdh.PrivateKey:
		return k, nil
	case *ecdsa.PrivateKey:
		return k.ECDH()
	default:
		return nil, operationError("crypto: the key cannot agree")
	}
}
