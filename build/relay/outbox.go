package main

import (
	"encoding/binary"
	"net"
	"sync"
	"time"

	"github.com/gorilla/websocket"
)

// outbox is what waits to be written on a link: one write takes all of it, by a goroutine that
// is there only while something waits.
type outbox struct {
	conn net.Conn

	mu      sync.Mutex
	waiting *[]byte // of outputs; nil: nothing
	writing bool
	sealed  bool
}

const (
	maxWaiting   = 4 << 20
	writeTimeout = 10 * time.Second
	closeTimeout = 3 * time.Second
	keepOutput   = 64 << 10
)

// outputs are the buffers of outboxes in which something waits.
var outputs = sync.Pool{New: func() any { return new([]byte) }}

// The first bytes of frames that are whole, as RFC 6455 has them.
const (
	textFrame  = 0x81
	closeFrame = 0x88
)

// add queues a text frame. A client that lets too much wait loses its link.
func (o *outbox) add(text []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if !o.sealed {
		o.put(textFrame, text)
	}
}

// seal queues the last text frame, and the end.
func (o *outbox) seal(text []byte) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sealed {
		return
	}
	o.sealed = true
	o.put(textFrame, text)
	o.put(closeFrame, websocket.FormatCloseMessage(websocket.CloseNormalClosure, ""))
}

// put is called under the lock.
func (o *outbox) put(kind byte, payload []byte) {
	if o.waiting == nil {
		o.waiting = outputs.Get().(*[]byte)
	}
	if len(*o.waiting) > maxWaiting {
		o.conn.Close()
		return
	}
	frame := append(*o.waiting, kind)
	switch size := len(payload); {
	case size <= 125:
		frame = append(frame, byte(size))
	case size <= 0xffff:
		frame = binary.BigEndian.AppendUint16(append(frame, 126), uint16(size))
	default:
		frame = binary.BigEndian.AppendUint64(append(frame, 127), uint64(size))
	}
	*o.waiting = append(frame, payload...)
	if !o.writing {
		o.writing = true
		go o.write()
	}
}

func (o *outbox) write() {
	for {
		o.mu.Lock()
		output := o.waiting
		o.waiting = nil
		if output == nil {
			o.writing = false
			if o.sealed { // the client has a while to close its side
				o.conn.SetReadDeadline(time.Now().Add(closeTimeout))
			}
			o.mu.Unlock()
			return
		}
		o.mu.Unlock()
		o.conn.SetWriteDeadline(time.Now().Add(writeTimeout))
		_, err := o.conn.Write(*output)
		if cap(*output) <= keepOutput {
			*output = (*output)[:0]
			outputs.Put(output)
		}
		if err != nil {
			o.conn.Close()
			return // writing stays true: there is no other writer
		}
	}
}
