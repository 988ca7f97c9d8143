package webapi

import (
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	_ "crypto/sha1"   // hashOf names them
	_ "crypto/sha256" // hashOf names them
	_ "crypto/sha512" // hashOf names them
	"crypto/x509"
	"encoding/hex"
	"encoding/json"
	"io"
	"math/big"
)

// The least and the most bits of an RSA key that is made or taken.
const (
	minRSA      = 1024
	maxRSA      = 4096
	maxRSATaken = 16384
)

// generateKey makes a key, or a pair.
func (a *API) generateKey(req *cryptoRequest) (string, []byte, error) {
	switch req.Name {
	case "HMAC", "AES-CBC", "AES-CTR", "AES-GCM", "AES-KW":
		out := make([]byte, (req.Length+7)/8)
		if _, err := io.ReadFull(a.cfg.Rand, out); err != nil {
			return "", nil, err
		}
		trimBits(out, req.Length)
		return keyAnswer(cryptoKey{Kind: "secret", Length: req.Length}, out)
	}
	private, err := a.generatePrivate(req)
	if err != nil {
		return "", nil, err
	}
	return pairAnswer(private)
}

func (a *API) generatePrivate(req *cryptoRequest) (crypto.PrivateKey, error) {
	switch req.Name {
	case "RSASSA-PKCS1-v1_5", "RSA-PSS", "RSA-OAEP":
		if new(big.Int).SetBytes(req.Exponent).Cmp(big.NewInt(65537)) != 0 {
			return nil, operationError("crypto: the public exponent of a new RSA key must be 65537")
		}
		if req.Length < minRSA || req.Length > maxRSA {
			return nil, operationError("crypto: a new RSA key must have %d to %d bits, not %d", minRSA, maxRSA, req.Length)
		}
		return rsa.GenerateKey(a.cfg.Rand, req.Length)
	case "ECDSA", "ECDH":
		curve, err := curveOf(req.Curve)
		if err != nil {
			return nil, err
		}
		return curve.GenerateKey(a.cfg.Rand)
	case "Ed25519":
		_, private, err := ed25519.GenerateKey(a.cfg.Rand)
		return private, err
	case "X25519":
		return ecdh.X25519().GenerateKey(a.cfg.Rand)
	default:
		return nil, unsupported("crypto: keys of %q cannot be made", req.Name)
	}
}

// trimBits clears the bits of the last byte that are over length.
func trimBits(b []byte, length int) {
	if over := len(b)*8 - length; over > 0 && len(b) > 0 {
		b[len(b)-1] &= 0xff << over
	}
}

func keyAnswer(k cryptoKey, out []byte) (string, []byte, error) {
	text, err := json.Marshal(k)
	return string(text), out, err
}

// publicOf returns the public key of a private one.
func publicOf(private crypto.PrivateKey) (crypto.PublicKey, error) {
	known, ok := private.(interface{ Public() crypto.PublicKey })
	if !ok {
		return nil, dataError("crypto: %T is no private key", private)
	}
	return known.Public(), nil
}

func pairAnswer(private crypto.PrivateKey) (string, []byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", nil, err
	}
	public, err := publicOf(private)
	if err != nil {
		return "", nil, err
	}
	publicDER, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", nil, err
	}
	k := describeKey(public)
	k.Kind, k.Private = "pair", len(der)
	return keyAnswer(k, append(der, publicDER...))
}

// describeKey tells what JavaScript must know of a public key.
func describeKey(public crypto.PublicKey) cryptoKey {
	k, ok := public.(*rsa.PublicKey)
	if !ok {
		return cryptoKey{}
	}
	return cryptoKey{Length: k.N.BitLen(), Exponent: hex.EncodeToString(big.NewInt(int64(k.E)).Bytes())}
}

func privateAnswer(private crypto.PrivateKey) (string, []byte, error) {
	der, err := x509.MarshalPKCS8PrivateKey(private)
	if err != nil {
		return "", nil, err
	}
	public, err := publicOf(private)
	if err != nil {
		return "", nil, err
	}
	k := describeKey(public)
	k.Kind = "private"
	return keyAnswer(k, der)
}

func publicAnswer(public crypto.PublicKey) (string, []byte, error) {
	der, err := x509.MarshalPKIXPublicKey(public)
	if err != nil {
		return "", nil, err
	}
	k := describeKey(public)
	k.Kind = "public"
	return keyAnswer(k, der)
}

func curveOf(name string) (ecdh.Curve, error) {
	switch name {
	case "P-256":
		return ecdh.P256(), nil
	case "P-384":
		return ecdh.P384(), nil
	case "P-521":
		return ecdh.P521(), nil
	default:
		return nil, unsupported("crypto: the curve %q is not supported", name)
	}
}

// fits reports whether a key is one of the algorithm's, and of its curve.
func fits(req *cryptoRequest, public crypto.PublicKey) bool {
	switch k := public.(type) {
	case *rsa.PublicKey:
		return (req.Name == "RSASSA-PKCS1-v1_5" || req.Name == "RSA-PSS" || req.Name == "RSA-OAEP") && k.N.BitLen() <= maxRSATaken
	case *ecdsa.PublicKey:
		return (req.Name == "ECDSA" || req.Name == "ECDH") && k.Curve.Params().Name == req.Curve
	case ed25519.PublicKey:
		return req.Name == "Ed25519"
	case *ecdh.PublicKey:
		if k.Curve() == ecdh.X25519() {
			return req.Name == "X25519"
		}
		curve, err := curveOf(req.Curve)
		return err == nil && (req.Name == "ECDSA" || req.Name == "ECDH") && k.Curve() == curve
	default:
		return false
	}
}

// importKey takes a key in any format, and gives it back as JavaScript keeps it.
func importKey(req *cryptoRequest, in []byte) (string, []byte, error) {
	var public crypto.PublicKey
	var private crypto.PrivateKey
	var err error
	switch req.Format {
	case "jwk":
		return importJWK(req, in)
	case "raw":
		public, err = rawPublic(req, in)
	case "spki":
		public, err = spkiPublic(req, in)
	case "pkcs8":
		if private, err = x509.ParsePKCS8PrivateKey(in); err == nil {
			public, err = publicOf(private)
		}
	default:
		return "", nil, unsupported("crypto: keys of %s have no format %q", req.Name, req.Format)
	}
	if err != nil {
		if known, ok := err.(*Error); ok { //nolint:errorlint // it is our own, as it is
			return "", nil, known
		}
		return "", nil, &Error{Name: "DataError", Message: "crypto: the key cannot be read", Err: err}
	}
	if !fits(req, public) {
		return "", nil, dataError("crypto: the key is none of %s %s", req.Name, req.Curve)
	}
	if private != nil {
		return privateAnswer(private)
	}
	return publicAnswer(public)
}

func rawPublic(req *cryptoRequest, in []byte) (crypto.PublicKey, error) {
	switch req.Name {
	case "ECDSA", "ECDH":
		curve, err := curveOf(req.Curve)
		if err != nil {
			return nil, err
		}
		return curve.NewPublicKey(uncompressed(req.Curve, in))
	case "X25519":
		return ecdh.X25519().NewPublicKey(in)
	case "Ed25519":
		if len(in) != ed25519.PublicKeySize {
			return nil, dataError("crypto: a public key of Ed25519 has %d bytes, not %d", ed25519.PublicKeySize, len(in))
		}
		return ed25519.PublicKey(in), nil
	default:
		return nil, unsupported("crypto: keys of %s have no format raw", req.Name)
	}
}

// exportKey writes a key in a format that is not the one in which it is kept.
func exportKey(req *cryptoRequest) (string, []byte, error) {
	if req.Format == "jwk" {
		text, err := exportJWK(req)
		return text, nil, err
	}
	public, err := x509.ParsePKIXPublicKey(req.Key)
	if err != nil || req.Format != "raw" {
		return "", nil, unsupported("crypto: a key of %s has no format %q", req.Name, req.Format)
	}
	switch k := public.(type) {
	case *ecdsa.PublicKey:
		point, err := k.Bytes()
		return "", point, err
	case ed25519.PublicKey:
		return "", k, nil
	case *ecdh.PublicKey:
		return "", k.Bytes(), nil
	default:
		return "", nil, unsupported("crypto: keys of %s have no format raw", req.Name)
	}
}

// coordinateSize is the length of a number of a curve, in bytes.
func coordinateSize(c elliptic.Curve) int { return (c.Params().BitSize + 7) / 8 }
