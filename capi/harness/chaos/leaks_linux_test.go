package chaos

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// usage is what a process holds at a quiet point.
type usage struct {
	who              string
	isNode           bool
	links            int // of a node
	running          int // a node's goroutines; a client's threads, for nobody sees its goroutines
	files, kilobytes int
}

func (u usage) String() string {
	if !u.isNode {
		return fmt.Sprintf("%s: %d threads, %d files, %d MB", u.who, u.running, u.files, u.kilobytes>>10)
	}
	return fmt.Sprintf("%s: %d links, %d goroutines, %d files, %d MB", u.who, u.links, u.running, u.files, u.kilobytes>>10)
}

// usages returns what every process holds, by its id.
func (s *stage) usages() map[int]usage {
	all := map[int]usage{}
	for _, n := range s.nodes {
		m := n.metrics()
		u := s.usageOf(n.name, n.process.pid())
		u.isNode, u.links, u.running = true, int(m["banter_connections"]), int(m["go_goroutines"])
		all[n.process.pid()] = u
	}
	for _, c := range s.clients {
		all[c.process.pid()] = s.usageOf(c.name, c.process.pid())
	}
	return all
}

// usageOf reads what the kernel knows of a process: its threads, files and memory.
func (s *stage) usageOf(who string, pid int) usage {
	u := usage{who: who}
	folder := filepath.Join("/proc", strconv.Itoa(pid))
	files, err := os.ReadDir(folder + "/fd")
	if err != nil {
		s.wrong("%s: %v", who, err)
	}
	u.files = len(files)
	status, err := os.Open(folder + "/status")
	if err != nil {
		s.wrong("%s: %v", who, err)
		return u
	}
	defer status.Close()
	for lines := bufio.NewScanner(status); lines.Scan(); {
		words := strings.Fields(lines.Text())
		switch {
		case len(words) < 2:
		case words[0] == "Threads:":
			u.running, _ = strconv.Atoi(words[1])
		case words[0] == "VmRSS:":
			u.kilobytes, _ = strconv.Atoi(words[1])
		}
	}
	return u
}

// What a process may hold more of at the end of a run than at its first quiet point: a
// node's pools of connections, and a client's link, differ. Who is logged in has five files more than who is
// not: the link, and the store of messages with its log, index and lock.
const (
	moreGoroutines, moreFiles, moreNodeKB = 25, 30, 64 << 10
	moreThreads, moreClientFiles, moreKB  = 8, 5, 16 << 10
)

// compare finds what leaked in the processes that were there at both times.
func (s *stage) compare(first, last map[int]usage) {
	both := 0
	for pid, before := range first {
		after, still := last[pid]
		if !still {
			continue
		}
		both++
		running, files, kilobytes := moreThreads, moreClientFiles, moreKB
		if before.isNode {
			running, files, kilobytes = moreGoroutines, moreFiles, moreNodeKB
		}
		extra := max(0, after.links-before.links)
		if after.running > before.running+running+3*extra || after.files > before.files+files+extra ||
			after.kilobytes > before.kilobytes+kilobytes+100*extra {
			s.wrong("something leaks: first %v; last %v", before, after)
		}
		if before.isNode {
			s.note("first %v; last %v", before, after)
		}
	}
	s.note("%d processes lived from the first quiet point to the last", both)
}
