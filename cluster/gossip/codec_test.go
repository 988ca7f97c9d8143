package gossip

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func fullInfo() Info {
	return Info{
		SystemID: "n1-3", Remote: "10.0.0.1:7947", Kinds: []string{"dedicated", "schedule"}, Boot: time.Unix(0, 1700000000000000001),
		Version: "1.2.3", Weight: 4, Draining: true, Client: true, Wire: Wire,
	}
}

func TestAnnouncementThereAndBack(t *testing.T) {
	a := announcement{info: fullInfo()}
	b, err := a.encode()
	require.NoError(t, err)
	require.LessOrEqual(t, len(b), MaxMeta)
	got, err := decodeAnnouncement(b)
	require.NoError(t, err)
	require.True(t, a.info.Boot.Equal(got.info.Boot))
	got.info.Boot = a.info.Boot
	require.Equal(t, a, got)

	// What a newer version adds is skipped.
	newer := appendField(append([]byte(nil), b...), 1000, "of the future")
	again, err := decodeAnnouncement(newer)
	require.NoError(t, err)
	again.info.Boot = a.info.Boot
	require.Equal(t, got, again)

	a.info.Kinds = append(a.info.Kinds, strings.Repeat("k", MaxMeta))
	_, err = a.encode()
	var meta *MetaError
	require.ErrorAs(t, err, &meta)
	require.Equal(t, MaxMeta, meta.Limit)
	require.Greater(t, meta.Size, MaxMeta)
}

func TestReportThereAndBack(t *testing.T) {
	r := report{
		name: "n1", boot: 5, seq: 9, age: 40 * time.Millisecond,
		load: Load{Runtimes: 2, Room: 258, Inflight: 7, Queue: 3, Delay: 1500 * time.Microsecond, CPU: 1.25, RSS: 64 << 20, Wanted: 3},
	}
	b := r.appendTo(nil)
	require.Less(t, len(b), 40, "it travels often")
	got, err := decodeReport(b)
	require.NoError(t, err)
	require.Equal(t, r, got)
	for i := range b {
		_, err := decodeReport(b[:i])
		require.ErrorIs(t, err, errMalformed, "%d bytes of it", i)
	}
}

// TestAnOlderReportChangesNothing: reports come by several ways, in any order.
func TestAnOlderReportChangesNothing(t *testing.T) {
	require.True(t, noticeable(Load{}, Load{Runtimes: 1}))
	require.False(t, noticeable(Load{RSS: 100 << 20}, Load{RSS: 100<<20 + 1}))
}

func FuzzDecodeAnnouncement(f *testing.F) {
	b, err := announcement{info: fullInfo()}.encode()
	require.NoError(f, err)
	f.Add(b)
	f.Fuzz(func(t *testing.T, b []byte) {
		a, err := decodeAnnouncement(b)
		if err != nil {
			return
		}
		again, err := a.encode()
		if err != nil {
			return // what was read may be longer than what may be sent
		}
		got, err := decodeAnnouncement(again)
		require.NoError(t, err)
		got.info.Boot, a.info.Boot = time.Time{}, time.Time{}
		require.Equal(t, a, got)
	})
}

func FuzzDecodeReport(f *testing.F) {
	f.Add(report{name: "n1", boot: 1, seq: 2, load: Load{Runtimes: 3}}.appendTo(nil))
	f.Fuzz(func(t *testing.T, b []byte) {
		r, err := decodeReport(b)
		if err != nil {
			require.ErrorIs(t, err, errMalformed)
			return
		}
		again, err := decodeReport(r.appendTo(nil))
		require.NoError(t, err)
		require.Equal(t, r.name, again.name)
		require.Equal(t, r.load.Runtimes, again.load.Runtimes)
	})
}

// FuzzWhatMembersSend feeds a node what a member with the right key could send.
func FuzzWhatMembersSend(f *testing.F) {
	f.Add(append(frame(frameLoad), report{name: "n2", boot: 1, seq: 2}.appendTo(nil)...))
	f.Add(append(frame(frameLeave), farewell{name: "n2", boot: 1}.appendTo(nil)...))
	f.Add(encodeUser("n2", 7, []byte("body")))
	cfg := DefaultConfig()
	cfg.Name, cfg.Listen = "n1", "127.0.0.1:0"
	g, err := Start(f.Context(), cfg, Info{}, Deps{})
	require.NoError(f, err)
	f.Cleanup(func() { require.NoError(f, g.Close()) })
	d := delegate{g}
	f.Fuzz(func(t *testing.T, b []byte) {
		d.NotifyMsg(b)
		d.MergeRemoteState(b, false)
		d.MergeRemoteState(b, true)
		members := g.Members()
		require.Len(t, members, 1, "nobody is a member for what somebody says of him")
		require.Equal(t, "n1", members[0].Name)
	})
}
