package webapi

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/rsa"
	"crypto/subtle"
	"crypto/x509"
	"encoding/binary"
	"math/big"
)

// encipher encrypts or decrypts.
func (a *API) encipher(req *cryptoRequest, in []byte) ([]byte, error) {
	encrypt := req.Op == "encrypt"
	if req.Name == "RSA-OAEP" {
		return a.oaep(req, encrypt, in)
	}
	block, err := aes.NewCipher(req.Key)
	if err != nil {
		return nil, err
	}
	switch req.Name {
	case "AES-GCM":
		return gcm(req, block, encrypt, in)
	case "AES-CBC":
		return cbc(req, block, encrypt, in)
	case "AES-CTR":
		return ctr(req, block, in)
	case "AES-KW":
		if encrypt {
			return wrapKey(block, in)
		}
		return unwrapKey(block, in)
	default:
		return nil, unsupported("crypto: %s cannot encrypt", req.Name)
	}
}

func (a *API) oaep(req *cryptoRequest, encrypt bool, in []byte) ([]byte, error) {
	h, err := hashOf(req.Hash)
	if err != nil {
		return nil, err
	}
	if encrypt {
		public, err := x509.ParsePKIXPublicKey(req.Key)
		if err != nil {
			return nil, err
		}
		k, ok := public.(*rsa.PublicKey)
		if !ok {
			return nil, operationError("crypto: the key is none of RSA-OAEP")
		}
		return rsa.EncryptOAEP(h.New(), a.cfg.Rand, k, in, req.Data)
	}
	private, err := x509.ParsePKCS8PrivateKey(req.Key)
	if err != nil {
		return nil, err
	}
	k, ok := private.(*rsa.PrivateKey)
	if !ok {
		return nil, operationError("crypto: the key is none of RSA-OAEP")
	}
	return rsa.DecryptOAEP(h.New(), nil, k, in, req.Data)
}

// gcm is Go's where that has the tag. A shorter one is the beginning of that of 128 bits (NIST SP
// 800-38D, 7.1), which Go has for ivs of all lengths.
func gcm(req *cryptoRequest, block cipher.Block, encrypt bool, in []byte) ([]byte, error) {
	const fullTag = 128
	if len(req.IV) == 0 {
		return nil, operationError("crypto: the iv of AES-GCM must not be empty")
	}
	if req.Tag < 32 || req.Tag > fullTag || req.Tag%8 != 0 {
		return nil, operationError("crypto: AES-GCM has no tag of %d bits", req.Tag)
	}
	aead, err := cipher.NewGCMWithNonceSize(block, len(req.IV))
	if err != nil {
		return nil, err
	}
	cut := (fullTag - req.Tag) / 8
	if encrypt {
		sealed := aead.Seal(nil, req.IV, in, req.Data)
		return sealed[:len(sealed)-cut], nil
	}
	if cut == 0 {
		return aead.Open(nil, req.IV, in, req.Data)
	}
	return openShort(req, aead, cut, in)
}

// openShort decrypts what has a tag without its last cut bytes. What GCM seals it XORs with a
// stream of the key and the iv alone, so that sealing once more gives back the text, and sealing
// that the whole tag.
func openShort(req *cryptoRequest, aead cipher.AEAD, cut int, in []byte) ([]byte, error) {
	size := len(in) - (aead.Overhead() - cut)
	if size < 0 {
		return nil, operationError("crypto: what AES-GCM decrypts is shorter than its tag")
	}
	plain := aead.Seal(nil, req.IV, in[:size], req.Data)[:size]
	sealed := aead.Seal(nil, req.IV, plain, req.Data)
	if subtle.ConstantTimeCompare(sealed[:len(in)], in) != 1 {
		return nil, operationError("crypto: AES-GCM cannot decrypt it: the key, the iv, the additional data or the tag is another one")
	}
	return plain, nil
}

// cbc pads as PKCS #7 does.
func cbc(req *cryptoRequest, block cipher.Block, encrypt bool, in []byte) ([]byte, error) {
	if len(req.IV) != aes.BlockSize {
		return nil, operationError("crypto: the iv of AES-CBC must have 16 bytes, not %d", len(req.IV))
	}
	if encrypt {
		pad := aes.BlockSize - len(in)%aes.BlockSize
		out := append(bytes.Clone(in), bytes.Repeat([]byte{byte(pad)}, pad)...)
		cipher.NewCBCEncrypter(block, req.IV).CryptBlocks(out, out)
		return out, nil
	}
	if len(in) == 0 || len(in)%aes.BlockSize != 0 {
		return nil, operationError("crypto: what AES-CBC decrypts must be whole blocks of 16 bytes")
	}
	out := make([]byte, len(in))
	cipher.NewCBCDecrypter(block, req.IV).CryptBlocks(out, in)
	pad := int(out[len(out)-1])
	good := subtle.ConstantTimeLessOrEq(1, pad) & subtle.ConstantTimeLessOrEq(pad, aes.BlockSize)
	for i := range aes.BlockSize {
		counts := subtle.ConstantTimeLessOrEq(i+1, pad)
		good &= subtle.ConstantTimeSelect(counts, subtle.ConstantTimeByteEq(out[len(out)-1-i], byte(pad)), 1)
	}
	if good != 1 {
		return nil, operationError("crypto: what AES-CBC decrypted has no padding")
	}
	return out[:len(out)-pad], nil
}

// ctr counts in the last Length bits of the counter alone.
func ctr(req *cryptoRequest, block cipher.Block, in []byte) ([]byte, error) {
	if len(req.IV) != aes.BlockSize || req.Length < 1 || req.Length > 128 {
		return nil, operationError("crypto: AES-CTR needs a counter of 16 bytes, and a length of 1 to 128 bits")
	}
	blocks := (len(in) + aes.BlockSize - 1) / aes.BlockSize
	size := new(big.Int).Lsh(big.NewInt(1), uint(req.Length))
	if size.Cmp(big.NewInt(int64(blocks))) < 0 {
		return nil, operationError("crypto: AES-CTR would use a counter twice")
	}
	start := new(big.Int).SetBytes(req.IV)
	low := new(big.Int).Mod(start, size)
	left := new(big.Int).Sub(size, low) // blocks until the counter wraps
	out := make([]byte, len(in))
	first := len(in)
	if left.Cmp(big.NewInt(int64(blocks))) < 0 {
		first = int(left.Int64()) * aes.BlockSize
	}
	cipher.NewCTR(block, req.IV).XORKeyStream(out[:first], in[:first])
	if first < len(in) {
		high := make([]byte, aes.BlockSize)
		start.Sub(start, low).FillBytes(high)
		cipher.NewCTR(block, high).XORKeyStream(out[first:], in[first:])
	}
	return out, nil
}

// keyWrapIV is the initial value of RFC 3394, 2.2.3.1.
var keyWrapIV = []byte{0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6, 0xa6}

// wrapKey is AES-KW (RFC 3394, 2.2.1).
func wrapKey(block cipher.Block, in []byte) ([]byte, error) {
	if len(in)%8 != 0 || len(in) < 16 {
		return nil, operationError("crypto: AES-KW wraps whole blocks of 8 bytes, two at least, not %d bytes", len(in))
	}
	n := len(in) / 8
	out := append(bytes.Clone(keyWrapIV), in...)
	buffer := make([]byte, aes.BlockSize)
	for t := range 6 * n {
		at := 8 * (t%n + 1)
		copy(buffer, out[:8])
		copy(buffer[8:], out[at:at+8])
		block.Encrypt(buffer, buffer)
		binary.BigEndian.PutUint64(out, binary.BigEndian.Uint64(buffer)^uint64(t+1))
		copy(out[at:], buffer[8:])
	}
	return out, nil
}

func unwrapKey(block cipher.Block, in []byte) ([]byte, error) {
	if len(in)%8 != 0 || len(in) < 24 {
		return nil, operationError("crypto: AES-KW unwraps whole blocks of 8 bytes, three at least, not %d bytes", len(in))
	}
	n := len(in)/8 - 1
	out := bytes.Clone(in)
	buffer := make([]byte, aes.BlockSize)
	for t := 6*n - 1; t >= 0; t-- {
		at := 8 * (t%n + 1)
		binary.BigEndian.PutUint64(buffer, binary.BigEndian.Uint64(out)^uint64(t+1))
		copy(buffer[8:], out[at:at+8])
		block.Decrypt(buffer, buffer)
		copy(out, buffer[:8])
		copy(out[at:], buffer[8:])
	}
	if subtle.ConstantTimeCompare(out[:8], keyWrapIV) != 1 {
		return nil, operationError("crypto: the wrapped key is not sound")
	}
	return out[8:], nil
}
