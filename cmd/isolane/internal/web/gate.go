package web

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"net"
	"net/http"
	"net/netip"
	"strings"

	"golang.org/x/time/rate"
)

const (
	// cookie is the name of the one that a browser shows after /login.
	cookie = "isolane"
	// loginsPerSecond is how many wrong tokens are looked at, of all callers together.
	loginsPerSecond = 5
)

// gate decides who gets to inner.
type gate struct {
	cfg   Config
	inner http.Handler
	// session is what the cookie has: it is of this process, and says nothing of the token.
	session string
	token   [sha256.Size]byte
	wrong   *rate.Limiter
}

func newGate(cfg Config, inner http.Handler) *gate {
	g := &gate{cfg: cfg, token: sha256.Sum256([]byte(cfg.Token)), wrong: rate.NewLimiter(loginsPerSecond, 4*loginsPerSecond)}
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // never fails
	mac := hmac.New(sha256.New, key)
	mac.Write(g.token[:])
	g.session = base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
	// A page of elsewhere can change nothing here, whatever cookies the browser has.
	g.inner = http.NewCrossOriginProtection().Handler(inner)
	return g
}

// routes adds what is behind the gate, and the gate's own form.
func (g *gate) routes(mux *http.ServeMux) {
	mux.Handle("/", g)
	if g.cfg.Token != "" {
		mux.HandleFunc("GET /login", g.form)
		mux.Handle("POST /login", http.NewCrossOriginProtection().Handler(http.HandlerFunc(g.login)))
	}
}

// ServeHTTP implements http.Handler.
func (g *gate) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	switch {
	case !g.cfg.guarded() && fromHere(r):
		g.inner.ServeHTTP(w, r)
	case !g.cfg.guarded():
		plain(w, http.StatusForbidden, "this node shows itself to its own machine alone: ask for it as 127.0.0.1 or localhost, or set http.token (docs/operations.md)\n")
	case g.known(r):
		g.inner.ServeHTTP(w, r)
	case g.bearer(r) != "" && !g.wrong.Allow():
		plain(w, http.StatusTooManyRequests, "too many wrong tokens: try again in a second\n")
	case g.cfg.Token != "" && r.Method == http.MethodGet && strings.Contains(r.Header.Get("Accept"), "text/html"):
		http.Redirect(w, r, "/login", http.StatusSeeOther)
	default:
		w.Header().Set("WWW-Authenticate", "Bearer")
		plain(w, http.StatusUnauthorized, "send the token (Authorization: Bearer ...), or show a client certificate\n")
	}
}

// secure sets what holds for every answer behind the gate. The policy has no exception for
// what stands in a page itself: neither scripts nor styles.
func secure(h http.Header) {
	h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
}

// known reports whether r shows who it is.
func (g *gate) known(r *http.Request) bool {
	if g.cfg.CA != "" && r.TLS != nil && len(r.TLS.VerifiedChains) > 0 {
		return true
	}
	if g.cfg.Token == "" {
		return false
	}
	if c, err := r.Cookie(cookie); err == nil && same(c.Value, g.session) {
		return true
	}
	given := g.bearer(r)
	return given != "" && g.is(given)
}

// bearer is the token that r sends, or "".
func (g *gate) bearer(r *http.Request) string {
	scheme, token, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return token
}

// is reports whether this is the token, in a time that tells nothing of it.
func (g *gate) is(given string) bool {
	sum := sha256.Sum256([]byte(given))
	return subtle.ConstantTimeCompare(sum[:], g.token[:]) == 1
}

func same(a, b string) bool { return subtle.ConstantTimeCompare([]byte(a), []byte(b)) == 1 }

// fromHere reports whether r comes from this machine and names it as such: a name that leads
// here by somebody else's DNS does not.
func fromHere(r *http.Request) bool {
	remote, err := netip.ParseAddrPort(r.RemoteAddr)
	if err != nil || !remote.Addr().Unmap().IsLoopback() {
		return false
	}
	host, _, err := net.SplitHostPort(r.Host)
	if err != nil {
		host = strings.Trim(r.Host, "[]")
	}
	addr, err := netip.ParseAddr(host)
	return host == "localhost" || err == nil && addr.Unmap().IsLoopback()
}
