package bench

import (
	"bytes"
	"context"
	"database/sql"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	_ "github.com/jackc/pgx/v5/stdlib" // PostgreSQL for database/sql
	"github.com/stretchr/testify/require"

	"github.com/banter-im/banter/internal/pgtest"
	"github.com/banter-im/banter/server/bus/bustest"
)

// nodes is the scenario of two nodes that share a database and a bus: what do these carry for
// each thing that players do?
const nodes = "nodes"

// shared is what was carried up to a moment.
type shared struct {
	bus          bustest.Traffic
	transactions float64
	rows         float64       // written
	wal          float64       // bytes
	database     time.Duration // CPU
	nodes        time.Duration
}

// cluster is two nodes, and an address that leads to either in turn.
type cluster struct {
	t *testing.T
	programs
	nodes []*server
	front *server
	db    *sql.DB
	bus   func() bustest.Traffic
	wait  time.Duration // before the database has counted all
}

// act is something that is done many times.
type act struct {
	what  string
	args  []string
	count string // in the report: how often
}

func acts(brief bool) []act {
	links, duration := "500", "10s"
	if brief {
		links, duration = "20", "1s"
	}
	return []act{
		{"a new user logs in and leaves", []string{"logins", "--outstanding", "8", "--duration", duration, "--prefix", "new"}, "logins"},
		{"one who has been there does",
			[]string{"logins", "--outstanding", "8", "--duration", duration, "--users", links, "--prefix", "new"}, "logins"},
		{"a login ends another one", []string{"kicks", "--connections", "20", "--rate", "50", "--duration", duration, "--prefix", "kick"}, "kicks"},
		{"a user logs in, loses the link, comes back and leaves",
			[]string{"reconnects", "--connections", links, "--cut", "--spread", "0", "--outstanding", "16", "--settle", "1s", "--prefix", "back"}, "reconnects"},
		{"a message to a user who is online", []string{"messages", "--pairs", "16", "--rate", "200", "--duration", duration, "--prefix", "pair"}, "messages"},
	}
}

// TestNodesShare measures what PostgreSQL and the bus carry for two nodes. It checks that no
// promise was broken, and that there are figures.
func TestNodesShare(t *testing.T) {
	brief := os.Getenv(asked) != nodes
	pgtest.RequireInstalled(t)
	c := newCluster(t, build(t))
	if !brief {
		c.wait = statisticsAfter
	}
	var table strings.Builder
	table.WriteString("| for one of these | transactions | rows written | WAL | CPU of PostgreSQL | messages to the bus | bytes to it | from it | CPU of the nodes |\n")
	table.WriteString("|---|" + strings.Repeat("---:|", 8) + "\n")
	for _, one := range acts(brief) {
		table.WriteString(c.carries(one))
	}
	if !brief {
		fmt.Println(table.String())
	}
}

func newCluster(t *testing.T, p programs) *cluster {
	postgres := pgtest.Start(t)
	store := postgres.Alone(t)
	url, traffic := bustest.StartCountedNATS(t)
	c := &cluster{t: t, programs: p, bus: traffic}
	for range 2 {
		s := newBanterd(t, p, store)
		s.env = append(s.env, "BANTER_SERVER_BUS="+url)
		s.start()
		t.Cleanup(func() { s.end(syscall.SIGTERM) })
		c.nodes = append(c.nodes, s)
	}
	c.front = &server{t: t, url: "ws://" + alternate(t, c.nodes), beside: postgres.PID()}
	var err error
	c.db, err = sql.Open("pgx", store)
	require.NoError(t, err)
	t.Cleanup(func() { c.db.Close() })
	return c
}

// carries does one thing many times, and returns a line of the table.
func (c *cluster) carries(one act) string {
	before := c.shared()
	report := c.front.bench(c.programs, measure{args: one.args})
	time.Sleep(c.wait)
	after := c.shared()
	n := number(c.t, report, "counts."+one.count)
	require.Positive(c.t, n, one.what)
	each := func(before, after float64) string { return readable((after - before) / n) }
	return fmt.Sprintf("| %s | %s | %s | %s B | %s us | %s | %s B | %s B | %s us |\n", one.what,
		each(before.transactions, after.transactions), each(before.rows, after.rows), each(before.wal, after.wal),
		each(float64(before.database.Microseconds()), float64(after.database.Microseconds())),
		each(float64(before.bus.Messages), float64(after.bus.Messages)), each(float64(before.bus.In), float64(after.bus.In)),
		each(float64(before.bus.Out), float64(after.bus.Out)),
		each(float64(before.nodes.Microseconds()), float64(after.nodes.Microseconds())))
}

// statisticsAfter is how long a process of PostgreSQL that has nothing to do waits before it
// tells what it has done, and somewhat more.
const statisticsAfter = 11 * time.Second

func (c *cluster) shared() shared {
	v := shared{bus: c.bus()}
	require.NoError(c.t, c.db.QueryRowContext(context.Background(),
		`SELECT xact_commit + xact_rollback, tup_inserted + tup_updated + tup_deleted, pg_current_wal_insert_lsn() - '0/0'::pg_lsn
		FROM pg_stat_database WHERE datname = current_database()`).Scan(&v.transactions, &v.rows, &v.wal))
	v.database = cpuOf(c.t, c.front.beside)
	for _, node := range c.nodes {
		v.nodes += cpuOf(c.t, node.process.Process.Pid)
	}
	return v
}

// cpuOf returns what a process has used with those that it started, as proc_pid_stat(5)
// describes it.
func cpuOf(t *testing.T, pid int) time.Duration {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if os.IsNotExist(err) {
		return 0 // it has ended, and whoever started it has its CPU
	}
	require.NoError(t, err)
	var ticks int64
	fields := strings.Fields(string(text[bytes.LastIndexByte(text, ')')+1:])) // from the state, the third, on
	for _, used := range fields[11:15] {
		n, err := strconv.ParseInt(used, 10, 64)
		require.NoError(t, err)
		ticks += n
	}
	children, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if !os.IsNotExist(err) { // it has not ended in the meantime
		require.NoError(t, err)
	}
	sum := time.Duration(ticks) * time.Second / 100
	for _, child := range strings.Fields(string(children)) {
		n, err := strconv.Atoi(child)
		require.NoError(t, err)
		sum += cpuOf(t, n)
	}
	return sum
}

// alternate leads each link to the next of the nodes, as a load balancer does.
func alternate(t *testing.T, nodes []*server) string {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	t.Cleanup(func() { listener.Close() })
	go func() {
		for i := 0; ; i++ {
			link, err := listener.Accept()
			if err != nil {
				return
			}
			go lead(link, strings.TrimPrefix(nodes[i%len(nodes)].url, "ws://"))
		}
	}()
	return listener.Addr().String()
}

func lead(link net.Conn, address string) {
	defer link.Close()
	node, err := net.Dial("tcp", address)
	if err != nil {
		return
	}
	go func() {
		defer node.Close()
		io.Copy(node, link)
	}()
	io.Copy(link, node)
}
