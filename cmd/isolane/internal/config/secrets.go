package config

import (
	"maps"
	"strconv"
	"strings"

	"github.com/isolane/isolane/bridge"
)

// Secrets are the values that must not reach a log, by the name to show instead: the
// functions' variables, and what the node says to NATS of who it is.
func (c Config) Secrets() map[string]string {
	secrets := make(map[string]string, len(c.Env)+2)
	maps.Copy(secrets, c.Env)
	secrets["nats.password"], secrets["nats.token"] = c.NATS.Password, c.NATS.Token
	if c.HTTP.Token != "" {
		secrets["http.token"] = c.HTTP.Token
	}
	for i, key := range list(c.Cluster.Keys) {
		secrets["cluster.keys "+strconv.Itoa(i+1)] = key
	}
	for i, raw := range strings.Split(c.NATS.URL, ",") {
		if u, err := bridge.ParseURL(raw); err == nil && u.User != nil {
			value, both := u.User.Password()
			if !both {
				value = u.User.Username() // a user alone is a token
			}
			secrets["nats.url "+strconv.Itoa(i+1)] = value
		}
	}
	return secrets
}
