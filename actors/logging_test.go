package actors

import (
	"bytes"
	"log/slog"
	"testing"

	"github.com/asynkron/protoactor-go/actor"
	"github.com/stretchr/testify/require"
)

func TestProtoActorsInformationIsDebug(t *testing.T) {
	for _, c := range []struct {
		name  string
		level slog.Level
		want  string
	}{{"quiet", slog.LevelInfo, ""}, {"debug", slog.LevelDebug, "level=DEBUG msg=\"actor system started\" lib=proto.actor"}} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: c.level}))
			system := actor.NewActorSystem(SystemOptions(log)...)
			require.Contains(t, out.String(), c.want)
			if c.want == "" {
				require.Empty(t, out.String())
			}
			system.Logger().WithGroup("g").Warn("kept", slog.Int("n", 1))
			require.Contains(t, out.String(), "level=WARN msg=kept")
		})
	}
}
