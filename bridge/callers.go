package bridge

import (
	"crypto/sha256"
	"encoding/base64"
	"net/url"
	"strings"

	"github.com/isolane/isolane/jsruntime/function"
)

const (
	// maxCallers is the most that HeaderCallers has, in bytes; the first callers are left out
	// where it would be more. It is room for function.MaxDepth of the longest identities, so
	// that no chain that ctx makes loses one.
	maxCallers = 32 << 10
	// maxPlainKey is the longest key that stands in an identity as it is, once it is escaped.
	maxPlainKey = 48
)

// Identity names who calls, in HeaderCallers: a function, or the key of a keyed one behind a
// slash. What a header cannot carry is escaped as in a URL, and a long key stands as its
// digest behind an equals sign, which no escaped key begins with.
func Identity(name, key string) string {
	if key == "" {
		return name
	}
	plain := url.PathEscape(key)
	if len(plain) > maxPlainKey || plain[0] == '=' {
		sum := sha256.Sum256([]byte(key))
		plain = "=" + base64.RawURLEncoding.EncodeToString(sum[:16])
	}
	return name + "/" + plain
}

// Callers returns HeaderCallers of a call that identity makes, whose own headers are h.
func Callers(h function.Header, identity string) string {
	all := h.Get(HeaderCallers)
	if all == "" {
		return identity
	}
	all += "," + identity
	for len(all) > maxCallers {
		_, all, _ = strings.Cut(all, ",")
	}
	return all
}

// WaitedFor reports whether identity is among the callers that a HeaderCallers names.
func WaitedFor(callers, identity string) bool {
	for caller := range strings.SplitSeq(callers, ",") {
		if caller == identity {
			return true
		}
	}
	return false
}

// ReadCallers notes who waits for the answer to inv, whose headers are read.
func ReadCallers(inv *function.Invocation) {
	if inv.Header == nil {
		return
	}
	if inv.Depth = min(Hops(inv.Header), function.MaxDepth); inv.Depth == 0 {
		return
	}
	for caller := range strings.SplitSeq(Shorten(inv.Header.Get(HeaderCallers), maxCallers), ",") {
		name, _, _ := strings.Cut(caller, "/")
		inv.Recursive = inv.Recursive || name == inv.Function
	}
}
