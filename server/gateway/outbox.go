package gateway

import (
	"bytes"
	"net"
	"sync"
	"time"
)

// outbox is what waits to be written on a link. Adding never waits: one goroutine
// writes, which is there only while there is something to write, and takes all that
// waits at once. An outbox that is full ends its link: the client resumes and catches
// up from the store, which is cheaper than memory for it here.
type outbox struct {
	conn    net.Conn
	timeout time.Duration // for one write that has to wait
	linger  time.Duration // for the client to close its side after the last frame
	max     int           // bytes

	mu      sync.Mutex
	queue   net.Buffers
	size    int         // bytes in queue and under way
	held    []byte      // goes out before the next frame
	wait    *time.Timer // for that frame
	writing bool        // there is a goroutine
	sealed  bool        // nothing more is taken
	hurried bool        // the last write has its deadline already
	flushed bool        // everything that was taken has been written
	writer  sync.WaitGroup
}

// hurry is how long a client that does not keep up has for its last frames.
const hurry = time.Second

// add queues a frame, and reports whether there was room for it. On a sealed outbox a
// frame is dropped: its client is told that the link is over.
func (o *outbox) add(frame []byte) (room bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sealed {
		return true
	}
	if o.size+len(frame) > o.max {
		return false
	}
	o.put(frame)
	return true
}

// addNow is add, of a frame that goes out at once: it reports whether that was possible.
func (o *outbox) addNow(frame []byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sealed || o.writing || len(o.queue) > 0 {
		return false
	}
	frames := o.withHeld(frame)
	n := writeNow(o.conn, frames)
	if n == 0 {
		return false
	}
	o.forget()
	if n < len(frames) {
		o.put(frames[n:])
	}
	return true
}

// hold has what is written go out together with the next frame, or after wait at the latest.
func (o *outbox) hold(written []byte, wait time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.held = append(o.held, written...)
	if o.wait == nil {
		o.wait = time.AfterFunc(wait, o.release)
	}
}

// release writes what is held.
func (o *outbox) release() {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sealed || len(o.held) == 0 {
		return
	}
	held := o.held
	o.forget()
	o.put(held)
}

// withHeld returns a frame, and before it what is held. It is called under the lock, as forget is.
func (o *outbox) withHeld(frame []byte) []byte {
	if len(o.held) == 0 {
		return frame
	}
	return append(o.held, frame...)
}

// forget is called when what is held is on its way.
func (o *outbox) forget() {
	if o.wait != nil {
		o.wait.Stop()
	}
	o.held, o.wait = nil, nil
}

// seal queues the link's last frames, and reports whether it was the first to do so. They go out
// at once if nothing waits before them: who is kicked hears so before the newcomer.
func (o *outbox) seal(last ...[]byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sealed {
		return false
	}
	o.sealed = true
	if o.writing || len(o.queue) > 0 || len(last) == 0 {
		o.put(last...)
		return true
	}
	frames := o.withHeld(bytes.Join(last, nil))
	o.forget()
	if frames = frames[writeNow(o.conn, frames):]; len(frames) > 0 {
		o.put(frames)
		return true
	}
	o.allWritten()
	return true
}

// sealSlow is seal for a client that does not keep up: what waits is dropped, and the
// last frames have a moment to go out.
func (o *outbox) sealSlow(last ...[]byte) bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.sealed {
		return false
	}
	o.sealed, o.hurried, o.queue = true, true, nil
	o.conn.SetWriteDeadline(time.Now().Add(hurry))
	o.put(last...)
	return true
}

// put is called under the lock.
func (o *outbox) put(frames ...[]byte) {
	if len(o.held) > 0 && len(frames) > 0 {
		frames[0] = o.withHeld(frames[0])
		o.forget()
	}
	for _, frame := range frames {
		o.queue = append(o.queue, frame)
		o.size += len(frame)
	}
	if !o.writing && len(o.queue) > 0 {
		o.writing = true
		o.writer.Go(o.write)
	}
}

func (o *outbox) isSealed() bool {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.sealed
}

// write writes until nothing waits. After the last frame the client has a while to close
// its side; when a write fails, the connection is closed, and the reader finds it so.
func (o *outbox) write() {
	written := 0
	for {
		batch := o.next(written)
		if batch == nil {
			return
		}
		n, err := batch.WriteTo(o.conn)
		if err != nil {
			o.conn.Close()
			return // writing stays true: there will be no other writer
		}
		written = int(n)
	}
}

// next returns all that waits, or nil when the writer is to end.
func (o *outbox) next(written int) net.Buffers {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.size -= written
	if len(o.queue) == 0 {
		o.writing = false
		o.conn.SetWriteDeadline(time.Time{}) // or it passes, long after the write, at the cost of many a frame
		if o.sealed {
			o.allWritten()
		}
		return nil
	}
	if !o.hurried {
		o.conn.SetWriteDeadline(time.Now().Add(o.timeout))
	}
	batch := o.queue
	o.queue = nil
	return batch
}

// allWritten is called under the lock, after the last frame.
func (o *outbox) allWritten() {
	o.flushed = true
	o.conn.SetReadDeadline(time.Now().Add(o.linger))
}

// close ends the connection and the writer, and reports whether everything was written
// before. The reader calls it at its end.
func (o *outbox) close() (flushed bool) {
	o.seal()
	o.conn.Close()
	o.writer.Wait()
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.flushed
}
