package lease

import (
	"context"
	"errors"
	"log/slog"
	"time"
)

// keep renews the lease until ctx is done, which it is when the lease is lost.
func (l *Lease) keep(ctx context.Context, begun time.Time) {
	defer close(l.done)
	// Soon again: a lease whose store was ill for a while has little time left when the
	// store is well.
	retries := l.retries(l.cfg.Renew / 6)
	pause := l.cfg.Renew - l.cfg.Clock.Now().Sub(begun)
	for {
		wait(ctx, l.cfg.Clock, pause, nil)
		if ctx.Err() != nil {
			return
		}
		begun := l.cfg.Clock.Now()
		err := l.renew(ctx)
		switch {
		case ctx.Err() != nil: // lost meanwhile
			return
		case err == nil:
			retries.Reset()
			pause = l.cfg.Renew - l.cfg.Clock.Now().Sub(begun)
		case errors.Is(err, ErrTaken):
			l.gone = true
			l.lose(ErrTaken)
			return
		default:
			pause = retries.next()
			l.cfg.Logger.Debug("the renewal is tried again", slog.Any("error", err), slog.Duration("after", pause))
		}
	}
}

// renew writes the record again. ErrTaken: it is another's.
func (l *Lease) renew(ctx context.Context) error {
	err := l.rewrite(ctx)
	if !errors.Is(err, ErrConflict) {
		return err
	}
	// Either it is another's, or an earlier renewal took effect whose answer was lost.
	// Which one is not known: it was begun after the first that is in doubt.
	advanced, err := l.reconcile(ctx)
	if err != nil || !advanced {
		return errors.Join(err, ErrConflict)
	}
	l.extend(l.doubt)
	l.doubt = time.Time{}
	return l.rewrite(ctx)
}

// rewrite replaces the record that has the revision which is known, and extends the
// lease from when it began to.
func (l *Lease) rewrite(ctx context.Context) error {
	begun := l.cfg.Clock.Now()
	if l.doubt.IsZero() {
		l.doubt = begun
	}
	revision, err := l.update(ctx, l.revision)
	if err != nil {
		return err
	}
	l.revision, l.doubt = revision, time.Time{}
	l.extend(begun)
	return nil
}

// reconcile looks after a conflict whose the record is: it advances revision if it is
// still this lease's, and returns ErrTaken if it is not. Neither: the answer was stale.
func (l *Lease) reconcile(ctx context.Context) (advanced bool, err error) {
	value, revision, err := l.get(ctx)
	switch {
	case errors.Is(err, ErrNotFound):
		return false, ErrTaken
	case err != nil:
		return false, err
	case revision <= l.revision:
		return false, nil
	case !l.id.wrote(value):
		return false, ErrTaken
	}
	l.revision = revision
	return true, nil
}
