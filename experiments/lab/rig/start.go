package rig

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"time"

	"github.com/nats-io/nats.go"
)

// NATSConfig says what server to start.
type NATSConfig struct {
	Place Place
	// JetStream has it keep streams, in a folder of the rig's that another server of the
	// rig finds again.
	JetStream bool
	// Listen is its address; "" picks one.
	Listen string
}

// Server is a NATS server that runs.
type Server struct {
	*Process
	// URL is for clients, Monitor for HTTP.
	URL, Monitor string
}

// NATS starts a server.
func (r *Rig) NATS(ctx context.Context, cfg NATSConfig) (*Server, error) {
	var args []string
	if cfg.Listen != "" {
		args = append(args, "-listen", cfg.Listen)
	}
	if cfg.JetStream {
		data, err := r.folder("streams")
		if err != nil {
			return nil, err
		}
		args = append(args, "-data", data)
	}
	p, err := r.Part(ctx, "nats", cfg.Place, args...)
	if err != nil {
		return nil, err
	}
	return &Server{Process: p, URL: p.Word("url"), Monitor: p.Word("monitor")}, nil
}

// Pages starts the server of the pages that functions fetch, and returns its origin.
func (r *Rig) Pages(ctx context.Context, place Place) (*Process, string, error) {
	p, err := r.Part(ctx, "pages", place)
	if err != nil {
		return nil, "", err
	}
	return p, p.Word("url"), nil
}

// NodeConfig says what node to start.
type NodeConfig struct {
	Place Place
	// Name is its name; "" is "node".
	Name string
	// Functions is its folder of functions, NATS the server's URL.
	Functions, NATS string
	// Runtimes is its number of isolates; 0 is its default.
	Runtimes int
	// Settings is its configuration file, as YAML; flags go before it.
	Settings string
	// Flags are more of them.
	Flags []string
}

// Node starts a node, and waits until it serves.
func (r *Rig) Node(ctx context.Context, cfg NodeConfig) (*Process, error) {
	p, err := r.StartNode(ctx, cfg)
	if err != nil {
		return nil, err
	}
	waiting, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return p, p.AwaitReady(waiting)
}

// StartNode starts a node, and waits for nothing.
func (r *Rig) StartNode(ctx context.Context, cfg NodeConfig) (*Process, error) {
	if cfg.Name == "" {
		cfg.Name = "node"
	}
	folder, err := r.folder(cfg.Name)
	if err != nil {
		return nil, err
	}
	file := filepath.Join(folder, "isolane.yaml")
	if err := os.WriteFile(file, []byte(cfg.Settings), 0o600); err != nil {
		return nil, fmt.Errorf("rig: %w", err)
	}
	argv := slices.Concat(r.cfg.Isolane, []string{
		"run", "--config", file, "--name", cfg.Name, "--functions", cfg.Functions, "--nats", cfg.NATS, "--log-level", "warn",
	})
	if cfg.Runtimes > 0 {
		argv = append(argv, "--runtimes", strconv.Itoa(cfg.Runtimes))
	}
	return r.Start(ctx, cfg.Name, cfg.Place, append(argv, cfg.Flags...)...)
}

// Isolates is what a node says of its isolates.
type Isolates struct {
	Wanted       int     `json:"wanted"`
	Queue        int     `json:"queue"`
	QueueDelayMS float64 `json:"queue_delay_ms"`
	Spilled      uint64  `json:"spilled"`
	Served       uint64  `json:"served"`
	Runtimes     []struct {
		Function   string `json:"function"`
		State      string `json:"state"`
		Inflight   int    `json:"inflight"`
		Generation uint64 `json:"generation"`
		Restarts   int    `json:"restarts"`
		LastLoss   string `json:"last_loss"`
	} `json:"runtimes"`
}

// AskIsolates asks a node.
func AskIsolates(ctx context.Context, conn *nats.Conn, node string) (*Isolates, error) {
	ctx, cancel := context.WithTimeout(ctx, 2*time.Second)
	defer cancel()
	msg, err := conn.RequestWithContext(ctx, "isolane.node."+node+".runtimes", nil)
	if err != nil {
		return nil, fmt.Errorf("rig: ask %s for its isolates: %w", node, err)
	}
	var answer Isolates
	if err := json.Unmarshal(msg.Data, &answer); err != nil {
		return nil, fmt.Errorf("rig: %s about its isolates: %w", node, err)
	}
	return &answer, nil
}
