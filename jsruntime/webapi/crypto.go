package webapi

import (
	"context"
	"crypto"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/isolane/isolane/jsruntime/webapi/internal/threadtime"
)

// The words between js/parts/crypto and these files: JSON text, in which bytes that are
// short are written in base 16, with the data as bytes beside it. A key is what the JSON
// has under key: the bytes of a secret one, PKCS #8 of a private one, SubjectPublicKeyInfo
// of a public one. Go keeps none.

// cryptoRequest is what JavaScript asks of crypto.subtle.
type cryptoRequest struct {
	Op   string `json:"op"`
	Name string `json:"name"` // of the algorithm
	// Kind is secret, private or public: what Key is.
	Kind   string `json:"kind"`
	Key    hexed  `json:"key"`
	Peer   hexed  `json:"peer"` // the public key of the other side
	Format string `json:"format"`
	Hash   string `json:"hash"`
	Curve  string `json:"curve"`
	// Length is in bits: of a key, a counter, or of what is derived.
	Length     int   `json:"length"`
	Tag        int   `json:"tag"` // of AES-GCM, in bits
	Iterations int   `json:"iterations"`
	Salt       int   `json:"saltLength"`
	Exponent   hexed `json:"exponent"`
	IV         hexed `json:"iv"`
	Data       hexed `json:"data"` // additional data, label, salt
	Info       hexed `json:"info"`
	Signature  hexed `json:"signature"`
}

// cryptoKey is what JavaScript hears of a key. Its bytes are beside the answer; of a pair
// the private one's come first, and are Private long.
type cryptoKey struct {
	Kind     string `json:"kind"`
	Length   int    `json:"length"`
	Exponent string `json:"exponent"`
	Private  int    `json:"private"`
}

// hexed is bytes in base 16.
type hexed []byte

// UnmarshalText implements encoding.TextUnmarshaler.
func (h *hexed) UnmarshalText(text []byte) error {
	out, err := hex.AppendDecode(nil, text)
	*h = out
	return err
}

// cryptoOp runs the operation "crypto". It computes on a goroutine of its own, one at a
// time for each invocation, and what that takes is charged to it.
func (a *API) cryptoOp(ctx context.Context, scope *Scope, text string, in []byte) (string, []byte, error) {
	var req cryptoRequest
	if err := json.Unmarshal([]byte(text), &req); err != nil {
		return "", nil, &Error{Name: "DataError", Message: "crypto: the request cannot be read", Err: err}
	}
	select {
	case scope.computing <- struct{}{}:
		defer func() { <-scope.computing }()
	case <-ctx.Done():
		return "", nil, &Error{Name: "AbortError", Message: "crypto: the invocation is over", Err: ctx.Err()}
	}
	meter := threadtime.Start()
	defer meter.Stop()
	answer, out, err := a.compute(&req, in)
	scope.charge(meter.Lap())
	if err != nil {
		return "", nil, cryptoError(&req, err)
	}
	return answer, out, nil
}

func (a *API) compute(req *cryptoRequest, in []byte) (text string, out []byte, err error) {
	switch req.Op {
	case "digest":
		out, err = digest(req.Hash, in)
	case "generate":
		return a.generateKey(req)
	case "import":
		return importKey(req, in)
	case "export":
		return exportKey(req)
	case "sign":
		out, err = a.sign(req, in)
	case "verify":
		return verify(req, in)
	case "encrypt", "decrypt":
		out, err = a.encipher(req, in)
	case "derive":
		out, err = derive(req)
	default:
		return "", nil, unknownOp("crypto " + req.Op)
	}
	return "", out, err
}

// The errors that the Web Cryptography API names.
func operationError(format string, args ...any) *Error {
	return &Error{Name: "OperationError", Message: fmt.Sprintf(format, args...)}
}

func dataError(format string, args ...any) *Error {
	return &Error{Name: "DataError", Message: fmt.Sprintf(format, args...)}
}

func unsupported(format string, args ...any) *Error {
	return &Error{Name: "NotSupportedError", Message: fmt.Sprintf(format, args...)}
}

// cryptoError makes an OperationError of what Go's libraries say.
func cryptoError(req *cryptoRequest, err error) error {
	if known, ok := errors.AsType[*Error](err); ok {
		return known
	}
	return &Error{Name: "OperationError", Message: fmt.Sprintf("crypto: %s with %s failed", req.Op, req.Name), Err: err}
}

// hashOf returns the hash that the Web Cryptography API names so.
func hashOf(name string) (crypto.Hash, error) {
	switch name {
	case "SHA-1":
		return crypto.SHA1, nil
	case "SHA-256":
		return crypto.SHA256, nil
	case "SHA-384":
		return crypto.SHA384, nil
	case "SHA-512":
		return crypto.SHA512, nil
	default:
		return 0, unsupported("crypto: the hash %q is not supported", name)
	}
}

func digest(name string, in []byte) ([]byte, error) {
	h, err := hashOf(name)
	if err != nil {
		return nil, err
	}
	sum := h.New()
	sum.Write(in)
	return sum.Sum(nil), nil
}
