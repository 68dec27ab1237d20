package bench

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// choosePortLate has the kernel choose a socket's port when it connects, and not when it is
// bound: then the same port can serve for links to several servers, and soon again.
func choosePortLate(_, _ string, conn syscall.RawConn) error {
	var set error
	err := conn.Control(func(fd uintptr) {
		set = unix.SetsockoptInt(int(fd), unix.IPPROTO_IP, unix.IP_BIND_ADDRESS_NO_PORT, 1)
	})
	if err != nil {
		return err
	}
	return set
}

// usage is what processes have used.
type usage struct {
	cpu time.Duration // since they started
	rss int64         // bytes of memory that are resident now
}

// ticks is how many of the kernel's units of time make a second: USER_HZ, 100 on Linux.
const ticks = 100

// readUsage adds up what the processes have used, and those that they started. Memory that several
// of them share counts once, as far as the system lets this user see that.
func readUsage(pids []int) (usage, error) {
	var sum usage
	children, err := childrenOf()
	if err != nil {
		return sum, err
	}
	all := slices.Clone(pids)
	for i := 0; i < len(all); i++ { // it grows
		for _, child := range children[all[i]] {
			if !slices.Contains(all, child) {
				all = append(all, child)
			}
		}
	}
	for _, pid := range all {
		stat, err := readStat(pid)
		if err != nil {
			if slices.Contains(pids, pid) {
				return sum, fmt.Errorf("--pid: read what process %d uses: %w", pid, err)
			}
			continue // it has ended, and its parent has its CPU
		}
		sum.cpu += stat.cpu
		if len(all) == 1 {
			sum.rss += stat.rss
		} else {
			sum.rss += readShare(pid, stat.rss)
		}
	}
	return sum, nil
}

// readShare returns a process's memory, with the part of each page it shares that comes to one of those who
// have it: a database's processes each have all of its cache. Who may not read that gets otherwise.
func readShare(pid int, otherwise int64) int64 {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "smaps_rollup"))
	if err != nil {
		return otherwise
	}
	return parseShare(text, otherwise)
}

// parseShare reads what proc_pid_smaps(5) calls the proportional set size.
func parseShare(text []byte, otherwise int64) int64 {
	for line := range bytes.Lines(text) {
		var kib int64
		if n, _ := fmt.Sscanf(string(line), "Pss: %d kB", &kib); n == 1 && kib >= 0 && kib <= math.MaxInt64/1024 {
			return kib * 1024
		}
	}
	return otherwise
}

// stat is what /proc says of a process.
type stat struct {
	parent int
	cpu    time.Duration // also that of its children which ended
	rss    int64
}

// readStat reads /proc/PID/stat, as proc(5) describes it.
func readStat(pid int) (stat, error) {
	text, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(pid), "stat"))
	if err != nil {
		return stat{}, err
	}
	return parseStat(text)
}

func parseStat(text []byte) (stat, error) {
	_, rest, found := bytes.Cut(text[bytes.LastIndexByte(text, ')')+1:], []byte(" ")) // a name may hold anything
	fields := bytes.Fields(rest)
	if !found || len(fields) < 22 {
		return stat{}, fmt.Errorf("/proc says something else than expected")
	}
	number := func(field int) int64 { // as proc(5) counts them; the third is the first here
		n, _ := strconv.ParseInt(string(fields[field-3]), 10, 64)
		return n
	}
	units := number(14) + number(15) + number(16) + number(17)
	return stat{parent: int(number(4)), cpu: time.Duration(units) * time.Second / ticks, rss: number(24) * int64(os.Getpagesize())}, nil
}

func childrenOf() (map[int][]int, error) {
	names, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return nil, err
	}
	children := map[int][]int{}
	for _, name := range names {
		pid, err := strconv.Atoi(filepath.Base(name))
		if err != nil {
			continue
		}
		if s, err := readStat(pid); err == nil {
			children[s.parent] = append(children[s.parent], pid)
		}
	}
	return children, nil
}

// allowFiles makes the system let this process have so many files open.
func allowFiles(wanted int) error {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("ask how many files may be open: %w", err)
	}
	if limit.Cur >= uint64(wanted) {
		return nil
	}
	allowed := max(limit.Cur, limit.Max)
	limit.Cur, limit.Max = uint64(wanted), max(limit.Max, uint64(wanted))
	if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return fmt.Errorf("so many links take %d open files, and the system allows %d: raise it (ulimit -n) or ask for fewer", wanted, allowed)
	}
	return nil
}
