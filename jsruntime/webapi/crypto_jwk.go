package webapi

import (
	"bytes"
	"crypto"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"math/big"
)

// jwk has what JSON Web Keys have (RFC 7517, 7518, 8037) but what JavaScript adds itself.
type jwk struct {
	Kty string `json:"kty"`
	Crv string `json:"crv,omitempty"`
	X   b64    `json:"x,omitempty"`
	Y   b64    `json:"y,omitempty"`
	D   b64    `json:"d,omitempty"`
	N   b64    `json:"n,omitempty"`
	E   b64    `json:"e,omitempty"`
	P   b64    `json:"p,omitempty"`
	Q   b64    `json:"q,omitempty"`
	DP  b64    `json:"dp,omitempty"`
	DQ  b64    `json:"dq,omitempty"`
	QI  b64    `json:"qi,omitempty"`
	// Oth would be further primes, which are not supported.
	Oth json.RawMessage `json:"oth,omitempty"`
}

// b64 is bytes in base64url without padding.
type b64 []byte

// MarshalText implements encoding.TextMarshaler.
func (b b64) MarshalText() ([]byte, error) {
	return base64.RawURLEncoding.AppendEncode(nil, b), nil
}

// UnmarshalText implements encoding.TextUnmarshaler.
func (b *b64) UnmarshalText(text []byte) error {
	out, err := base64.RawURLEncoding.AppendDecode(nil, text)
	*b = out
	return err
}

func importJWK(req *cryptoRequest, in []byte) (string, []byte, error) {
	var k jwk
	if err := json.Unmarshal(in, &k); err != nil {
		return "", nil, &Error{Name: "DataError", Message: "crypto: the JSON Web Key cannot be read", Err: err}
	}
	public, private, err := k.keys()
	if err != nil {
		return "", nil, &Error{Name: "DataError", Message: "crypto: the JSON Web Key is not sound", Err: err}
	}
	if !fits(req, public) {
		return "", nil, dataError("crypto: the JSON Web Key is none of %s %s", req.Name, req.Curve)
	}
	if private != nil {
		return privateAnswer(private)
	}
	return publicAnswer(public)
}

// keys returns the public key, and the private one or nil.
func (k *jwk) keys() (crypto.PublicKey, crypto.PrivateKey, error) {
	switch k.Kty {
	case "RSA":
		return k.rsa()
	case "EC":
		curve, err := curveOf(k.Crv)
		if err != nil {
			return nil, nil, err
		}
		point := append(append([]byte{4}, k.X...), k.Y...)
		public, err := curve.NewPublicKey(point)
		if err != nil || k.D == nil {
			return public, nil, err
		}
		private, err := curve.NewPrivateKey(k.D)
		if err != nil {
			return nil, nil, err
		}
		if !bytes.Equal(private.PublicKey().Bytes(), point) {
			return nil, nil, dataError("the private key is another one's")
		}
		return public, private, nil
	case "OKP":
		return k.okp()
	default:
		return nil, nil, dataError("kty %q is not supported", k.Kty)
	}
}

func (k *jwk) okp() (crypto.PublicKey, crypto.PrivateKey, error) {
	switch k.Crv {
	case "Ed25519":
		if len(k.X) != ed25519.PublicKeySize {
			return nil, nil, dataError("x must have %d bytes", ed25519.PublicKeySize)
		}
		if k.D == nil {
			return ed25519.PublicKey(k.X), nil, nil
		}
		if len(k.D) != ed25519.SeedSize {
			return nil, nil, dataError("d must have %d bytes", ed25519.SeedSize)
		}
		private := ed25519.NewKeyFromSeed(k.D)
		if !bytes.Equal(private[ed25519.SeedSize:], k.X) {
			return nil, nil, dataError("the private key is another one's")
		}
		return ed25519.PublicKey(k.X), private, nil
	case "X25519":
		public, err := ecdh.X25519().NewPublicKey(k.X)
		if err != nil || k.D == nil {
			return public, nil, err
		}
		private, err := ecdh.X25519().NewPrivateKey(k.D)
		if err == nil && !private.PublicKey().Equal(public) {
			err = dataError("the private key is another one's")
		}
		return public, private, err
	default:
		return nil, nil, dataError("crv %q is not supported", k.Crv)
	}
}

func (k *jwk) rsa() (crypto.PublicKey, crypto.PrivateKey, error) {
	if len(k.N) == 0 || len(k.N) > maxRSATaken/8 || len(k.E) == 0 || len(k.E) > 4 || k.Oth != nil {
		return nil, nil, dataError("n or e is missing or too long, or there are more than two primes")
	}
	public := &rsa.PublicKey{N: new(big.Int).SetBytes(k.N), E: int(new(big.Int).SetBytes(k.E).Int64())}
	if k.D == nil {
		return public, nil, nil
	}
	if k.P == nil || k.Q == nil || k.DP == nil || k.DQ == nil || k.QI == nil {
		return nil, nil, dataError("a private key needs p, q, dp, dq and qi")
	}
	private := &rsa.PrivateKey{
		PublicKey: *public, D: new(big.Int).SetBytes(k.D),
		Primes: []*big.Int{new(big.Int).SetBytes(k.P), new(big.Int).SetBytes(k.Q)},
	}
	if err := private.Validate(); err != nil {
		return nil, nil, err
	}
	private.Precompute()
	return &private.PublicKey, private, nil
}

func exportJWK(req *cryptoRequest) (string, error) {
	var private crypto.PrivateKey
	var public crypto.PublicKey
	var err error
	if req.Kind == "private" {
		if private, err = x509.ParsePKCS8PrivateKey(req.Key); err == nil {
			public, err = publicOf(private)
		}
	} else {
		public, err = x509.ParsePKIXPublicKey(req.Key)
	}
	if err != nil {
		return "", err
	}
	k, err := jwkOf(public, private)
	if err != nil {
		return "", err
	}
	text, err := json.Marshal(k)
	return string(text), err
}

func jwkOf(public crypto.PublicKey, private crypto.PrivateKey) (*jwk, error) {
	k := &jwk{}
	switch p := public.(type) {
	case *rsa.PublicKey:
		k.Kty, k.N, k.E = "RSA", p.N.Bytes(), big.NewInt(int64(p.E)).Bytes()
		if secret, ok := private.(*rsa.PrivateKey); ok {
			secret.Precompute()
			k.D, k.P, k.Q = secret.D.Bytes(), secret.Primes[0].Bytes(), secret.Primes[1].Bytes()
			k.DP, k.DQ, k.QI = secret.Precomputed.Dp.Bytes(), secret.Precomputed.Dq.Bytes(), secret.Precomputed.Qinv.Bytes()
		}
	case *ecdsa.PublicKey:
		point, err := p.Bytes()
		if err != nil {
			return nil, err
		}
		size := coordinateSize(p.Curve)
		k.Kty, k.Crv, k.X, k.Y = "EC", p.Curve.Params().Name, point[1:1+size], point[1+size:]
		if secret, ok := private.(*ecdsa.PrivateKey); ok {
			d, err := secret.Bytes()
			if err != nil {
				return nil, err
			}
			k.D = d
		}
	case ed25519.PublicKey:
		k.Kty, k.Crv, k.X = "OKP", "Ed25519", b64(p)
		if secret, ok := private.(ed25519.PrivateKey); ok {
			k.D = b64(secret.Seed())
		}
	case *ecdh.PublicKey:
		k.Kty, k.Crv, k.X = "OKP", "X25519", p.Bytes()
		if secret, ok := private.(*ecdh.PrivateKey); ok {
			k.D = secret.Bytes()
		}
	default:
		return nil, unsupported("crypto: %T has no format jwk", public)
	}
	return k, nil
}
