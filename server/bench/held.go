package bench

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"syscall"

	"github.com/banter-im/banter/internal/wire"
)

// holdLinks has so many users from the first one on log in and stay, and returns their links.
// A link that ends before the run does breaks a promise, unless the network gave it up.
func (r *run) holdLinks(first, users int) ([]*link, error) {
	links := make([]*link, users)
	err := r.connectAll(first, users, func(n int, l *link) {
		l.listen(r.hear, func(err error) {
			var network net.Error
			switch {
			case r.ctx.Err() != nil:
			case errors.As(err, &network) && network.Timeout(), errors.Is(err, syscall.ECONNRESET): // here, or at the other end
				r.failed(err)
			default:
				r.broken("a link was lost that nobody cut")
			}
		})
		links[n] = l
	})
	return links, err
}

// hear counts the events of a link that is to stay.
func (r *run) hear(frame wire.Frame) {
	if frame.Event == wire.EventClosing {
		var why wire.Closing
		_ = json.Unmarshal(frame.Body, &why) // an empty reason says as much
		r.broken(fmt.Sprintf("a link was closed as %q that nobody cut", why.Reason))
	}
	r.count("events", 1)
}
