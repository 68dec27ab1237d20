package bench

import "time"

// window measures what the server's processes use from its start to its end.
type window struct {
	run   *run
	began time.Time
	first usage
	blind bool // nobody said which processes
}

// watch begins a window. Without --pid there is nothing to see.
func (r *run) watch() (*window, error) {
	w := &window{run: r, began: time.Now(), blind: len(r.PIDs) == 0}
	if w.blind {
		return w, nil
	}
	var err error
	w.first, err = readUsage(r.PIDs)
	return w, err
}

// end keeps what was used: as a share of one core, and by each of so many operations of that
// name, if there are any. Memory is what is resident at the end.
func (w *window) end(operation string, n int64) error {
	if w.blind {
		return nil
	}
	last, err := readUsage(w.run.PIDs)
	if err != nil {
		return err
	}
	cpu := last.cpu - w.first.cpu
	share := 100 * cpu.Seconds() / time.Since(w.began).Seconds()
	w.run.figure("server_rss_mib", float64(last.rss)/(1<<20))
	if n == 0 {
		w.run.figure("server_cpu_percent_"+operation, share)
		return nil
	}
	w.run.figure("server_cpu_percent", share)
	w.run.figure("server_cpu_us_per_"+operation, float64(cpu.Microseconds())/float64(n))
	return nil
}
