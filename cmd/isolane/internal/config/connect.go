package config

import (
	"strings"

	"github.com/isolane/isolane/bridge"
)

// Connect is what bridge.Connect needs to reach URL, or, without one, what it needs
// but for the embedded server.
func (n NATS) Connect() bridge.ConnectConfig {
	c := bridge.DefaultConnectConfig()
	c.URLs = nil
	if n.URL != "" {
		for url := range strings.SplitSeq(n.URL, ",") {
			c.URLs = append(c.URLs, strings.TrimSpace(url))
		}
	}
	c.User, c.Password, c.Token = n.User, n.Password, n.Token
	c.CredsFile, c.NkeyFile = n.Creds, n.NKey
	c.InboxPrefix = n.Inbox
	c.CAFile, c.CertFile, c.KeyFile = n.TLS.CA, n.TLS.Cert, n.TLS.Key
	return c
}
