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

// Files writes files into a folder of the rig's: name, then contents.
func (r *Rig) Files(folder string, files map[string]string) (string, error) {
	path, err := r.folder(folder)
	if err != nil {
		return "", err
	}
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(path, name), []byte(text), 0o600); err != nil {
			return "", fmt.Errorf("rig: %w", err)
		}
	}
	return path, nil
}

// StageConfig says what stands on a stage.
type StageConfig struct {
	// Server and Node say where they run; Node.NATS is filled in. Node.Functions "" is no
	// node.
	Server NATSConfig
	Node   NodeConfig
	// Pages has the server of pages run, at PagesPlace.
	Pages      bool
	PagesPlace Place
}

// Stage is what most experiments need: a server, a node, pages, and a connection.
type Stage struct {
	Server *Server
	Node   *Process
	Pages  *Process
	// Origin is the pages' address, "" without them.
	Origin string
	Conn   *nats.Conn
}

// Stage sets a stage.
func (r *Rig) Stage(ctx context.Context, cfg StageConfig) (*Stage, error) {
	s := &Stage{}
	var err error
	if cfg.Pages {
		if s.Pages, s.Origin, err = r.Pages(ctx, cfg.PagesPlace); err != nil {
			return nil, err
		}
	}
	if s.Server, err = r.NATS(ctx, cfg.Server); err != nil {
		return nil, err
	}
	if cfg.Node.Functions != "" {
		cfg.Node.NATS = s.Server.URL
		if s.Node, err = r.Node(ctx, cfg.Node); err != nil {
			return nil, err
		}
	}
	s.Conn, err = r.Connect(s.Server.URL)
	return s, err
}

// Dial is for loadgen.Run in this process.
func (s *Stage) Dial(context.Context) (*nats.Conn, error) { return nats.Connect(s.Server.URL) }
