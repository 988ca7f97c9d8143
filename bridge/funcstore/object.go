package funcstore

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"
	"github.com/nats-io/nuid"

	"github.com/isolane/isolane/bridge"
)

// Put stores what a version of a function is run from, under a name that was never used,
// and returns the version with Object, Size and SHA256 set. Nobody sees it before a record
// names it. While the server cannot be reached it tries again, until ctx is done.
func (s *Store) Put(ctx context.Context, name, version string, body []byte) (Version, error) {
	if len(body) > MaxObject {
		return Version{}, fmt.Errorf("funcstore: %s is packed in %d bytes, the most is %d", name, len(body), MaxObject)
	}
	sum := sha256.Sum256(body)
	v := Version{Version: version, Size: int64(len(body)), SHA256: hex.EncodeToString(sum[:])}
	for {
		v.Object = strings.Join([]string{name, version, nuid.Next()}, "/")
		trying, cancel := context.WithTimeout(ctx, putPatience)
		_, err := s.objects.PutBytes(trying, v.Object, body)
		cancel()
		if err == nil {
			return v, nil
		}
		if bridge.NoRoom(err) {
			return Version{}, fmt.Errorf("funcstore: store the script of %s: %s (%w)", name, bridge.RoomAdvice, err)
		}
		if ctx.Err() != nil || errors.Is(err, jetstream.ErrBadObjectMeta) {
			return Version{}, fmt.Errorf("funcstore: store the script of %s: %w", name, err)
		}
		if err := bridge.Pause(ctx, retryWrite); err != nil {
			return Version{}, fmt.Errorf("funcstore: store the script of %s: %w", name, err)
		}
	}
}

// putPatience bounds one try to store an object.
const putPatience = 20 * time.Second

// Object returns what Put was given for v. The error wraps ErrCorrupt where it is not
// there any more, or is not what the record says.
func (s *Store) Object(ctx context.Context, v Version) ([]byte, error) {
	damaged := func(format string, args ...any) error {
		return fmt.Errorf("%w: %s: "+format+"; deploy the version again with --force, or restore the bucket", append([]any{ErrCorrupt, v.Object}, args...)...)
	}
	result, err := s.objects.Get(ctx, v.Object)
	switch {
	case errors.Is(err, jetstream.ErrObjectNotFound):
		return nil, damaged("it is not there")
	case err != nil:
		return nil, fmt.Errorf("funcstore: read %s: %w", v.Object, err)
	}
	defer func() { _ = result.Close() }()
	body, err := io.ReadAll(io.LimitReader(result, v.Size+1))
	sum := sha256.Sum256(body)
	switch {
	case errors.Is(err, jetstream.ErrDigestMismatch):
		return nil, damaged("its chunks do not have the digest that NATS noted")
	case err != nil:
		return nil, fmt.Errorf("funcstore: read %s: %w", v.Object, err)
	case int64(len(body)) != v.Size:
		return nil, damaged("it does not have %d bytes", v.Size)
	case hex.EncodeToString(sum[:]) != v.SHA256:
		return nil, damaged("its SHA-256 is not the one that the record has")
	}
	return body, nil
}
