package remoting

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"os"
	"time"
)

// TLS names PEM files. Both sides of every connection show a certificate of the CA; a
// peer's must be valid for the host that it is reached by. The files are read again while
// the member runs: connections that stand go on, new ones use what was read last.
type TLS struct {
	CA, Cert, Key string
	// ServerName, if set, is what every member's certificate must be valid for,
	// whatever its address.
	ServerName string
	// ReloadEvery is how often the files are read again. Default 10s, at least 1ms.
	ReloadEvery time.Duration
}

const reloadEvery = 10 * time.Second

// Validate reports files that are not named.
func (t *TLS) Validate() error {
	var errs []error
	for _, f := range []struct{ what, file string }{{"CA", t.CA}, {"certificate", t.Cert}, {"key", t.Key}} {
		if f.file == "" {
			errs = append(errs, fmt.Errorf("remote TLS: no file for the %s", f.what))
		}
	}
	if t.ReloadEvery != 0 && t.ReloadEvery < time.Millisecond {
		errs = append(errs, fmt.Errorf("remote TLS: files are read every %s: at least 1ms", t.ReloadEvery))
	}
	return errors.Join(errs...)
}

// pems is what the files hold.
type pems struct{ ca, cert, key []byte }

func (p pems) equal(o pems) bool {
	return bytes.Equal(p.ca, o.ca) && bytes.Equal(p.cert, o.cert) && bytes.Equal(p.key, o.key)
}

// read reads the files, and names those that it cannot.
func (t *TLS) read() (p pems, err error) {
	var errs []error
	for _, f := range []struct {
		what, file string
		to         *[]byte
	}{{"CA", t.CA, &p.ca}, {"certificate", t.Cert, &p.cert}, {"key", t.Key, &p.key}} {
		if *f.to, err = os.ReadFile(f.file); err != nil {
			errs = append(errs, fmt.Errorf("remote TLS: %s: %w", f.what, err))
		}
	}
	return p, errors.Join(errs...)
}

// identity is what a member shows, and whom it believes. Immutable.
type identity struct {
	from   pems
	leaf   *x509.Certificate
	server *tls.Config
	client *tls.Config
}

// identity makes one of the files' content, and says all that is wrong with it.
func (t *TLS) identity(p pems, now time.Time) (*identity, error) {
	pool := x509.NewCertPool()
	var errs []error
	if !pool.AppendCertsFromPEM(p.ca) {
		errs = append(errs, fmt.Errorf("remote TLS: CA %s holds no PEM certificate", t.CA))
	}
	cert, err := tls.X509KeyPair(p.cert, p.key)
	if err != nil {
		return nil, errors.Join(append(errs, fmt.Errorf("remote TLS: certificate %s with key %s: %w", t.Cert, t.Key, err))...)
	}
	leaf, err := x509.ParseCertificate(cert.Certificate[0])
	switch {
	case err != nil:
		errs = append(errs, fmt.Errorf("remote TLS: certificate %s: %w", t.Cert, err))
	case now.After(leaf.NotAfter):
		errs = append(errs, fmt.Errorf("remote TLS: certificate %s: %w on %s: every member would refuse it; put a new one there, and its key at %s",
			t.Cert, ErrExpired, leaf.NotAfter.UTC().Format(time.RFC3339), t.Key))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return &identity{
		from: p, leaf: leaf,
		server: &tls.Config{
			MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert},
			ClientCAs: pool, ClientAuth: tls.RequireAndVerifyClientCert,
		},
		client: &tls.Config{
			MinVersion: tls.VersionTLS13, Certificates: []tls.Certificate{cert},
			RootCAs: pool, ServerName: t.ServerName,
		},
	}, nil
}
