package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
	"github.com/isolane/isolane/cmd/isolane/internal/config"
)

// errNotReady says that the node answers, and does not serve.
var errNotReady = errors.New("not ready")

func newHealth(std streams) *cobra.Command {
	var f askFlags
	var node string
	cmd := &cobra.Command{
		Use:   "health",
		Short: "Does a node serve? For health checks of containers",
		Long: `Ask a node whether it serves, and what is not ready. The exit status is 0 where it
does, 1 where it does not, 20 where it does not answer, 21 where NATS cannot be
reached. Without --node it is the node that has this host's default name.`,
		Args: cobra.NoArgs,
	}
	f.add(cmd)
	cmd.Flags().StringVar(&node, "node", "", "ask the `NODE` of this name")
	cmd.RunE = func(cmd *cobra.Command, _ []string) error {
		if node == "" {
			hostname, err := os.Hostname()
			if err != nil {
				return fmt.Errorf("this host's name: %w", err)
			}
			node = config.NodeName(hostname)
		}
		answers, err := askNodes[admin.Health](cmd, std, f, admin.HealthOf, node, nil)
		if err != nil {
			return err
		}
		h := answers[0]
		if f.json {
			text, err := json.Marshal(h)
			if err != nil {
				return fmt.Errorf("encode the answer: %w", err)
			}
			_, _ = fmt.Fprintln(std.out, string(text))
		}
		if !h.Ready {
			return fmt.Errorf("%s: %w: %s", h.Node, errNotReady, strings.Join(h.NotReady, "; "))
		}
		if !f.json {
			_, err = fmt.Fprintf(std.out, "%s is ready, members: %d\n", h.Node, h.Members)
		}
		return err
	}
	return cmd
}
