//go:build deps

package isolane

import (
	_ "github.com/asynkron/protoactor-go/actor"
	_ "github.com/dustin/go-humanize"
	_ "github.com/evanw/esbuild/pkg/api"
	_ "github.com/fsnotify/fsnotify"
	_ "github.com/go-sourcemap/sourcemap"
	_ "github.com/knadh/koanf/v2"
	_ "github.com/nats-io/nats-server/v2/server"
	_ "github.com/nats-io/nats.go"
	_ "github.com/nats-io/nats.go/jetstream"
	_ "github.com/nats-io/nkeys"
	_ "github.com/nats-io/nuid"
	_ "github.com/nlnwa/whatwg-url/url"
	_ "github.com/spf13/cobra"
	_ "github.com/stretchr/testify/require"
	_ "github.com/tommie/v8go"
	_ "go.uber.org/goleak"
	_ "go.yaml.in/yaml/v3"
	_ "golang.org/x/text/encoding/htmlindex"
	_ "golang.org/x/net/http/httpguts"
	_ "rogchap.com/v8go"
)
