// Command relay is the least that a chat server can be: gorilla/websocket, JSON, a map of who
// is online. It speaks as much of the wire protocol as `banterd bench` needs, checks no ticket and
// keeps nothing, or, with -log, one line of a file for each login and message, on disk before the
// answer. With -openings it takes hello and the login together with the handshake, as banterd does.
// What it does is a limit of the machine, to compare banterd with; nobody should run it.
package main

import (
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strconv"
	"sync"
	"syscall"
	"time"

	"github.com/gorilla/websocket"

	"github.com/banter-im/banter/internal/wire"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	listen := flag.String("listen", "127.0.0.1:0", "`address` to listen on; port 0: a free one")
	log := flag.String("log", "", "`file` that logins and messages are added to, on disk before they are answered (default none)")
	openings := flag.Bool("openings", false, "take what comes with the handshake, as banterd does")
	flag.Parse()
	if err := run(ctx, *listen, *log, *openings); err != nil {
		fmt.Fprintln(os.Stderr, "relay:", err)
		os.Exit(1)
	}
}

// ready is the line that is printed when clients can come.
type ready struct {
	ServerURL string `json:"server_url"`
}

// run relays until ctx ends.
func run(ctx context.Context, address, file string, openings bool) error {
	h := &hub{openings: openings, users: map[string]*link{}, pairs: map[pair]uint64{}}
	if file != "" {
		log, err := openLog(file)
		if err != nil {
			return err
		}
		defer log.close()
		h.log = log
	}
	// As banterd has it: the kernel finds dead links.
	settings := net.ListenConfig{KeepAliveConfig: net.KeepAliveConfig{Enable: true, Idle: keepaliveIdle, Interval: keepaliveEvery, Count: keepaliveCount}}
	listener, err := settings.Listen(ctx, "tcp", address)
	if err != nil {
		return err
	}
	server := http.Server{Handler: h.handler(), ReadHeaderTimeout: 5 * time.Second}
	context.AfterFunc(ctx, func() { server.Close() })
	if err := json.NewEncoder(os.Stdout).Encode(ready{ServerURL: "ws://" + listener.Addr().String()}); err != nil {
		return err
	}
	if err := server.Serve(listener); ctx.Err() == nil {
		return err
	}
	return nil
}

// handler upgrades requests, and leaves the HTTP server alone with its buffers afterwards.
func (h *hub) handler() http.Handler {
	upgrader := websocket.Upgrader{ReadBufferSize: 1 << 10, WriteBufferSize: 1 << 10, WriteBufferPool: &sync.Pool{}}
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+wire.Path, func(w http.ResponseWriter, r *http.Request) {
		first, header := h.opening(r)
		socket, err := upgrader.Upgrade(w, r, header)
		if err != nil { // and answered
			return
		}
		l := &link{hub: h, socket: socket, out: outbox{conn: socket.NetConn()}}
		for _, request := range first {
			l.do(request)
		}
		go l.serve()
	})
	return mux
}

// opening returns the requests that came with one for a WebSocket, and how the client is told that
// they are taken.
func (h *hub) opening(r *http.Request) (requests []wire.Request, header http.Header) {
	texts, err := wire.ReadOpening(r.Header.Get(wire.OpeningHeader))
	if !h.openings || err != nil || len(texts) == 0 {
		return nil, nil
	}
	for _, text := range texts {
		var request wire.Request
		if err := json.Unmarshal(text, &request); err != nil {
			return nil, nil
		}
		requests = append(requests, request)
	}
	return requests, http.Header{wire.OpeningTaken: {strconv.Itoa(len(requests))}}
}
