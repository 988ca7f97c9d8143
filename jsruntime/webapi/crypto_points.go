package webapi

import (
	"crypto"
	"crypto/elliptic"
	"crypto/x509"
	"encoding/asn1"
	"math/big"
)

// Points of curves may be written with one coordinate and the sign of the other (SEC 1, 2.3.3).
// Go's keys read both coordinates alone.

// uncompressed is a point with both its coordinates; one that is not on the curve stays as it is,
// and is refused by who reads it.
func uncompressed(curve string, point []byte) []byte {
	var c elliptic.Curve
	switch curve {
	case "P-256":
		c = elliptic.P256()
	case "P-384":
		c = elliptic.P384()
	case "P-521":
		c = elliptic.P521()
	default:
		return point
	}
	if len(point) != 1+coordinateSize(c) || point[0] != 2 && point[0] != 3 {
		return point
	}
	x, y := elliptic.UnmarshalCompressed(c, point)
	if x == nil {
		return point
	}
	return bothCoordinates(c, x, y)
}

func bothCoordinates(c elliptic.Curve, x, y *big.Int) []byte {
	size := coordinateSize(c)
	out := make([]byte, 1+2*size)
	out[0] = 4
	x.FillBytes(out[1 : 1+size])
	y.FillBytes(out[1+size:])
	return out
}

// spkiPublic reads a SubjectPublicKeyInfo, whose point may be a compressed one.
func spkiPublic(req *cryptoRequest, in []byte) (crypto.PublicKey, error) {
	if req.Name != "ECDSA" && req.Name != "ECDH" {
		return x509.ParsePKIXPublicKey(in)
	}
	var info struct {
		Algorithm struct {
			Algorithm, Curve asn1.ObjectIdentifier
		}
		Point asn1.BitString
	}
	if rest, err := asn1.Unmarshal(in, &info); err != nil || len(rest) > 0 {
		return x509.ParsePKIXPublicKey(in) // which says what is wrong
	}
	point := uncompressed(req.Curve, info.Point.Bytes)
	if len(point) == len(info.Point.Bytes) {
		return x509.ParsePKIXPublicKey(in)
	}
	info.Point = asn1.BitString{Bytes: point, BitLength: 8 * len(point)}
	der, err := asn1.Marshal(info)
	if err != nil {
		return nil, err
	}
	return x509.ParsePKIXPublicKey(der)
}
