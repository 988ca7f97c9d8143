package webapi

import (
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/hmac"
	"crypto/rsa"
	"crypto/x509"
	"encoding/hex"
	"math/big"

	"golang.org/x/crypto/cryptobyte"
	"golang.org/x/crypto/cryptobyte/asn1"
)

func (a *API) sign(req *cryptoRequest, in []byte) ([]byte, error) {
	if req.Name == "HMAC" {
		return mac(req, in)
	}
	private, err := x509.ParsePKCS8PrivateKey(req.Key)
	if err != nil {
		return nil, err
	}
	if k, ok := private.(ed25519.PrivateKey); ok {
		return ed25519.Sign(k, in), nil
	}
	h, err := hashOf(req.Hash)
	if err != nil {
		return nil, err
	}
	sum, err := digest(req.Hash, in)
	if err != nil {
		return nil, err
	}
	switch k := private.(type) {
	case *rsa.PrivateKey:
		if req.Name == "RSA-PSS" {
			if req.Salt == 0 {
				return signUnsalted(k, h, sum)
			}
			return rsa.SignPSS(a.cfg.Rand, k, h, sum, &rsa.PSSOptions{SaltLength: req.Salt})
		}
		return rsa.SignPKCS1v15(a.cfg.Rand, k, h, sum)
	case *ecdsa.PrivateKey:
		der, err := ecdsa.SignASN1(a.cfg.Rand, k, sum)
		if err != nil {
			return nil, err
		}
		return fixedSignature(der, coordinateSize(k.Curve))
	default:
		return nil, unsupported("crypto: %s cannot sign", req.Name)
	}
}

// verify answers "true" or "false".
func verify(req *cryptoRequest, in []byte) (string, []byte, error) {
	ok, err := verified(req, in)
	if err != nil {
		return "", nil, err
	}
	if ok {
		return "true", nil, nil
	}
	return "false", nil, nil
}

func verified(req *cryptoRequest, in []byte) (bool, error) {
	if req.Name == "HMAC" {
		sum, err := mac(req, in)
		return hmac.Equal(sum, req.Signature), err
	}
	public, err := x509.ParsePKIXPublicKey(req.Key)
	if err != nil {
		return false, err
	}
	if k, ok := public.(ed25519.PublicKey); ok {
		return !smallOrder(k) && !smallOrder(req.Signature) && ed25519.Verify(k, in, req.Signature), nil
	}
	h, err := hashOf(req.Hash)
	if err != nil {
		return false, err
	}
	sum, err := digest(req.Hash, in)
	if err != nil {
		return false, err
	}
	switch k := public.(type) {
	case *rsa.PublicKey:
		if req.Name == "RSA-PSS" {
			if req.Salt == 0 {
				return verifyUnsalted(k, h, sum, req.Signature), nil
			}
			return rsa.VerifyPSS(k, h, sum, req.Signature, &rsa.PSSOptions{SaltLength: req.Salt}) == nil, nil
		}
		return rsa.VerifyPKCS1v15(k, h, sum, req.Signature) == nil, nil
	case *ecdsa.PublicKey:
		size := coordinateSize(k.Curve)
		if len(req.Signature) != 2*size {
			return false, nil
		}
		r, s := new(big.Int).SetBytes(req.Signature[:size]), new(big.Int).SetBytes(req.Signature[size:])
		return ecdsa.Verify(k, sum, r, s), nil
	default:
		return false, unsupported("crypto: %s cannot verify", req.Name)
	}
}

// smallOrder says of a point of Ed25519, which begins encoded, that it is one of the eight that have
// a small order, or is written as no point should be and one of them. A signature with one says
// nothing of what it signs (Web Cryptography API, 24.4.2).
func smallOrder(encoded []byte) bool {
	if len(encoded) < ed25519.PublicKeySize {
		return false
	}
	point := [ed25519.PublicKeySize]byte(encoded)
	point[len(point)-1] &= 0x7f // without its sign
	switch hex.EncodeToString(point[:]) {
	case "0000000000000000000000000000000000000000000000000000000000000000",
		"0100000000000000000000000000000000000000000000000000000000000000",
		"26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
		"c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
		"ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"edffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
		"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f":
		return true
	default:
		return false
	}
}

func mac(req *cryptoRequest, in []byte) ([]byte, error) {
	h, err := hashOf(req.Hash)
	if err != nil {
		return nil, err
	}
	m := hmac.New(h.New, req.Key)
	m.Write(in)
	return m.Sum(nil), nil
}

// fixedSignature makes two numbers of size bytes each of an ASN.1 signature.
func fixedSignature(der []byte, size int) ([]byte, error) {
	var r, s []byte
	input := cryptobyte.String(der)
	var inner cryptobyte.String
	if !input.ReadASN1(&inner, asn1.SEQUENCE) || !inner.ReadASN1Integer(&r) || !inner.ReadASN1Integer(&s) {
		return nil, operationError("crypto: the signature cannot be written")
	}
	out := make([]byte, 2*size)
	copy(out[size-len(r):], r)
	copy(out[2*size-len(s):], s)
	return out, nil
}
