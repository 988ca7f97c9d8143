package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/user"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/spf13/cobra"

	"github.com/isolane/isolane/bridge"
	"github.com/isolane/isolane/bridge/funcstore"
	"github.com/isolane/isolane/bridge/kvstore"
)

// storeFlags are those of commands that read or change what is deployed.
type storeFlags struct {
	bucket   string
	replicas int
	json     bool
	timeout  time.Duration
}

func (f *storeFlags) add(cmd *cobra.Command, std streams) {
	addConnection(cmd)
	bucket := cmp.Or(std.getenv("ISOLANE_DEPLOY_BUCKET"), funcstore.DefaultBucket)
	cmd.Flags().StringVar(&f.bucket, "bucket", bucket, "`NAME` of the bucket that functions are deployed to; also from ISOLANE_DEPLOY_BUCKET")
	cmd.Flags().IntVar(&f.replicas, "replicas", 1, "`N` replicas of the bucket, where there is none yet and this command makes it")
	cmd.Flags().BoolVar(&f.json, "json", false, "print JSON")
	cmd.Flags().DurationVar(&f.timeout, "timeout", 30*time.Second, "how long to go on trying, where NATS is not reached at once")
}

// storeSession is a connection with the store on it.
type storeSession struct {
	*funcstore.Store
	conn *nats.Conn
}

// openStore connects and opens the store; the caller closes the connection, and ctx bounds
// all that is done with both.
func openStore(cmd *cobra.Command, std streams, f storeFlags) (*storeSession, context.Context, func(), error) {
	switch {
	case f.timeout <= 0:
		return nil, nil, nil, &usageError{err: errors.New("--timeout must be over 0")}
	case f.replicas < 1 || f.replicas > 5:
		return nil, nil, nil, &usageError{err: errors.New("--replicas must be 1 to 5")}
	}
	conn, _, err := connect(cmd, std)
	if err != nil {
		return nil, nil, nil, err
	}
	ctx, cancel := context.WithTimeout(cmd.Context(), f.timeout)
	end := func() { cancel(); conn.Close() }
	store, err := funcstore.Open(ctx, conn, funcstore.Config{Bucket: f.bucket, Replicas: f.replicas})
	if err != nil {
		end()
		if errors.Is(err, kvstore.ErrNoJetStream) {
			err = fmt.Errorf("%w (%s)", err, bridge.ShownURL(conn.ConnectedUrl()))
		}
		return nil, nil, nil, err
	}
	return &storeSession{Store: store, conn: conn}, ctx, end, nil
}

// known returns the record of a function that there is.
func (s *storeSession) known(ctx context.Context, name string) (funcstore.Record, error) {
	r, err := s.Get(ctx, name)
	if err == nil && r.Revision == 0 {
		err = fmt.Errorf("%w: %s: isolane functions ls lists what is; one that a node serves from its folder is not deployed", funcstore.ErrNotDeployed, name)
	}
	return r, err
}

// newStamp says who runs the command, and when.
func newStamp(std streams) funcstore.Stamp {
	who := cmp.Or(std.getenv("ISOLANE_DEPLOYER"), std.getenv("USER"))
	if u, err := user.Current(); who == "" && err == nil {
		who = u.Username
	}
	if host, err := os.Hostname(); err == nil && std.getenv("ISOLANE_DEPLOYER") == "" {
		who = cmp.Or(who, "somebody") + "@" + host
	}
	return funcstore.NewStamp(who, time.Now())
}

// printCompact prints a value as one line of JSON.
func printCompact(std streams, value any) error {
	text, err := json.Marshal(value)
	if err != nil {
		return fmt.Errorf("encode: %w", err)
	}
	_, err = fmt.Fprintln(std.out, string(text))
	return err
}

// printJSON prints a value as indented JSON.
func printJSON(std streams, value any) error {
	text, err := json.MarshalIndent(value, "", "  ")
	if err != nil {
		return fmt.Errorf("encode the answer: %w", err)
	}
	_, err = fmt.Fprintln(std.out, string(text))
	return err
}
