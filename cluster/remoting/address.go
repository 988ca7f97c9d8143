package remoting

import (
	"fmt"
	"net"

	"github.com/hashicorp/go-sockaddr"
)

// advertised is what others are told: configured, else derived from where we listen.
func advertised(configured string, listener net.Addr) (string, error) {
	_, port, err := net.SplitHostPort(listener.String())
	if err != nil {
		return "", fmt.Errorf("remoting: %w", err)
	}
	if configured != "" {
		host, own, err := net.SplitHostPort(configured)
		if err != nil {
			return "", fmt.Errorf("remoting: advertise address: %w", err)
		}
		if own != "0" {
			port = own
		}
		return net.JoinHostPort(host, port), nil
	}
	host, _, err := net.SplitHostPort(listener.String())
	if err != nil {
		return "", fmt.Errorf("remoting: %w", err)
	}
	if unspecified(host) {
		host, err = sockaddr.GetPrivateIP()
		if err != nil || host == "" {
			return "", fmt.Errorf("remoting: listening on every address, and no private one was found to tell others: set the advertise address (%w)", err)
		}
	}
	return net.JoinHostPort(host, port), nil
}
