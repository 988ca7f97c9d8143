package main

import (
	"log/slog"
	"maps"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/isolane/isolane/cmd/isolane/internal/config"
	"github.com/isolane/isolane/cmd/isolane/internal/redact"
)

// addSettings gives cmd the flags of the configuration, and --config.
func addSettings(cmd *cobra.Command) {
	config.AddFlags(cmd.Flags(), "")
	cmd.Flags().String("config", "", "configuration `FILE` (default: "+config.DefaultFile+", where it exists)")
}

// loadSettings merges the flags that were given with environment and file.
func loadSettings(cmd *cobra.Command, std streams) (*config.Loaded, error) {
	hostname, err := os.Hostname()
	if err != nil {
		hostname = "" // the node is called "node" then
	}
	file := std.getenv("ISOLANE_CONFIG")
	given := givenFlags(cmd.Flags())
	if path, ok := given["config"]; ok {
		file = path
	}
	return config.Load(config.Sources{File: file, Environ: std.environ, Flags: given, Hostname: hostname})
}

// givenFlags returns the flags that stand on the command line.
func givenFlags(flags *pflag.FlagSet) map[string]string {
	given := map[string]string{}
	flags.Visit(func(f *pflag.Flag) { given[f.Name] = f.Value.String() })
	return given
}

// addConnection gives a client command --nats and what goes with it.
func addConnection(cmd *cobra.Command) {
	config.AddFlags(cmd.Flags(), "nats.")
	flag := cmd.Flags().Lookup("nats")
	flag.Usage = "NATS server, `URL`; also from NATS_URL (default: nats://" + config.DefaultListen + ")"
}

// loadConnection is loadSettings for a client: it takes what concerns NATS from
// the flags and the environment, NATS_URL included, and reads no file.
func loadConnection(cmd *cobra.Command, std streams) (config.NATS, error) {
	flags := givenFlags(cmd.Flags())
	// A command's own flag may be called as a node's is: --name of deploy.
	maps.DeleteFunc(flags, func(name, _ string) bool { return name != "nats" && !strings.HasPrefix(name, "nats-") })
	var environ []string
	url := std.getenv("ISOLANE_NATS_URL")
	for _, pair := range std.environ {
		if strings.HasPrefix(pair, "ISOLANE_NATS_") && !strings.HasPrefix(pair, "ISOLANE_NATS_LISTEN=") {
			environ = append(environ, pair)
		}
	}
	if _, given := flags["nats"]; !given && url == "" {
		flags["nats"] = "nats://" + config.DefaultListen
		if url := std.getenv("NATS_URL"); url != "" {
			flags["nats"] = url
		}
	}
	loaded, err := config.Load(config.Sources{NoFile: true, Environ: environ, Flags: flags})
	if err != nil {
		return config.NATS{}, err
	}
	return loaded.Config.NATS, nil
}

// newLogger logs to standard error, without the secrets that cfg holds.
func newLogger(std streams, cfg config.Config) *slog.Logger {
	var level slog.Level
	if err := level.UnmarshalText([]byte(cfg.Log.Level)); err != nil {
		level = slog.LevelInfo // Validate let no other word through
	}
	options := &slog.HandlerOptions{Level: level}
	var handler slog.Handler = slog.NewTextHandler(std.err, options)
	if cfg.Log.Format == "json" {
		handler = slog.NewJSONHandler(std.err, options)
	}
	return slog.New(redact.Handler(handler, redact.New(cfg.Secrets())))
}
