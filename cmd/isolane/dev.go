package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"

	"github.com/spf13/cobra"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/node"
	"github.com/isolane/isolane/cmd/isolane/internal/pretty"
	"github.com/isolane/isolane/cmd/isolane/internal/redact"
	"github.com/isolane/isolane/cmd/isolane/internal/types"
)

func newDev(std streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:   "dev [DIR]",
		Short: "Serve a folder of functions while you write them",
		Long: `Serve a folder of functions, "." without one, on a node of its own with NATS inside. A
function that is saved is served at once; one that is broken is told of, and the version
before goes on. What functions print is printed here.

isolane.d.ts is written into the folder, for the editor. The page of the node is opened where
standard output is a terminal and there is something that opens pages. Where 127.0.0.1:4222
is taken NATS listens on another port. Streams and buckets are gone when it ends, but with
--data. All else is as with "isolane run".`,
		Example: `  isolane init hello --dir functions
  isolane dev functions`,
		Args: cobra.MaximumNArgs(1),
	}
	addSettings(cmd)
	noOpen := cmd.Flags().Bool("no-open", false, "open no page")
	noTypes := cmd.Flags().Bool("no-types", false, "write no isolane.d.ts")
	cmd.RunE = func(cmd *cobra.Command, args []string) error {
		if cmd.Flags().Changed("functions") && len(args) > 0 {
			return &usageError{err: errors.New("name the folder once: as the argument, or with --functions")}
		}
		d := dev{std: std, open: !*noOpen, types: !*noTypes, dir: "."}
		if len(args) > 0 {
			d.dir = args[0]
		}
		return d.run(cmd)
	}
	return cmd
}

// dev is one run of the command.
type dev struct {
	std         streams
	dir         string
	open, types bool
	opening     sync.WaitGroup // what opens the page has ended
}

func (d *dev) run(cmd *cobra.Command) (err error) {
	loaded, err := loadSettings(cmd, d.std)
	if err != nil {
		return err
	}
	cfg := loaded.Config
	if !cmd.Flags().Changed("functions") {
		cfg.Functions = d.dir
	}
	if info, err := os.Stat(cfg.Functions); err != nil || !info.IsDir() {
		return &usageError{err: fmt.Errorf("%s is no folder: give that of the functions; \"isolane init NAME --dir functions\" makes one", cfg.Functions)}
	}
	if d.types {
		if _, err := types.Write(cfg.Functions, readVersions().Isolane); err != nil {
			return err
		}
	}
	if !given(loaded, "data") && cfg.Embedded() {
		if cfg.Data, err = os.MkdirTemp("", "isolane-dev-"); err != nil {
			return fmt.Errorf("a folder for streams and buckets: %w", err)
		}
		defer func() { err = errors.Join(err, os.RemoveAll(cfg.Data)) }()
	}
	if !given(loaded, "nats.listen") && cfg.Embedded() && taken(cmd.Context(), config.DefaultListen) {
		cfg.NATS.Listen = "127.0.0.1:0"
	}
	warn(d.std, loaded.Warnings)
	log := slog.New(redact.Handler(pretty.New(d.std.err, pretty.Config{Level: d.level(loaded), Paint: stylist(d.std, d.std.err)}), redact.New(cfg.Secrets())))
	ctx, cancel := context.WithCancel(cmd.Context())
	defer d.opening.Wait()
	defer cancel()
	return runNode(cmd.Context(), cfg, log, func(ready node.Ready) error {
		if d.open {
			d.openPage(ctx, ready.HTTP)
		}
		return d.greet(cfg, ready)
	})
}

// given reports whether somebody gave a value.
func given(loaded *config.Loaded, key string) bool {
	return loaded.Origins[key].Source != config.FromDefault
}

// level is that of the configuration where it was given.
func (d *dev) level(loaded *config.Loaded) slog.Level {
	level := slog.LevelInfo
	if given(loaded, "log.level") {
		_ = level.UnmarshalText([]byte(loaded.Config.Log.Level)) // Validate let no other word through
	}
	return level
}

// greet says what there is.
func (d *dev) greet(cfg config.Config, ready node.Ready) error {
	paint := painter(d.std, d.std.out)
	server := ""
	if ready.NATS != "nats://"+config.DefaultListen {
		server = " --nats " + ready.NATS
	}
	_, err := fmt.Fprintf(d.std.out, "%s %s\n  %s %s\n  %s %s\n  %s isolane invoke%s NAME '{\"name\":\"Ada\"}'\n",
		paint(bold, "serving"), fmt.Sprintf("%d functions of %s, in %d runtimes; Ctrl-C ends it", ready.Functions, cfg.Functions, ready.Runtimes),
		paint(dim, "page"), cmp.Or(ready.HTTP, "none"), paint(dim, "nats"), ready.NATS, paint(dim, "call"), server)
	return err
}

// openPage opens the node's page, where somebody sits before a terminal.
func (d *dev) openPage(ctx context.Context, url string) {
	if url == "" || !isTerminal(d.std.out) {
		return
	}
	opener := findOpener(d.std)
	if opener == "" {
		return
	}
	cmd := exec.CommandContext(ctx, opener, url) //nolint:gosec // what the user has to open pages
	cmd.Env = d.std.environ
	if cmd.Start() != nil {
		return
	}
	d.opening.Go(func() { _ = cmd.Wait() }) // whether it could is seen on the screen
}

// findOpener is what opens a page here; "" where nothing does.
func findOpener(std streams) string {
	name := "xdg-open"
	if runtime.GOOS == "darwin" {
		name = "open"
	} else if std.getenv("DISPLAY") == "" && std.getenv("WAYLAND_DISPLAY") == "" {
		return "" // no screen to show it on
	}
	for _, dir := range filepath.SplitList(std.getenv("PATH")) {
		path := filepath.Join(dir, name)
		if info, err := os.Stat(path); err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0 && filepath.IsAbs(path) {
			return path
		}
	}
	return ""
}

// taken reports whether somebody listens there already.
func taken(ctx context.Context, address string) bool {
	var lc net.ListenConfig
	listener, err := lc.Listen(ctx, "tcp", address)
	if err == nil {
		_ = listener.Close()
		return false
	}
	return true
}
