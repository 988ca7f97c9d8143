package lease

import (
	"context"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
)

func TestAcquireEndsWithItsContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &Memory{}
		l := acquire(t, store, "a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := Acquire(ctx, store, Config{Holder: "b"}, "k")
		require.ErrorIs(t, err, ErrNotAcquired)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.True(t, l.Held())
		require.NoError(t, l.Release(t.Context()))
	})
}

func TestAcquireTellsWhatWasWrongWithTheStore(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &scripted{memory: &Memory{}, before: func(context.Context, string, int, func() error) error { return errStore }}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := Acquire(ctx, store, Config{Holder: "b"}, "k")
		require.ErrorIs(t, err, ErrNotAcquired)
		require.ErrorIs(t, err, errStore)
		require.ErrorContains(t, err, `get "k"`)
		require.Less(t, store.count("get"), 200, "it backs off")
	})
}

// A take whose answer comes when the lease is as good as over is not handed out.
func TestTooLateAnAnswerIsNotALease(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &scripted{memory: &Memory{}, before: func(_ context.Context, what string, _ int, call func() error) error {
			err := call()
			if what == "create" {
				<-time.After(time.Minute) // heeds no context
			}
			return err
		}}
		l := acquire(t, store, "a")
		require.Equal(t, uint64(1), l.Token())
		require.NoError(t, l.Release(t.Context()))
	})
}

// broken is a store whose watches fail, or end at once.
type broken struct {
	*Memory
	err error
}

func (b broken) Watch(context.Context, string) (<-chan struct{}, error) {
	ended := make(chan struct{})
	close(ended)
	return ended, b.err
}

func TestBrokenWatchIsPolledInstead(t *testing.T) {
	for name, err := range map[string]error{"fails": errStore, "ends": nil} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				require.LessOrEqual(t, handOver(t, broken{&Memory{}, err}), DefaultConfig("").Poll)
			})
		})
	}
}

func TestHangingWatchHoldsUpNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		l := acquire(t, hanging{&Memory{}}, "a")
		require.Equal(t, DefaultConfig("").Renew, time.Since(begun))
		require.NoError(t, l.Release(t.Context()))
	})
}

// hanging is a store whose Watch returns when ctx is done.
type hanging struct{ *Memory }

func (hanging) Watch(ctx context.Context, _ string) (<-chan struct{}, error) {
	<-ctx.Done()
	return nil, ctx.Err()
}

func TestRecordThatCannotBeReadIsAnothers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := unwatched{&Memory{}}
		_, err := store.Create(t.Context(), "k", []byte("\xff{not ours"))
		require.NoError(t, err)
		begun := time.Now()
		l := acquire(t, store, "a")
		require.GreaterOrEqual(t, time.Since(begun), DefaultConfig("a").TTL)
		require.NoError(t, l.Release(t.Context()))
	})
}

// Two processes of one name do not take each other's records for their own.
func TestSameNameIsNotTheSameHolder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &Memory{}
		l := acquire(t, store, "a")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := Acquire(ctx, store, Config{Holder: "a"}, "k")
		require.ErrorIs(t, err, ErrNotAcquired)
		require.True(t, l.Held())
		require.NoError(t, l.Release(t.Context()))
	})
}

func TestReleaseGivesUpWhenTheRecordIsFreeAnyhow(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		store := &scripted{memory: &Memory{}, before: func(_ context.Context, what string, _ int, call func() error) error {
			if what == "delete" {
				return errStore
			}
			return call()
		}}
		l := acquire(t, store, "a")
		begun := time.Now()
		require.ErrorIs(t, l.Release(context.Background()), errStore)
		require.InDelta(t, DefaultConfig("a").TTL, time.Since(begun), float64(time.Second))
		require.False(t, l.Held())
	})
}

func TestConfig(t *testing.T) {
	ok := Config{Holder: "a"}
	for name, c := range map[string]struct {
		change func(*Config)
		want   string // "" is valid
	}{
		"the defaults":                {func(*Config) {}, ""},
		"a short one":                 {func(c *Config) { c.TTL = 100 * time.Millisecond }, ""},
		"no holder":                   {func(c *Config) { c.Holder = "" }, "holder is not set"},
		"negative ttl":                {func(c *Config) { c.TTL = -1 }, "ttl is -1ns: 10ms to 24h"},
		"more drift than margin":      {func(c *Config) { c.Drift = 0.2 }, "with a drift of 0.2 and a ttl of 6s at least 2s is needed"},
		"margin eats all":             {func(c *Config) { c.Margin = c.withDefaults().TTL }, "margin is 6s: less than ttl"},
		"no renewal may fail":         {func(c *Config) { c.Renew = 3 * time.Second }, "at most half of ttl less margin, which is 2.5s"},
		"polls too rarely":            {func(c *Config) { c.Poll = time.Minute }, "poll is 1m0s"},
		"a drift that makes no sense": {func(c *Config) { c.Drift = -1 }, "drift is -1"},
	} {
		t.Run(name, func(t *testing.T) {
			cfg := ok
			c.change(&cfg)
			err := cfg.Validate()
			if c.want == "" {
				require.NoError(t, err)
				return
			}
			require.ErrorIs(t, err, ErrConfig)
			require.ErrorContains(t, err, c.want)
			_, err = Acquire(t.Context(), &Memory{}, cfg, "k")
			require.ErrorIs(t, err, ErrConfig)
		})
	}
	_, err := Acquire(t.Context(), &Memory{}, ok, "")
	require.ErrorIs(t, err, ErrConfig)
	_, err = Acquire(t.Context(), nil, ok, "k")
	require.ErrorIs(t, err, ErrConfig)
}

func FuzzRecord(f *testing.F) {
	f.Add([]byte(`{"version":1,"holder":"a","nonce":"X","beat":1}`))
	f.Add([]byte(`{"version":"one"}`))
	f.Add([]byte("\x00"))
	f.Fuzz(func(t *testing.T, value []byte) {
		id := newIdentity("a")
		require.False(t, id.wrote(value))
		_ = holderOf(value)
		require.True(t, id.wrote(id.next()))
	})
}
