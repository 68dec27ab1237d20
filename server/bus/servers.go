package bus

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"regexp"
	"strings"
)

// defaultPort is that of NATS.
const defaultPort = "4222"

// hostName is a name as DNS has it, or an IPv4 address.
var hostName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

func isHost(name string) bool {
	_, err := netip.ParseAddr(name)
	return err == nil || hostName.MatchString(name)
}

// ParseServers reads the addresses of an operator's servers, such as
// "nats://a:4222,b" or "tls://a,b": one without a scheme has that of the one before. Its
// errors do not repeat the text, which may hold a password in spite of everything.
func ParseServers(text string) ([]string, error) {
	var servers []string
	scheme := ""
	for i, address := range strings.Split(text, ",") {
		address = strings.TrimSpace(address)
		if before, after, ok := strings.Cut(address, "://"); ok {
			scheme, address = before, after
		}
		server, err := parseServer(scheme, address)
		if err != nil {
			return nil, fmt.Errorf("address %d: %w", i+1, err)
		}
		servers = append(servers, server)
	}
	return servers, nil
}

func parseServer(scheme, address string) (string, error) {
	if scheme != "nats" && scheme != "tls" {
		return "", errors.New("it begins with neither nats:// nor tls://")
	}
	if strings.Contains(address, "@") {
		return "", errors.New("it holds credentials, which have settings of their own")
	}
	u, err := url.Parse(scheme + "://" + address)
	if err != nil || u.Host != address || !isHost(u.Hostname()) {
		return "", errors.New("it is no host or host:port")
	}
	if u.Port() == "" {
		u.Host = net.JoinHostPort(u.Hostname(), defaultPort)
	}
	return u.String(), nil
}
