package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/isolane/isolane/bridge/deadletter"
	"github.com/isolane/isolane/bridge/records"
	"github.com/isolane/isolane/bridge/stream"
	"github.com/isolane/isolane/cmd/isolane/internal/replay"
	"github.com/isolane/isolane/jsruntime/function"
	"github.com/isolane/isolane/jsruntime/tape"
)

// target is what is to be run again, as it was named.
type target struct {
	// what names it for people.
	what string
	// query finds its record; prefer is the invocation that it is of, where several are recorded.
	query  records.Query
	prefer string
	// letter is the dead letter that was named; nil for none. function and version are what ran
	// it, as far as that is known.
	letter            *deadletter.Letter
	function, version string
}

// find has what is to be run: the message, its record and the function. what names it.
func (f replayFlags) find(ctx context.Context, at reached, args []string) (cfg replay.Config, what string, err error) {
	mail := postbox{js: at.js, box: deadletter.New(at.js, deadletter.DefaultConfig())}
	t, err := f.target(ctx, mail, args)
	if err != nil {
		return cfg, "", err
	}
	cfg = replay.Config{Live: f.live, Env: map[string]string{}}
	for _, pair := range f.env {
		name, value, _ := strings.Cut(pair, "=")
		cfg.Env[name] = value
	}
	store := records.New(at.js, records.DefaultConfig())
	run, err := t.recorded(ctx, store)
	switch {
	case errors.Is(err, records.ErrSeveral):
		return cfg, "", &usageError{err: fmt.Errorf("%s: %w: say which with --function", t.what, err)}
	case errors.Is(err, records.ErrNone):
		if cfg.Message, err = f.unrecorded(ctx, mail, &t, err); err != nil {
			return cfg, "", err
		}
		cfg.Function, err = f.load(ctx, at.conn, at.js, t.function, t.version)
		return cfg, t.what, err
	case err != nil:
		return cfg, "", err
	}
	data, err := store.Get(ctx, run)
	if err != nil {
		return cfg, "", err
	}
	if cfg.Tape, err = tape.Decode(data); err != nil {
		return cfg, "", fmt.Errorf("the record of %s: %w", run.What(), err)
	}
	if cfg.Message, err = mail.message(ctx, t, run, cfg.Tape); err != nil {
		return cfg, "", err
	}
	cfg.Function, err = f.load(ctx, at.conn, at.js, run.Function, cfg.Tape.Version)
	return cfg, run.What(), err
}

// target is what was named.
func (f replayFlags) target(ctx context.Context, mail postbox, args []string) (target, error) {
	t := target{query: records.Query{Function: f.function}, function: f.function}
	switch {
	case f.invocation != "":
		t.what, t.query.Invocation = "invocation "+f.invocation, f.invocation
		return t, nil
	case f.letter > 0:
		l, err := mail.box.Get(ctx, f.letter)
		if errors.Is(err, deadletter.ErrNotFound) || errors.Is(err, deadletter.ErrNoBox) {
			return t, &usageError{err: err}
		}
		if err != nil {
			return t, err
		}
		t.letter, t.function, t.version, t.prefer = l, l.Function, l.Version, l.Invocation
		t.query.Function = l.Function
		if key, ok := stream.AlarmOf(l); ok {
			t.what, t.query.Kind, t.query.Invocation = "the alarm of "+key, records.Alarm, l.Invocation
			return t, nil
		}
		t.query.Stream, t.query.Sequence = l.Stream, l.Sequence
	default:
		var err error
		if t.query.Stream, t.query.Sequence, err = placeOf(args[0]); err != nil {
			return t, &usageError{err: err}
		}
	}
	t.what = t.query.Stream + ":" + strconv.FormatUint(t.query.Sequence, 10)
	return t, nil
}

// recorded is the run of t that is recorded: the last one. The error may wrap records.ErrNone, or
// records.ErrSeveral.
func (t target) recorded(ctx context.Context, store *records.Store) (records.Run, error) {
	runs, _, err := store.Find(ctx, t.query)
	if err != nil {
		return records.Run{}, err
	}
	for _, r := range slices.Backward(runs) {
		if t.prefer != "" && r.Invocation == t.prefer {
			return r, nil
		}
	}
	return records.Only(runs)
}

// unrecorded is the message of t, of which no run is recorded: none says so. It is run with --live
// alone.
func (f replayFlags) unrecorded(ctx context.Context, mail postbox, t *target, none error) (*function.Invocation, error) {
	by := ""
	if t.function != "" {
		by = " by " + t.function
	}
	if t.query.Stream == "" {
		return nil, &usageError{err: fmt.Errorf("%s: %w%s: isolane replay ls says what is; its function's manifest has to say record: failures, or all, before it is run, "+
			"and records go after %s", t.what, none, by, shownDays(records.DefaultConfig().TTL))}
	}
	inv, l, err := mail.find(ctx, *t)
	if err != nil {
		return nil, err
	}
	if !f.live {
		return nil, &usageError{err: fmt.Errorf("%s: %w%s: its function's manifest has to say record: failures, or all, before it is run, and records go after %s; "+
			"--live runs it without one", t.what, none, by, shownDays(records.DefaultConfig().TTL))}
	}
	if l != nil {
		t.function, t.version = cmp.Or(t.function, l.Function), l.Version
	}
	return inv, nil
}

// shownDays is a whole number of days in words.
func shownDays(d time.Duration) string { return fmt.Sprintf("%d days", d/(24*time.Hour)) }
