package logkit

import (
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// Many write at once while it is read, and no line is lost or torn.
func TestBuffer(t *testing.T) {
	const writers, lines = 8, 200
	logs := new(Buffer)
	var writing sync.WaitGroup
	for range writers {
		log := logs.Logger()
		writing.Go(func() {
			for range lines {
				log.Debug("a line")
				_ = logs.String()
			}
		})
	}
	writing.Wait()
	require.Equal(t, writers*lines, strings.Count(logs.String(), "level=DEBUG msg=\"a line\"\n"))
}

// A line that comes later is waited for.
func TestAwait(t *testing.T) {
	logs := new(Buffer)
	begun, written := make(chan struct{}), make(chan struct{})
	go func() {
		defer close(written)
		<-begun
		logs.Logger().Warn("the line")
	}()
	close(begun)
	logs.Await(t, `level=WARN msg="the line"`)
	<-written
}
