package sqlstore

import (
	"slices"
	"strconv"
	"time"

	"github.com/banter-im/banter/server/chat"
)

// What nobody waits for, such as the end of a link whose client has left, is put aside for a while: for a
// commit that is due by then anyway, of somebody who waits. But the one who waits does not wait for it: a login
// has only what is about its own account done before it, unless something is overdue.

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
	return len(w.aside) < maxBatch/2 && time.Since(w.asked) <= w.lively
}

func (w *writer) putAside(j *job) {
	if len(w.aside) == 0 {
		w.over.Reset(w.patience)
	}
	w.aside = append(w.aside, j)
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

// takeAside returns what has come by now about a subject.
func (w *writer) takeAside(about subject) []*job {
	w.lookAside()
	if len(w.aside) == 0 {
		return nil
	}
	overdue := time.Since(w.aside[0].came) >= w.patience
	if overdue || about == everything || slices.ContainsFunc(w.aside, func(j *job) bool { return j.about == everything }) {
		taken := w.aside
		w.aside = nil
		w.over.Stop()
		return taken
	}
	var taken []*job
	w.aside = slices.DeleteFunc(w.aside, func(j *job) bool {
		same := j.about == about
		if same {
			taken = append(taken, j)
		}
		return same
	})
	return taken
}

// behind adds a job that somebody waits for, behind what came before it about the same: the end of a
// link comes before the login that found it ended.
func (w *writer) behind(batch []*job, j *job) []*job {
	w.asked = time.Now()
	return append(append(batch, w.takeAside(j.about)...), j)
}
