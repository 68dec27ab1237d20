package core

// diskWorkers is how many messengers work at once. One that waits for the disk holds a thread.
const diskWorkers = 4

// Disk has the clients of a process work on their caches a few at a time, so that a hundred
// that log in together do not take a hundred threads. A nil one lets all work.
type Disk struct{ turns chan struct{} }

// NewDisk returns the one that the clients of a process share.
func NewDisk() *Disk { return &Disk{make(chan struct{}, diskWorkers)} }

func (d *Disk) enter() {
	if d != nil {
		d.turns <- struct{}{}
	}
}

func (d *Disk) leave() {
	if d != nil {
		<-d.turns
	}
}
