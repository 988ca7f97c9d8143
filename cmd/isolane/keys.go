package main

import (
	"crypto/rand"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/cmd/isolane/internal/admin"
)

func newKeys(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "keys",
		Short: "The keys that encrypt the gossip, and their rotation",
		Long: `The keys that encrypt the gossip. To rotate: add a new key, use it, remove the old
one; each step reaches every member, and none leaves the cluster meanwhile. A change
lasts until a node restarts: put the new key into the configuration too.

Keys travel through NATS: use a server with TLS, and let nobody else publish to
isolane.keys.`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(
		newKeysGenerate(std),
		newKeysCommand(std, "ls", "", "Show the fingerprints of the keys of every member"),
		newKeysCommand(std, "add", "add", "Let every member decrypt with a key too"),
		newKeysCommand(std, "use", "use", "Have every member encrypt with a key that was added"),
		newKeysCommand(std, "rm", "rm", "Take a key off every member's ring"),
	)
	return cmd
}

func newKeysGenerate(std streams) *cobra.Command {
	return &cobra.Command{
		Use:   "generate",
		Short: "Print a new key: 32 random bytes in base64",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			key := make([]byte, 32)
			if _, err := rand.Read(key); err != nil {
				return fmt.Errorf("read random bytes: %w", err)
			}
			_, err := fmt.Fprintln(std.out, base64.StdEncoding.EncodeToString(key))
			return err
		},
	}
}

// newKeysCommand makes a command that shows or changes the key rings of all members.
func newKeysCommand(std streams, name, action, short string) *cobra.Command {
	var f askFlags
	cmd := &cobra.Command{Use: name, Short: short, Args: cobra.NoArgs}
	if action != "" {
		cmd.Use += " FILE"
		cmd.Args = cobra.ExactArgs(1)
		cmd.Long = short + ". FILE holds the key in base64, - is standard input: a key on the\ncommand line would show in the process list."
	}
	f.add(cmd)
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		var request any
		if action != "" {
			key, err := readKeyArgument(std, args[0])
			if err != nil {
				return err
			}
			request = admin.KeyChange{Action: action, Key: key}
		}
		answers, err := askNodes[admin.Keys](cmd, std, f, admin.KeysOf, "", request)
		if err != nil {
			return err
		}
		return printKeys(std, f.json, answers)
	}
	return cmd
}

// readKeyArgument reads a key; its errors do not show it.
func readKeyArgument(std streams, path string) ([]byte, error) {
	var text []byte
	var err error
	if path == "-" {
		text, err = io.ReadAll(io.LimitReader(std.in, 4096))
	} else {
		text, err = os.ReadFile(path) //nolint:gosec // the file that the user names
	}
	if err != nil {
		return nil, &usageError{err: fmt.Errorf("read the key: %w", err)}
	}
	key, err := base64.StdEncoding.DecodeString(strings.TrimSpace(string(text)))
	if err != nil {
		return nil, &usageError{err: errors.New("the key is not base64: make one with isolane keys generate")}
	}
	return key, nil
}

// errKeys says that a member did not do what was asked.
var errKeys = errors.New("not every member did it")

func printKeys(std streams, asJSON bool, answers []admin.Keys) error {
	failed := false
	for _, a := range answers {
		failed = failed || a.Error != ""
	}
	if asJSON {
		text, err := json.Marshal(answers)
		if err != nil {
			return fmt.Errorf("encode the answers: %w", err)
		}
		_, _ = fmt.Fprintln(std.out, string(text))
	} else {
		table := tabwriter.NewWriter(std.out, 0, 0, 2, ' ', 0)
		_, _ = fmt.Fprintln(table, "NODE\tKEYS (THE FIRST ENCRYPTS)\tERROR")
		for _, a := range answers {
			keys, fault := strings.Join(a.Fingerprints, " "), a.Error
			if keys == "" {
				keys = "(not encrypted)"
			}
			if fault == "" {
				fault = "-"
			}
			_, _ = fmt.Fprintf(table, "%s\t%s\t%s\n", a.Node, keys, fault)
		}
		if err := table.Flush(); err != nil {
			return fmt.Errorf("print the table: %w", err)
		}
	}
	if failed {
		return errKeys
	}
	return nil
}
