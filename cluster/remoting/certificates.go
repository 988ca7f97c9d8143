package remoting

import (
	"cmp"
	"context"
	"log/slog"
	"sync/atomic"
	"time"
)

// certificates is the identity that a member has now, of files that are read again and
// again.
type certificates struct {
	tls     *TLS
	log     *slog.Logger
	stats   *counters
	now     func() time.Time
	current atomic.Pointer[identity]

	// Of watch alone.
	last   pems      // what the files held when they were read last
	said   string    // what was complained about last
	warned time.Time // when the expiry was
}

// newCertificates reads the files for the first time.
func newCertificates(t *TLS, log *slog.Logger, stats *counters) (*certificates, error) {
	c := &certificates{tls: t, log: log, stats: stats, now: time.Now}
	p, err := t.read()
	if err != nil {
		return nil, err
	}
	id, err := t.identity(p, c.now())
	if err != nil {
		return nil, err
	}
	c.current.Store(id)
	c.last = p
	c.expiry(context.Background())
	return c, nil
}

// watch reads the files every TLS.ReloadEvery until ctx is done. They are compared by
// content, since a mounted secret may change behind a link.
func (c *certificates) watch(ctx context.Context) {
	ticker := time.NewTicker(cmp.Or(c.tls.ReloadEvery, reloadEvery))
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
		c.reload(ctx)
		c.expiry(ctx)
	}
}

// reload takes in what the files hold, if it is new and good. What is not good may be half
// written: only what stays so is complained about, once.
func (c *certificates) reload(ctx context.Context) {
	p, err := c.tls.read()
	settled := p.equal(c.last)
	c.last = p
	if err == nil {
		if p.equal(c.current.Load().from) {
			c.said = ""
			return
		}
		var id *identity
		if id, err = c.tls.identity(p, c.now()); err == nil {
			c.current.Store(id)
			c.stats.reloads.Add(1)
			c.said, c.warned = "", time.Time{}
			c.log.LogAttrs(ctx, slog.LevelInfo, "the certificate of the calls between members has been read again; new connections use it",
				slog.String("file", c.tls.Cert), slog.Time("expires", id.leaf.NotAfter))
			return
		}
	}
	if settled && err.Error() != c.said {
		c.said = err.Error()
		c.log.LogAttrs(ctx, slog.LevelError, "new certificates cannot be used; those from before stay",
			slog.Any("error", err), slog.Time("expires", c.current.Load().leaf.NotAfter))
	}
}

const (
	// warnBefore is how long before its end a certificate is warned about, or a third of
	// its life where that is shorter.
	warnBefore = 7 * 24 * time.Hour
	// warnEvery is how often that is said again.
	warnEvery = time.Hour
)

// expiry says that the certificate in use ends soon, or has ended.
func (c *certificates) expiry(ctx context.Context) {
	now, leaf := c.now(), c.current.Load().leaf
	left := leaf.NotAfter.Sub(now)
	over := left <= 0
	if !over && left > min(warnBefore, leaf.NotAfter.Sub(leaf.NotBefore)/3) {
		return
	}
	// That it has ended is said at once, whatever was said before.
	if now.Sub(c.warned) < warnEvery && (!over || c.warned.After(leaf.NotAfter)) {
		return
	}
	c.warned = now
	const do = "put a new certificate and its key there: they are read without a restart"
	if over {
		c.log.LogAttrs(ctx, slog.LevelError, "this member's certificate has expired: no new connection to another member can be made, nor from one",
			slog.String("file", c.tls.Cert), slog.Time("expired", leaf.NotAfter), slog.String("do", do))
		return
	}
	c.log.LogAttrs(ctx, slog.LevelWarn, "this member's certificate expires soon",
		slog.String("file", c.tls.Cert), slog.Time("expires", leaf.NotAfter), slog.String("do", do))
}
