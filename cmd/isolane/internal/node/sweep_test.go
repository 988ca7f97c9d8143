package node

import (
	"context"
	"errors"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/isolane/isolane/internal/logkit"
)

// A node looks eight times as often as a sweep is due, says once what keeps it from it, and
// ends with the node, also in the middle of one.
func TestSweeper(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var looks atomic.Int64
		logs := new(logkit.Buffer)
		s := &sweeper{log: slog.New(slog.NewTextHandler(logs, nil)), every: 8 * time.Hour, first: time.Minute, due: func(ctx context.Context, every time.Duration) (int, bool, error) {
			require.Equal(t, 8*time.Hour, every)
			switch looks.Add(1) {
			case 2, 3:
				return 0, false, errors.New("no")
			case 4:
				return 7, true, nil
			case 6:
				<-ctx.Done()
				return 0, false, ctx.Err()
			}
			return 0, false, nil
		}}
		s.start()
		time.Sleep(59 * time.Second) //nolint:forbidigo // of synctest's clock
		require.Zero(t, looks.Load())
		time.Sleep(2*time.Second + 4*time.Hour) //nolint:forbidigo // as above
		require.EqualValues(t, 5, looks.Load())
		require.Equal(t, 1, strings.Count(logs.String(), "set deploy.sweep to 0"))
		logs.Await(t, "objects=7")
		time.Sleep(time.Hour + time.Second) //nolint:forbidigo // as above
		s.stop()
		require.EqualValues(t, 6, looks.Load())
	})
	(*sweeper)(nil).stop()
}
