package sqlstore

import (
	"strconv"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// What nobody waits for, such as the end of a link whose client has left, is put aside for a while: for a
// commit that is due by then anyway, of somebody who waits. But the one who waits hardly waits for it: a login
// has only what is about its own account done before it, and takes along what is overdue, but not all of ten thousand.

// subject is what an operation is about: those about the same are done in the order in which they came.
type subject string

// everything is what an operation is about that may look at anything.
const everything subject = ""

// aboutAccount is what an operation is about that looks at nothing but an account and its sessions.
func aboutAccount(app uint64, user string) subject {
	return subject(strconv.FormatUint(app, 10) + " " + user)
}

// aboutConversation is what an operation is about that looks at nothing but a conversation and what is in it.
func aboutConversation(conv chat.Conv) subject {
	return subject(strconv.FormatUint(conv.App, 10) + " " + strconv.Itoa(int(conv.Type)) + " " + conv.Name)
}

// expectsCompany says whether somebody who waits is likely to come before what is aside has
// waited enough.
func (w *writer) expectsCompany() bool {
	return w.aside.count < maxBatch/2 && time.Since(w.asked) <= w.lively
}

func (w *writer) putAside(j *job) {
	if w.aside.put(j.about, j); w.aside.count == 1 {
		w.rearm()
	}
}

// lookAside puts aside what has come.
func (w *writer) lookAside() {
	for {
		select {
		case j := <-w.patient:
			w.putAside(j)
		default:
			return
		}
	}
}

// behind adds a job that somebody waits for, behind what came before it about the same: the end of a
// link comes before the login that found it ended.
func (w *writer) behind(batch []*job, j *job) []*job {
	w.asked = time.Now()
	w.lookAside()
	if j.about == everything || len(w.aside.about[everything]) > 0 {
		batch = append(batch, w.aside.takeOldest(w.aside.count, nil)...)
	} else {
		batch = append(batch, w.aside.take(j.about)...)
	}
	return append(batch, j)
}

// along returns what a batch takes along: nothing that may yet share another one's commit, and not all of any number,
// since whoever is in the batch waits for all of it.
func (w *writer) along() (taken []*job) {
	w.lookAside()
	if w.wait() <= 0 {
		taken = w.aside.takeOldest(maxBatch, nil)
	}
	w.rearm()
	return taken
}

// rearm has the timer tell when what is aside has waited enough.
func (w *writer) rearm() {
	if wait := w.wait(); wait > 0 {
		w.over.Reset(wait)
	} else {
		w.over.Stop()
	}
}

// due says at once that what is aside has waited enough, or never.
func (w *writer) due() <-chan struct{} {
	if w.aside.count > 0 && w.wait() <= 0 {
		return always
	}
	return nil
}

var always = func() chan struct{} {
	c := make(chan struct{})
	close(c)
	return c
}()

// wait is how long what is aside may wait yet.
func (w *writer) wait() time.Duration {
	oldest, ok := w.aside.oldest()
	if !ok || !w.expectsCompany() {
		return 0
	}
	return w.patience - time.Since(oldest.came)
}
