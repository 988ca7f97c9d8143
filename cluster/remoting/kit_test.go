package remoting

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"log/slog"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/stretchr/testify/require"

	isolanev1 "github.com/isolane/isolane/proto/isolane/v1"
)

const patience = 2 * time.Minute

// end is one actor system on one port, with an actor "box" that keeps what arrives.
type end struct {
	remote  *Remote
	session *Session
	system  *actor.ActorSystem
	got     chan *isolanev1.Envelope
	lost    chan string
}

func newEnd(tb testing.TB, cfg Config, log *slog.Logger) *end {
	tb.Helper()
	if log == nil {
		log = slog.New(slog.DiscardHandler)
	}
	r, err := Listen(context.Background(), cfg, log)
	require.NoError(tb, err)
	e := &end{remote: r, got: make(chan *isolanev1.Envelope, 1000), lost: make(chan string, 10)}
	e.attach(tb)
	tb.Cleanup(r.Close)
	return e
}

func (e *end) attach(tb testing.TB) {
	tb.Helper()
	e.system = actor.NewActorSystem(actor.WithLoggerFactory(func(*actor.ActorSystem) *slog.Logger { return slog.New(slog.DiscardHandler) }),
		actor.WithDeadLetterThrottleInterval(time.Millisecond))
	var err error
	e.session, err = e.remote.Attach(e.system, Events{Lost: func(address string, _ error) { e.lost <- address }})
	require.NoError(tb, err)
	_, err = e.system.Root.SpawnNamed(actor.PropsFromFunc(func(c actor.Context) {
		if m, ok := c.Message().(*isolanev1.Envelope); ok {
			e.got <- m
		}
	}), "box")
	require.NoError(tb, err)
}

func (e *end) box() *actor.PID { return actor.NewPID(e.remote.Address(), "box") }

func await[T any](tb testing.TB, ch <-chan T) T {
	tb.Helper()
	select {
	case v := <-ch:
		return v
	case <-time.After(patience):
		tb.Fatal("nothing came")
		panic("unreachable")
	}
}

// authority makes certificates into files.
type authority struct {
	key  *ecdsa.PrivateKey
	cert *x509.Certificate
	file string
}

func newAuthority(t *testing.T) *authority {
	t.Helper()
	a := &authority{}
	var err error
	a.key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "a test's CA"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &a.key.PublicKey, a.key)
	require.NoError(t, err)
	a.cert, err = x509.ParseCertificate(der)
	require.NoError(t, err)
	a.file = filepath.Join(t.TempDir(), "ca.pem")
	replace(t, a.file, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	return a
}

// member makes files of a member's own: its certificate, and the authority.
func (a *authority) member(t *testing.T) *TLS {
	t.Helper()
	dir := t.TempDir()
	files := &TLS{CA: filepath.Join(dir, "ca.pem"), Cert: filepath.Join(dir, "member.pem"), Key: filepath.Join(dir, "member.key")}
	a.issue(t, files, time.Now().Add(time.Hour))
	a.trust(t, files)
	return files
}

// trust writes the authorities that a member believes.
func (a *authority) trust(t *testing.T, files *TLS, others ...*authority) {
	t.Helper()
	var all []byte
	for _, each := range append([]*authority{a}, others...) {
		pem, err := os.ReadFile(each.file)
		require.NoError(t, err)
		all = append(all, pem...)
	}
	replace(t, files.CA, all)
}

// issue writes a new certificate, and its key.
func (a *authority) issue(t *testing.T, files *TLS, until time.Time) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	template := &x509.Certificate{
		SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "member"}, NotBefore: time.Now().Add(-time.Hour), NotAfter: until,
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	require.NoError(t, err)
	keyDER, err := x509.MarshalECPrivateKey(key)
	require.NoError(t, err)
	replace(t, files.Cert, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der}))
	replace(t, files.Key, pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER}))
}

// replace writes a file as a whole.
func replace(t *testing.T, file string, content []byte) {
	t.Helper()
	require.NoError(t, os.WriteFile(file+"~", content, 0o600))
	require.NoError(t, os.Rename(file+"~", file))
}
