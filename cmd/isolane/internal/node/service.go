package node

import (
	"context"
	"fmt"

	"github.com/isolane/isolane/actors"
	"github.com/isolane/isolane/bridge/service"
	"github.com/isolane/isolane/cmd/isolane/internal/redact"
)

// startService shows the functions to the stock tools of NATS.
func (n *Node) startService(ctx context.Context) error {
	var err error
	// More may see this than have the answers: no secrets, as in the log.
	clean := redact.New(n.cfg.Secrets()).Text
	n.service, err = service.Start(ctx, n.conn, service.Config{
		Node: n.cfg.Node.Name, Version: version(), Prefix: n.cfg.NATS.Prefix, Queue: n.cfg.NATS.QueueGroup,
		Started: n.began, Functions: func() []service.Function { return n.listed(clean) }, Logger: n.log,
	})
	return err
}

// listed are the functions as the NATS service shows them; clean takes secrets out.
func (n *Node) listed(clean func(string) string) []service.Function {
	infos := n.pool.Functions()
	list := make([]service.Function, 0, len(infos))
	triggers := triggersOf(n.triggerStats())
	for _, fn := range infos {
		source, _ := n.functions.listing.origin(fn.Name)
		list = append(list, service.Function{
			Name: fn.Name, Version: fn.Version, Isolation: string(fn.Manifest.Isolation), Source: source,
			Since: fn.Since, Outcomes: inWords(fn.Outcomes), Spent: fn.Spent, LastError: clean(lastError(fn.Last)),
			Triggers: triggers[fn.Name],
		})
	}
	return list
}

// lastError is a failure as the convention of NATS services writes it; "" for none.
func lastError(f actors.Failure) string {
	if f.Outcome == 0 {
		return ""
	}
	message := f.Message
	if message == "" {
		message = f.Outcome.String()
	}
	return fmt.Sprintf("%d:%s", f.Outcome.Code(), message)
}
