package web

import (
	"net/http"
	"time"
)

// maxForm bounds the form of /login, in bytes.
const maxForm = 8 << 10

// form is where a browser gives the token.
func (g *gate) form(w http.ResponseWriter, _ *http.Request) {
	secure(w.Header())
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	_, _ = w.Write([]byte(loginPage))
}

const loginPage = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>Isolane</title></head>
<body><main><h1>Isolane</h1><form method="post" action="/login">
<p><label for="token">Token of this node (http.token)</label></p>
<p><input id="token" name="token" type="password" autocomplete="current-password" required autofocus> <button>Enter</button></p>
</form></main></body></html>
`

// login takes the token and gives the cookie.
func (g *gate) login(w http.ResponseWriter, r *http.Request) {
	secure(w.Header())
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	// Anybody may send this: not as slowly as he likes.
	_ = http.NewResponseController(w).SetReadDeadline(time.Now().Add(formTimeout))
	if err := r.ParseForm(); err != nil {
		plain(w, http.StatusBadRequest, "the form cannot be read\n")
		return
	}
	if !g.is(r.PostForm.Get("token")) {
		if !g.wrong.Allow() {
			plain(w, http.StatusTooManyRequests, "too many wrong tokens: try again in a second\n")
			return
		}
		plain(w, http.StatusUnauthorized, "that is not the token: it stands in the node's configuration, under http.token\n")
		return
	}
	http.SetCookie(w, &http.Cookie{ //nolint:gosec // Secure where the connection is
		Name: cookie, Value: g.session, Path: "/", HttpOnly: true, SameSite: http.SameSiteStrictMode, Secure: r.TLS != nil,
	})
	http.Redirect(w, r, "/", http.StatusSeeOther)
}
